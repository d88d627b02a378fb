"""Bad input over a real connection: each is one typed error that names account, operation and place."""

from collections.abc import Callable
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.core.ids import OrderRef, StockCode
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.khaos_control import KhaosControlConfig, StockSettings, connect
from khaos_connectors.protocols import ERP
from khaos_connectors.testing.simulators.routes import serve

Answered = Callable[..., Response]
Texted = Callable[[str, str], Response]

_BOMB = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
_SINCE = datetime(2026, 3, 1, tzinfo=UTC)
_PAGE = Response(status=200, headers={"content-type": "text/html"}, body=b"<!DOCTYPE html><html>Sign in</html>")


@attrs.define
class Says:
    """A server that gives these answers in turn, the last one for ever."""

    answers: list[Response]

    def handle(self, request: Request) -> Response:
        assert request.method == "POST"
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def asked(config_of: Callable[[str], KhaosControlConfig]) -> Callable[..., object]:
    """What a question to an ERP comes to, over loopback, when the server gives these answers."""

    def ask(question: Callable[[ERP], object], *answers: Response) -> object:
        with serve(Says(list(answers))) as url, connect(config_of(url)) as erp:
            return question(erp)

    return ask


@pytest.fixture
def config_of(house: Callable[..., object]) -> Callable[[str], KhaosControlConfig]:
    """The usual configuration at another address: impatient, with a small mouth."""
    config: KhaosControlConfig = house().config

    def build(url: str) -> KhaosControlConfig:
        retry = RetryPolicy(attempts=2, first_wait=0)
        return attrs.evolve(config, base_url=f"{url}/K.exe", retry=retry, max_answer_bytes=2**20, stock=StockSettings())

    return build


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Response(status=401, body=b"<html>401</html>"), errors.AuthFailed, "401"),
        (Response(status=403, body=b""), errors.AuthFailed, "403"),
        (_PAGE, errors.Undecodable, "SOAP, not HTML"),
        (Response(status=200, body=b"<S:Envelope xmlns:S='x'><S:Bo"), errors.Undecodable, "well-formed XML"),
        (Response(status=200, body=b""), errors.Undecodable, "not an empty answer"),
        (Response(status=200, body=f"{_BOMB}<x>&b;</x>".encode()), errors.Undecodable, "without a document type"),
        (Response(status=200, body=b"x" * (100 * 2**20)), errors.Unanswered, "longer than the 1048576 bytes"),
    ],
)
def test_an_answer_that_is_none(
    answer: Response, kind: type[errors.CallError], words: str, asked: Callable[..., object]
) -> None:
    """Credentials, a log-in page, half an envelope, nothing, an entity bomb, a hundred megabytes."""
    with pytest.raises(kind) as caught:
        asked(lambda erp: erp.check(), answer)

    assert type(caught.value) is kind
    assert (caught.value.system, caught.value.operation) == ("khaos", "GetVersion")
    assert words in str(caught.value)


def test_a_fault_with_a_good_status(fault: Answered, asked: Callable[..., object]) -> None:
    """A 200 with a fault is a refusal in the server's words."""
    with pytest.raises(errors.Refused, match=r"khaos\.GetVersion: refused \(200 EDatabaseError\): deadlock"):
        asked(lambda erp: erp.check(), fault("deadlock", kind="EDatabaseError", status=200))


def test_a_bomb_within_the_document(texted: Texted, asked: Callable[..., object]) -> None:
    """The escaped document is parsed as carefully as the envelope around it."""
    inner = f"{_BOMB}<STATUS_LIST>&b;</STATUS_LIST>"
    with pytest.raises(errors.Undecodable, match=r"ExportOrderStatusEx.*document type"):
        asked(lambda erp: erp.find_order(OrderRef("R1")), texted("ExportOrderStatusEx", inner))


def test_nothing_where_a_level_is_due(texted: Texted, enveloped: Answered, asked: Callable[..., object]) -> None:
    """An item without its level is missing from an incomplete snapshot; the other is there, unknown status and all."""
    rows = "".join(
        f'<STOCK_ITEM CODE="{code}"><LEVEL>{level}</LEVEL><STATUS>9</STATUS></STOCK_ITEM>'
        for code, level in (("A", ""), ("B", "3"))
    )
    row = "<StockCode>B</StockCode><Available>3</Available><OnOrder>0</OnOrder><BackOrder>0</BackOrder>"
    levels = texted("ExportStockStatus", f'<STOCK_STATUS SITE="Main Site">{rows}</STOCK_STATUS>')
    potential = enveloped("GetStockPotential", f"<return><item>{row}</item></return>")
    seen: list[object] = []

    asked(lambda erp: seen.append(erp.stock([StockCode("A"), StockCode("B")])), levels, potential)

    (snapshot,) = seen
    assert [(figure.stock_code, figure.available) for figure in snapshot.figures] == [("B", 3)]
    assert (snapshot.missing, snapshot.complete) == (("A",), False)


@pytest.mark.parametrize("count", ["<ImportedCount xsi:nil='true'/>", "<ImportedCount>one</ImportedCount>"])
def test_nothing_where_a_count_is_due(
    count: str, draft: ErpOrderDraft, enveloped: Answered, asked: Callable[..., object]
) -> None:
    """An import whose result cannot be read may have happened; the error names the field."""
    with pytest.raises(errors.Unanswered, match=r"khaos\.ImportOrders: .*cannot read ImportedCount"):
        asked(lambda erp: erp.create_order(draft), enveloped("ImportOrders", f"<return>{count}</return>"))


@pytest.mark.parametrize("date", ["31/02/2026", "2026-03-01T10:00:00+0100", "soon"])
def test_a_date_that_is_none(date: str, texted: Texted, asked: Callable[..., object]) -> None:
    """The order that holds it is named with the place, and its neighbour is told all the same."""
    good = (
        '<ORDER_STATUS SORDER_CODE="SO2" ASSOCIATED_REF="R2"><INVOICES><INVOICE INVOICE_CODE="I2"'
        ' INVOICE_STAGE_ID="98" SHIP_DATE="01/03/2026"><INVOICE_ITEMS><INVOICE_ITEM STOCK_CODE="A" QTY_SENT="1"/>'
        "</INVOICE_ITEMS></INVOICE></INVOICES></ORDER_STATUS>"
    )
    created = f"<DATE_CREATED>{escape(date)}</DATE_CREATED>"
    bad = f'<ORDER_STATUS SORDER_CODE="SO1" ASSOCIATED_REF="R1">{created}</ORDER_STATUS>'
    answer = texted("ExportOrderStatusEx", f"<STATUS_LIST>{bad}{good}</STATUS_LIST>")
    told: list[str] = []

    def read(erp: ERP) -> None:
        order = erp.find_order(OrderRef("R2"))
        assert order is not None
        assert order.code == "SO2"
        for each in erp.despatches(since=_SINCE, references=[OrderRef("R1"), OrderRef("R2")]):
            told.append(each.despatch_id)

    with pytest.raises(errors.Undecodable, match=r"R1.*ORDER_STATUS\[0\]/DATE_CREATED"):
        asked(read, answer)
    assert told == ["I2"]
