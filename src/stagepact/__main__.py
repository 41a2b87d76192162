"""`python -m stagepact`: the same as the command `stagepact`."""

from stagepact.cli import main

if __name__ == "__main__":
    main(prog_name="stagepact")
