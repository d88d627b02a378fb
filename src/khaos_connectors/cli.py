"""The ``khaos-connectors`` command. Needs the extra ``cli``; without it, says so."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        from khaos_connectors.demo.commands import app  # noqa: PLC0415 - typer and rich come with an extra
    except ModuleNotFoundError as missing:
        sys.exit(f"khaos-connectors: {missing.name} is not installed; run: pip install 'khaos-connectors[cli]'")
    app()
