"""``python -m dynamigrate_cli``: the same program."""

from .main import main

if __name__ == "__main__":
    main()
