"""The ``khaos-connectors`` command. Needs the extra ``cli``; without it, says so."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        from khaos_connectors.demo.commands import app  # noqa: PLC0415 - typer and rich come with an extra
    except ModuleNotFoundError as missing:
        sys.exit(f"khaos-connectors: {missing}")
    from khaos_connectors.errors import ConnectorError  # noqa: PLC0415 - only when it is needed

    try:
        app()
    except ConnectorError as error:
        sys.stderr.write(f"khaos-connectors: {error}\n")
        sys.exit(2)
