"""Reading elements of the service's documents: one place that knows how it writes numbers, flags and dates.

A missing element reads like an empty one, a repeated one by its first occurrence, an unknown one is not looked at.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from xml.etree.ElementTree import Element, tostring

import attrs

from khaos_connectors import errors
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.models import Rows, UnreadRow

__all__ = ["Node", "Reading", "decimal_text", "flag_text", "read_rows"]

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
_FLAGS = {"-1": True, "1": True, "true": True, "0": False, "false": False}


@attrs.frozen(kw_only=True)
class Reading:
    """Which account and operation an answer belongs to, and how its times are read."""

    system: str
    operation: str
    time: ServerTime

    def broken(self, path: str, expected: str) -> errors.Undecodable:
        """The error for an answer that is not *expected* at *path*."""
        return errors.Undecodable(system=self.system, operation=self.operation, path=path, expected=expected)


def decimal_text(text: str) -> Decimal:
    """The number in *text*; ``ValueError`` for anything that is not plainly one."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("a number")
    return Decimal(text)


def flag_text(text: str) -> bool:
    """The boolean in *text*: -1 or 0, the words accepted too; ``ValueError`` for anything else."""
    flag = _FLAGS.get(text.casefold())
    if flag is None:
        raise ValueError("-1 or 0")
    return flag


@attrs.frozen
class Node:
    """An element with its path, for readers whose errors name the place. A name starting with ``@`` is an attribute."""

    element: Element
    path: str
    reading: Reading

    def text(self, name: str) -> str:
        """The trimmed text of the first child (or of the attribute) *name*; "" if there is none."""
        if name.startswith("@"):
            return (self.element.get(name[1:]) or "").strip()
        return (self.element.findtext(name) or "").strip()

    def own_text(self) -> str:
        """The trimmed text of the element itself."""
        return (self.element.text or "").strip()

    def number(self, name: str) -> Decimal | None:
        """A number, None if empty."""
        return self._read(name, decimal_text, "a number")

    def flag(self, name: str) -> bool:
        """A flag; empty or missing is False."""
        return bool(self._read(name, flag_text, "-1 or 0"))

    def whole(self, name: str) -> int | None:
        """A whole number, None if empty."""
        return self._read(name, int, "a whole number")

    def moment(self, name: str) -> datetime | None:
        """A date or time, None if empty or one of the service's empty dates."""
        return self._read(name, self.reading.time.read, "a date")

    def children(self, name: str) -> "Iterator[Node]":
        """The children *name*, each with its index in the path."""
        for index, element in enumerate(self.element.findall(name)):
            yield Node(element, f"{self.path}/{name}[{index}]", self.reading)

    def child(self, name: str) -> "Node | None":
        """The first child *name*."""
        return next(self.children(name), None)

    def broken(self, name: str, expected: str) -> errors.Undecodable:
        """The error for a child or an attribute that is not what was *expected*."""
        return self.reading.broken(f"{self.path}/{name}", expected)

    def _read(self, name: str, convert: Callable[[str], T], expected: str) -> T | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return convert(text)
        except ValueError:
            raise self.broken(name, expected) from None


def read_rows(nodes: Iterable[Node], read: Callable[[Node], T | None], *, key: Callable[[Node], str]) -> Rows[T]:
    """Every row by *read*, the broken ones apart; a row that reads as None is an empty shell and left out."""
    items: list[T] = []
    unread: list[UnreadRow] = []
    for node in nodes:
        try:
            item = read(node)
        except errors.Undecodable as problem:
            payload = tostring(node.element, encoding="unicode")
            unread.append(UnreadRow(key=key(node), path=problem.path, expected=problem.expected, payload=payload))
        else:
            if item is not None:
                items.append(item)
    return Rows(items=tuple(items), unread=tuple(unread))
