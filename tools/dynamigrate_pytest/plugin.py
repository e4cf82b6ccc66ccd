"""What pytest loads. It is loaded in every run of pytest where the package is installed, so it imports nothing heavy."""
