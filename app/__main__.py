"""The command line: `palimpsest …`, also `python -m app …`."""

from __future__ import annotations

import sys

import typer

from app.cli.commands import app
from app.domain.errors import PalimpsestError


def main() -> None:
    """Errors of ours end in one line that says what to do, not in a traceback."""
    try:
        app()
    except PalimpsestError as error:
        typer.echo(f"palimpsest: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
