"""`python -m alaris.cli` is `alaris`."""

from alaris.cli.main import main

if __name__ == "__main__":
    main()
