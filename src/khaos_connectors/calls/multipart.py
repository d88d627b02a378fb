"""Forms with files (RFC 7578), as a pure function: the same parts give the same bytes."""

from collections.abc import Sequence
from hashlib import sha256

import attrs

__all__ = ["FilePart", "ValuePart", "multipart"]


@attrs.frozen(kw_only=True)
class FilePart:
    """A file in a form: the *field* it belongs to, the *filename* it is given, and its *content*."""

    field: str
    filename: str
    content: bytes = attrs.field(repr=False)
    content_type: str = "application/octet-stream"


@attrs.frozen(kw_only=True)
class ValuePart:
    """A value in a form that is no file and yet has a *content_type* of its own (a JSON document, say)."""

    field: str
    content: bytes = attrs.field(repr=False)
    content_type: str


def multipart(fields: Sequence[tuple[str, str]], files: Sequence[FilePart | ValuePart]) -> tuple[str, bytes]:
    """The content type and the body of a form with *fields* and *files*, in this order.

    The boundary is derived from the content, so that a repeated request is the same request.
    """
    parts = [(_disposition(name), value.encode()) for name, value in fields]
    for file in files:
        if any(mark in file.content_type for mark in "\r\n"):
            raise ValueError(f"{file.field}: a content type is one line")
        kind = f"\r\nContent-Type: {file.content_type}".encode()
        name = file.filename if isinstance(file, FilePart) else None
        parts.append((_disposition(file.field, name) + kind, file.content))
    boundary = _boundary(parts)
    body = b"".join(b"--%b\r\n%b\r\n\r\n%b\r\n" % (boundary, head, content) for head, content in parts)
    return f"multipart/form-data; boundary={boundary.decode()}", body + b"--%b--\r\n" % boundary


def _disposition(name: str, filename: str | None = None) -> bytes:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    return (head if filename is None else f'{head}; filename="{_quoted(filename)}"').encode()


def _quoted(text: str) -> str:
    # As browsers do it: a backslash would be taken literally by many servers.
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _boundary(parts: Sequence[tuple[bytes, bytes]]) -> bytes:
    digest = sha256()
    for head, content in parts:
        digest.update(b"%d %d " % (len(head), len(content)))
        digest.update(head)
        digest.update(content)
    # Content would have to hold its own digest to collide with it.
    return b"form-" + digest.hexdigest()[:40].encode()
