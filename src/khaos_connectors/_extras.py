"""Parts that need more than the library itself name the extra to install."""

from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["extra"]


@contextmanager
def extra(name: str) -> Generator[None, None, None]:
    """Around the imports that come with the extra *name*: ``ModuleNotFoundError`` says what to install."""
    try:
        yield
    except ModuleNotFoundError as missing:
        module = (missing.name or "").partition(".")[0]
        if module == "khaos_connectors":
            raise
        words = f"{module} is not installed: pip install 'khaos-connectors[{name}]'"
        raise ModuleNotFoundError(words, name=module) from missing
