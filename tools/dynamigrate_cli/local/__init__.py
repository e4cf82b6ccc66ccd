"""``dynamigrate local``: an app and its migrations on an AWS embedded on this machine, and again after each change."""
