"""Forms that carry files to Mirakl: a description of its own content type first, then the files.

A description without that content type is refused with a bare 400, and so are names that are not ASCII or not distinct:
both are looked after here, before anything is sent.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.messages import Request
from khaos_connectors.calls.multipart import FilePart, ValuePart, multipart
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.documents import DocumentForm, Upload
from khaos_connectors.mirakl.scope import Scope

__all__ = ["FILE_SECONDS", "Row", "check_files", "described", "form_request", "printable"]

FILE_SECONDS = 120.0
"""How long a file may take on its way; the connection's own limit is for ordinary calls."""

Row: TypeAlias = Mapping[str, "str | Row"]
"""What is told of one file, by the names of its fields."""

_NAME = re.compile(r"[ -~]+")
_NOT_IN_NAMES = frozenset('"/\\')
_MEDIA_TYPE = re.compile(r"[!-~]+/[ -~]+")


def check_files(
    scope: Scope, operation: str, files: Sequence[Upload], *, most: int, most_bytes: int | None = None
) -> None:
    """``Invalid`` for what Mirakl refuses without saying why: names, empty files, too many, more than *most_bytes*."""

    def refuse(problem: str) -> None:
        raise refused_locally(scope, operation, "files", problem)

    files = records(scope, operation, "files", files, Upload)
    if len(files) > most:
        refuse(f"takes at most {most} files, not {len(files)}")
    names = [file.name for file in files]
    for file in files:
        if not _NAME.fullmatch(file.name) or file.name != file.name.strip() or _NOT_IN_NAMES & set(file.name):
            refuse(f"a file name has ASCII characters only, without quotes and slashes, not {file.name!a}")
        if not _MEDIA_TYPE.fullmatch(file.content_type):
            refuse(f"a media type is like application/pdf, not {file.content_type!a} ({file.name})")
        if not file.content:
            refuse(f"{file.name} is empty")
        if names.count(file.name) > 1:
            refuse(f"file names must be distinct: {file.name} comes twice")
    if most_bytes is not None and sum(len(file.content) for file in files) > most_bytes:
        refuse(f"takes at most {most_bytes} bytes together")


def printable(scope: Scope, operation: str, field: str, value: str) -> None:
    """``Invalid`` unless *value* is a code or an id: a text without control characters, not empty."""
    if not value or not value.isprintable():
        raise refused_locally(scope, operation, field, f"must be printable text, not {value!a}")


def described(field: str, row: str, rows: Sequence[Row], form: DocumentForm) -> ValuePart:
    """The part *field* that describes the files by *rows*, each named *row* where the form is XML.

    The XML is what Mirakl's own PHP library sends (``body`` around it); the document describes the JSON.
    """
    if form == "json":
        return ValuePart(field=field, content=to_json({field: rows}).encode(), content_type="application/json")
    inner = "".join(f"<{row}>{_xml(each)}</{row}>" for each in rows)
    body = f'<?xml version="1.0" encoding="UTF-8"?><body><{field}>{inner}</{field}></body>'
    return ValuePart(field=field, content=body.encode(), content_type="application/xml")


def form_request(path: str, scope: Scope, description: ValuePart, files: Sequence[Upload]) -> Request:
    """A POST of *description* and *files* (parts ``files``)."""
    parts = [
        FilePart(field="files", filename=file.name, content=file.content, content_type=file.content_type)
        for file in files
    ]
    content_type, body = multipart([], [description, *parts])
    return Request(
        method="POST",
        path=path,
        query=scope.query(),
        headers={"content-type": content_type},
        body=body,
        timeout=FILE_SECONDS,
    )


def _xml(value: "str | Row") -> str:
    return escape(value) if isinstance(value, str) else "".join(f"<{n}>{_xml(v)}</{n}>" for n, v in value.items())
