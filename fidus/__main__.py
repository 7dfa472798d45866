"""`python -m fidus …`: the command line."""

from fidus.cli.main import run

if __name__ == "__main__":
    run()
