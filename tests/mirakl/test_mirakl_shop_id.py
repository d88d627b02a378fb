"""One key may reach several shops: the shop travels with every call that this library can make."""

import json
import re

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.mirakl.operations import OPERATIONS, Body, Paging
from khaos_connectors.mirakl.raw_calls import raw, raw_pages
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_call_strategies import arguments, endpoint_functions, operation_of

ENDPOINTS = endpoint_functions()
SCOPE = Scope(account="a", shop_id=2000)
RELAXED = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def shops(request: Request) -> list[str]:
    return [value for name, value in request.query if name == "shop_id"]


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
@RELAXED
@given(data=st.data())
def test_every_endpoint_names_the_shop(name: str, data: st.DataObject) -> None:
    """Once, whatever the arguments; without a shop in the scope there is none, and Mirakl takes the user's own."""
    function = ENDPOINTS[name]
    drawn = data.draw(arguments(function))
    for scope, expected in ((SCOPE, ["2000"]), (attrs.evolve(SCOPE, shop_id=None), [])):
        try:
            made = function(**drawn | {"scope": scope})
        except errors.Invalid:
            continue
        for call in (made,) if isinstance(made, Call) else made:
            assert shops(call.request) == expected, operation_of(function)


@pytest.mark.parametrize("code", sorted(OPERATIONS))
def test_every_operation_by_its_code_names_the_shop(code: str) -> None:
    """Whatever has no function of its own goes the same way."""
    known = OPERATIONS[code]
    path = dict.fromkeys(re.findall(r"\{(\w+)\}", known.path), "1")
    form = {"file": "x"} if known.body is Body.FORM else None
    call = raw(code, SCOPE, path=path, form=form, url="https://shop.example.com/api/file", against_advice=True)
    assert shops(call.request) == ["2000"]


@pytest.mark.parametrize("code", sorted(each for each, known in OPERATIONS.items() if known.paging is not Paging.NONE))
def test_every_page_names_the_shop(code: str) -> None:
    """A token stands for the filters and not for the shop: it goes with each page, by token and by offset alike."""
    known = OPERATIONS[code]
    first = raw_pages(code, SCOPE, path=dict.fromkeys(re.findall(r"\{(\w+)\}", known.path), "1"), against_advice=True)
    body = {known.rows: [{"total_count": 500}], "next_page_token": "t2", "total_count": 500}
    page: Page[object] = first.decode(Response(status=200, body=json.dumps(body).encode()))
    assert page.next is not None
    assert shops(first.request) == shops(page.next.request) == ["2000"]
    assert page.next.request != first.request
