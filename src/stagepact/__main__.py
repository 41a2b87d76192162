"""`python -m stagepact`: the same as the command `stagepact`."""

from stagepact.cli.process import run

if __name__ == "__main__":
    run()
