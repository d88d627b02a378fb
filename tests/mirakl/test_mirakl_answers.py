"""Refusals in all the shapes in which Mirakl and the gateways before it say no."""

from collections.abc import Callable

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.mirakl.answers import content, refuse, text
from khaos_connectors.mirakl.scope import Scope

Answer = Callable[..., Response]


def refused(scope: Scope, response: Response) -> errors.Refused:
    with pytest.raises(errors.Refused) as caught:
        refuse(response, scope=scope, operation="OR21")
    return caught.value


def test_the_classic_body(scope: Scope, answer: Answer) -> None:
    """``{status, message}`` gives the message."""
    error = refused(scope, answer({"status": 400, "message": "Error with field offers.logistic_class."}, 400))
    assert isinstance(error, errors.Invalid)
    assert error.message == "Error with field offers.logistic_class."
    assert error.code is None


def test_the_list_of_errors(scope: Scope, answer: Answer) -> None:
    """``{errors: [...]}`` gives the first code and every field with its problem."""
    rows = [
        {"code": "INVALID_FIELD_TYPE", "field": "requests[0].files", "message": "wrong type"},
        {"code": "OTHER", "field": None, "message": "and this"},
    ]
    error = refused(scope, answer({"errors": rows}, 400))
    assert isinstance(error, errors.Invalid)
    assert error.code == "INVALID_FIELD_TYPE"
    assert [field.field for field in error.fields] == ["requests[0].files", "(no field)"]
    assert error.message == "INVALID_FIELD_TYPE: wrong type; OTHER: and this"


def test_a_list_without_an_object_around_it(scope: Scope, answer: Answer) -> None:
    """A bare list of errors is read the same way."""
    assert refused(scope, answer([{"code": "X", "message": "no"}], 400)).code == "X"


def test_the_connect_body(scope: Scope, answer: Answer) -> None:
    """``{code, message, errors}`` gives the stable code of its top."""
    body = {"code": "BAD", "message": "No.", "errors": [{"field": "a", "message": "b", "extensions": {}}]}
    error = refused(scope, answer(body, 422))
    assert isinstance(error, errors.Invalid)
    assert (error.code, error.message, str(error.fields[0])) == ("BAD", "No.", "a: b")


@pytest.mark.parametrize(
    "body",
    [
        {"code": "ORDER_INVALID_STATE", "message": "no"},
        {"errors": [{"code": "ORDER_INVALID_STATE", "message": "no"}]},
        {"status": 400, "message": "ORDER_INVALID_STATE: Order is in state SHIPPING"},
    ],
)
def test_or21_codes_are_found_wherever_they_stand(body: object, scope: Scope, answer: Answer) -> None:
    """Where the published codes stand in a body is not shown anywhere, so all three places are looked at."""
    assert refused(scope, answer(body, 400)).code == "ORDER_INVALID_STATE"


@pytest.mark.parametrize("body", [None, "   ", "<html><h1>Bad Gateway</h1></html>", '{"status": 5', "[1, 2]", "null"])
@pytest.mark.parametrize("status", [403, 500, 502, 503])
def test_gateways_without_words(body: object, status: int, scope: Scope, answer: Answer) -> None:
    """HTML, nothing, broken JSON: still a typed refusal of the right class, and never a decoding error."""
    error = refused(scope, answer(body, status, {"x-request-id": "r-1"}))
    assert isinstance(error, errors.AuthFailed) is (status == 403)
    assert error.retryable is (status >= 500)
    assert error.message.startswith("no reason given")
    assert error.request_id == "r-1"


@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_empty_good_answer_is_an_empty_object(status: int, scope: Scope, answer: Answer) -> None:
    """Any 2xx is a yes, and a missing body is ``{}``."""
    assert content(answer(None, status), scope=scope, operation="OR04") == {}


@pytest.mark.parametrize("status", [301, 304, 415])
def test_anything_else_is_a_refusal(status: int, scope: Scope, answer: Answer) -> None:
    """A redirect or an unheard-of status is no answer to read."""
    with pytest.raises(errors.Refused) as caught:
        content(answer("{}", status), scope=scope, operation="OR11")
    assert caught.value.status == status


@pytest.mark.parametrize("body", [b"\xff\xfe;1", b" <html>"])
def test_a_file_is_text(body: bytes, scope: Scope, answer: Answer) -> None:
    """A web page or foreign bytes in a report's place are no report."""
    with pytest.raises(errors.Undecodable):
        text(answer(body), scope=scope, operation="STO03")
    assert text(answer(b"\xef\xbb\xbfa;b"), scope=scope, operation="STO03") == "a;b"


def test_numbers_keep_their_digits(scope: Scope, answer: Answer) -> None:
    """Amounts never pass through binary floating point."""
    assert str(content(answer('{"a": 1.10}'), scope=scope, operation="OR11")) == "{'a': Decimal('1.10')}"
