"""The command line: `palimpsest …`, also `python -m app …`."""

from __future__ import annotations

import sys

import typer
from pydantic import ValidationError

from app.cli.commands import app
from app.domain.errors import PalimpsestError
from app.settings import Settings


def main() -> None:
    """Errors of ours, and settings that cannot be, end in one line that says what to do, not in a traceback."""
    try:
        app()
    except PalimpsestError as error:
        typer.echo(f"palimpsest: {error}", err=True)
        sys.exit(1)
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        for wrong in error.errors():
            typer.echo(f"palimpsest: {'.'.join(map(str, wrong['loc'])).upper()}: {wrong['msg']}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
