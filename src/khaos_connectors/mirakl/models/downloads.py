"""A file that Mirakl hands out as it is."""

from collections.abc import Iterator

import attrs

from khaos_connectors.calls.messages import Response

__all__ = ["Download"]


@attrs.frozen(kw_only=True)
class Download:
    """A downloaded file. A large one waits on disk: prefer ``pieces`` to ``content``.

    *filename* is empty where the answer names none; it comes from outside, so do not use it as a path.
    """

    filename: str = ""
    content_type: str = ""
    _answer: Response = attrs.field(repr=False)

    @property
    def content(self) -> bytes:
        """All of it, in memory."""
        return self._answer.body

    def pieces(self) -> Iterator[bytes]:
        """Piece by piece, from the start each time."""
        return self._answer.pieces()
