"""Forms with files, byte for byte."""

from email import message_from_bytes
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.multipart import FilePart, ValuePart, multipart


def parts(content_type: str, body: bytes) -> list[Message]:
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    return [part for part in message.walk() if not part.is_multipart()]


def test_fields_then_files() -> None:
    """Each part says its name; a file its name and type as well."""
    file = FilePart(field="file", filename="stock.csv", content=b"a;b\r\n1;2\r\n", content_type="text/csv")

    found = parts(*multipart([("mode", "NORMAL")], [file]))

    assert [part.get_param("name", header="content-disposition") for part in found] == ["mode", "file"]
    assert found[1].get_filename() == "stock.csv"
    assert found[1].get_content_type() == "text/csv"
    assert found[1].get_payload(decode=True) == b"a;b\r\n1;2\r\n"


@given(st.binary(max_size=200))
def test_the_same_parts_give_the_same_bytes(content: bytes) -> None:
    """A repeated request is the same request, and its boundary is nowhere in its content."""
    file = FilePart(field="f", filename="n", content=content)

    kind, body = multipart([("a", "b")], [file])

    assert (kind, body) == multipart([("a", "b")], [file])
    boundary = kind.partition("boundary=")[2].encode()
    assert boundary not in content
    assert body.count(b"--" + boundary) == 3
    assert b"\r\n\r\n" + content + b"\r\n--" in body


def test_a_value_may_have_a_type_and_is_no_file() -> None:
    """A JSON document in a form says that it is one, and a server does not take it for an upload."""
    note = ValuePart(field="note", content=b'{"a":1}', content_type="application/json")
    file = FilePart(field="file", filename="n.pdf", content=b"%PDF")

    found = parts(*multipart([], [note, file]))

    assert [part.get_filename() for part in found] == [None, "n.pdf"]
    assert found[0].get_content_type() == "application/json"
    assert found[0].get_payload(decode=True) == b'{"a":1}'
    with pytest.raises(ValueError, match="one line"):
        multipart([], [ValuePart(field="note", content=b"", content_type="a/b\nEvil: 1")])


def test_names_cannot_break_out() -> None:
    """A quote or a line end in a name stays inside the name."""
    _, body = multipart([('a"; x="\r\nEvil: 1', "v")], [])

    assert b'name="a%22; x=%22%0D%0AEvil: 1"' in body
    assert b"\r\nEvil" not in body


def test_a_content_type_is_one_line() -> None:
    """A line end in it would be a header of its own."""
    with pytest.raises(ValueError, match="one line"):
        multipart([], [FilePart(field="f", filename="n", content=b"", content_type="text/csv\r\nEvil: 1")])


def test_content_is_left_out_of_repr() -> None:
    """A file may hold personal data."""
    assert "secret" not in repr(FilePart(field="f", filename="n", content=b"secret"))
    assert "secret" not in repr(ValuePart(field="f", content=b"secret", content_type="text/plain"))
