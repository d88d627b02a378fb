"""How the simulated marketplace reads requests and writes answers: exact JSON, refusals, query parameters, times."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias, TypeVar, cast
from urllib.parse import quote

import attrs

from khaos_connectors.calls.messages import Request, Response

__all__ = ["Asked", "Json", "Refusal", "answer", "dumps", "parse", "stamp", "written"]

Json: TypeAlias = "bool | int | Decimal | str | Sequence[Json] | Mapping[str, Json] | None"
T = TypeVar("T")

LIST_LIMIT = 100


class Refusal(Exception):
    """The marketplace says no: *status*, *message* and, where the vendor publishes one, a machine *code*."""

    def __init__(
        self, status: int, message: str, *, code: str = "", field: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.field = field
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer: a classic body, or a list of errors where there is a code."""
        body: Json = {"status": self.status, "message": self.message}
        if self.code:
            body = {"errors": [{"code": self.code, "field": self.field or None, "message": self.message}]}
        return answer(body, status=self.status, headers=self.headers)


def answer(
    value: Json, *, status: int = 200, amounts_as_strings: bool = False, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer."""
    return written(dumps(value, amounts_as_strings=amounts_as_strings), status=status, headers=headers)


def written(text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of JSON that is written already."""
    more = headers or {}
    kind = "application/json;charset=UTF-8"
    return Response(status=status, headers={"content-type": kind, **more}, body=text.encode())


def dumps(value: Json, *, amounts_as_strings: bool = False) -> str:
    """JSON text in which a ``Decimal`` stands with all its digits, as a number or as a string."""
    marked = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return _AMOUNT.sub(r'"\1"' if amounts_as_strings else r"\1", marked)


_AMOUNT = re.compile(r'"\\u0000([-0-9.]+)"')


def _plain(value: object) -> object:
    """What the standard library cannot write: an amount as a marked text, other collections as its own."""
    if isinstance(value, Decimal):
        return f"\0{value:f}"
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, Json]", value))  # what is answered has texts as keys
    if isinstance(value, Sequence):
        return list(cast("Sequence[Json]", value))  # only Json is handed to ``dumps``
    raise TypeError(f"no JSON: {value!r}")


def parse(request: Request) -> Mapping[str, Json]:
    """The JSON object in the body, or a refusal with 400 (415 when the body is declared as something else)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "Unsupported Media Type")
    try:
        value: Json = json.loads(request.body.decode("utf-8"), parse_float=Decimal)
    except ValueError as broken:
        raise Refusal(400, "Bad Request") from broken
    if not isinstance(value, Mapping):
        raise Refusal(400, "Bad Request")
    return value


@lru_cache(maxsize=4096)
def stamp(moment: datetime | None) -> str | None:
    """A date-time as replies write it: UTC with Z, milliseconds only when there are some."""
    if moment is None:
        return None
    precision = "milliseconds" if moment.microsecond // 1000 else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


@attrs.frozen
class Asked:
    """One request as a handler sees it: when it came, the ids out of its path, its query and its body."""

    now: datetime
    ids: tuple[str, ...]
    request: Request

    def one(self, name: str) -> str | None:
        """A parameter that is given once (the last one counts); None when absent or empty."""
        values = [value for key, value in self.request.query if key == name]
        return values[-1] or None if values else None

    def repeated(self, name: str) -> tuple[str, ...]:
        """A parameter whose list is written by repeating it; a comma is part of a value."""
        values = tuple(value for key, value in self.request.query if key == name)
        if len(values) > LIST_LIMIT:
            raise Refusal(400, f"The limit of {LIST_LIMIT} is exceeded for the parameter : {name}")
        return values

    def commas(self, name: str) -> tuple[str, ...]:
        """A parameter whose list is one value with commas, at most 100 entries."""
        values = tuple(part.strip() for part in (self.one(name) or "").split(",") if part.strip())
        if len(values) > LIST_LIMIT:
            raise Refusal(400, f"The limit of {LIST_LIMIT} is exceeded for the parameter : {name}")
        return values

    def flag(self, name: str) -> bool | None:
        """A parameter that is ``true`` or ``false``."""
        text = self.one(name)
        if text not in (None, "true", "false"):
            raise Refusal(400, f"Error with field {name}. Please check the field datatype.")
        return None if text is None else text == "true"

    def moment(self, name: str) -> datetime | None:
        """An ISO 8601 date-time; one without zone is taken as UTC. A plus sign that was not encoded is refused."""
        text = self.one(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as broken:
            raise Refusal(400, f"Error with field {name}. Please check the field datatype.") from broken
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def number(self, name: str, default: int, *, least: int, most: int | None = None) -> int:
        """A whole number within its limits."""
        text = self.one(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit()) or int(text) < least:
            raise Refusal(400, f"Error with field {name}. Please check the field datatype.")
        if most is not None and int(text) > most:
            raise Refusal(400, f"The limit of {most} is exceeded for the parameter : {name}")
        return int(text)

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """One of *allowed*."""
        text = self.one(name) or default
        if text not in allowed:
            raise Refusal(400, f"Invalid value for the parameter : {name}")
        return text

    def page(self, rows: Sequence[T]) -> tuple[Sequence[T], dict[str, str]]:
        """Offset paging: the rows asked for and the ``Link`` header that goes with them."""
        size = self.number("max", 10, least=1, most=LIST_LIMIT)
        offset = self.number("offset", 0, least=0)
        links: list[str] = []
        if offset > 0:
            links.append(self._link(max(0, offset - size), "previous"))
        if offset + size < len(rows):
            links.append(self._link(offset + size, "next"))
        return rows[offset : offset + size], {"link": ", ".join(links)} if links else {}

    def _link(self, offset: int, relation: str) -> str:
        kept = [(key, value) for key, value in self.request.query if key != "offset"]
        host = self.request.headers.get("host", "marketplace.example.com")
        query = "&".join(f"{quote(key)}={quote(value)}" for key, value in [*kept, ("offset", str(offset))])
        return f'<https://{host}{self.request.path}?{query}>; rel="{relation}"'
