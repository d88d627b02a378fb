"""Large answers wait in a file, and nobody who reads them has to know."""

import gc
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.spool import Collector, Spooled

MEBIBYTE = 2**20


def collected(pieces: Sequence[bytes], *, limit: int = 2**26, spool: bool = True) -> bytes | Spooled:
    with Collector(limit, spool=spool) as collector:
        assert all(collector.take(piece) for piece in pieces)
        return collector.content()


@given(pieces=st.lists(st.integers(0, 400_000), max_size=8), spool=st.booleans())
def test_what_came_is_what_is_read(pieces: list[int], *, spool: bool) -> None:
    """Whole or in pieces, from memory or from a file, again and again: the bytes are those that came, in order."""
    parts = [bytes([index]) * size for index, size in enumerate(pieces)]
    answer = Response(status=200, body=collected(parts, spool=spool))

    assert answer.body == b"".join(parts)
    assert b"".join(answer.pieces()) == answer.body == b"".join(answer.pieces())


def test_only_a_large_answer_that_may_goes_to_a_file() -> None:
    """A mebibyte stays in memory, one byte more is spooled; without the permission nothing is."""
    assert isinstance(collected([b"x" * MEBIBYTE]), bytes)
    assert isinstance(collected([b"x" * (MEBIBYTE + 1)], spool=False), bytes)

    large = collected([b"x" * MEBIBYTE, b"y", b"z"])

    assert isinstance(large, Spooled)
    assert len(large) == MEBIBYTE + 2
    assert large.read().endswith(b"xyz")


@pytest.mark.parametrize("spool", [True, False])
def test_the_limit_holds_in_a_file_too(*, spool: bool) -> None:
    """The piece that makes the answer too long is refused; exactly the limit is taken."""
    with Collector(MEBIBYTE + 10, spool=spool) as collector:
        assert collector.take(b"x" * (MEBIBYTE + 5))
        assert collector.take(b"y" * 5)
        assert not collector.take(b"z")


def test_two_readers_one_after_the_other_do_not_disturb_each_other() -> None:
    """Pieces that are read in turns with the whole come from the right places."""
    answer = Response(status=200, body=collected([bytes([n % 251]) * 70_000 for n in range(20)]))
    pieces = answer.pieces()
    first = next(pieces)

    assert answer.body.startswith(first)
    assert first + b"".join(pieces) == answer.body


def test_the_file_goes_with_the_answer() -> None:
    """Nothing is left open: not after reading, not when collecting broke off (an unclosed file would warn)."""
    answer: Response | None = Response(status=200, body=collected([b"x" * 2 * MEBIBYTE]))
    assert answer is not None
    next(answer.pieces())
    answer = None
    with Collector(2**26, spool=True) as collector:
        collector.take(b"x" * 2 * MEBIBYTE)
    gc.collect()
