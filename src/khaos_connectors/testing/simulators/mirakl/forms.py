"""Uploads as the simulated marketplace takes them: a description and the files; strict as the vendor is."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal

__all__ = ["Form", "Part", "form"]

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_PARAMETER = re.compile(r'\b(name|filename)="([^"]*)"')


@attrs.frozen(kw_only=True)
class Part:
    """One part of a form."""

    name: str
    filename: str | None
    content_type: str
    content: bytes


@attrs.frozen(kw_only=True)
class Form:
    """What came: the description, and the files by name in their order."""

    described: Mapping[str, Json]
    files: Mapping[str, Part]


def form(asked: Asked, field: str, *, forms: frozenset[str] = frozenset({"json"})) -> Form:
    """The form in the body, described by its part *field*.

    A bare 400 for what the vendor refuses without a word: a description without a content type of its own, or of a
    form that this instance does not take; file names that are not ASCII or not distinct.
    """
    parts = _parts(asked)
    about = [part for part in parts if part.name == field]
    files = [part for part in parts if part.name == "files"]
    names = [part.filename or "" for part in files]
    odd = any(not name or not name.isascii() for name in names) or len(set(names)) < len(names)
    if len(about) != 1 or about[0].filename is not None or odd:
        raise Refusal(400, "Bad Request")
    kind = {"application/json": "json", "application/xml": "xml"}.get(about[0].content_type, "")
    if kind not in forms:
        raise Refusal(400, "Bad Request")
    described = _json(about[0].content) if kind == "json" else _xml(about[0].content, field)
    return Form(described=described, files={part.filename or "": part for part in files})


def _parts(asked: Asked) -> Sequence[Part]:
    kind = asked.request.headers.get("content-type", "")
    found = _BOUNDARY.search(kind)
    if not kind.lower().startswith("multipart/form-data") or found is None:
        raise Refusal(415, "Unsupported Media Type")
    mark = b"--" + found.group(1).encode()
    parts: list[Part] = []
    for piece in asked.request.body.split(mark)[1:-1]:
        head, empty, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not empty or not content.endswith(b"\r\n"):
            raise Refusal(400, "Bad Request")
        lines = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
        headers = {name.strip().lower(): value.strip() for name, _, value in lines}
        named = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
        parts.append(
            Part(
                name=named.get("name", ""),
                filename=named.get("filename"),
                content_type=headers.get("content-type", "text/plain").partition(";")[0].strip(),
                content=content[:-2],
            )
        )
    return parts


def _json(content: bytes) -> Mapping[str, Json]:
    try:
        value: Json = json.loads(content.decode("utf-8"), parse_float=Decimal)
    except ValueError as broken:
        raise Refusal(400, "Bad Request") from broken
    if not isinstance(value, Mapping):
        raise Refusal(400, "Bad Request")
    return value


def _xml(content: bytes, field: str) -> Mapping[str, Json]:
    try:
        root = ET.fromstring(content)  # noqa: S314 - it comes from the program under test
    except ET.ParseError as broken:
        raise Refusal(400, "Bad Request") from broken
    listed = root.find(field)
    if root.tag != "body" or listed is None:
        raise Refusal(400, "Bad Request")
    return {field: [_element(row) for row in listed]}


def _element(row: ET.Element) -> Json:
    return {child.tag: _element(child) for child in row} if len(row) else row.text or ""
