"""`python -m mlpcli` is `mlp`."""

from mlpcli.entry import main

if __name__ == "__main__":
    main()
