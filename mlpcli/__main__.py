"""`python -m mlpcli` is `mlp`."""

from mlpcli.cli.entry import main

if __name__ == "__main__":
    main()
