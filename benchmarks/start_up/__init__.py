"""How long the command line takes to say what it can do, beside a bare program made with the same library."""
