"""`make demo`: a service deployed with its migrations, on an AWS embedded on this machine."""
