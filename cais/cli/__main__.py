"""`python -m cais.cli`: the command line where the `cais` script is not on the path."""

from __future__ import annotations

from cais.cli.main import main

if __name__ == "__main__":
    main()
