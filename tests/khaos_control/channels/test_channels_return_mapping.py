"""From a credit note draft to the return that the ERP fetches."""

from datetime import UTC, datetime
from decimal import Decimal, localcontext

import attrs
import pytest

from khaos_connectors.core.ids import LineId, StockCode
from khaos_connectors.core.orders import Address
from khaos_connectors.core.refund_records import CreditLine, CreditNoteDraft
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.channels import DataItem, ReturnDownloadSettings
from khaos_connectors.khaos_control.channels.mapping import MappedReturn, customer_return
from khaos_connectors.khaos_control.channels.models import ItemMapping, Mapping, Price, SourceOrder

_NOW = datetime(2026, 7, 9, 12, 0, tzinfo=UTC)


def _line(*, net: str, vat: str, quantity: int = 1) -> CreditLine:
    return CreditLine(
        line_id=LineId("L1"),
        stock_code=StockCode("MUG"),
        net=Decimal(net),
        vat=Decimal(vat),
        vat_rate=Decimal(20),
        quantity=quantity,
        reason="broken",
    )


def _mapped(credit: CreditNoteDraft, settings: ReturnDownloadSettings, home: Address) -> MappedReturn:
    return customer_return(
        credit,
        settings,
        created=_NOW,
        urn="EXAM01",
        billing=home,
        associated_ref="JL-1001",
        order_code="SO0001",
        order_items={LineId("L1"): "ITEM1"},
    )


def _told(mapped: MappedReturn) -> list[str]:
    assert {each.field for each in mapped.problems} <= {"ReturnedItems"}
    return [each.problem for each in mapped.problems]


def test_a_credit_note_becomes_a_return(
    credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address
) -> None:
    """The refund's id is the unique reference, the line names its order, its price includes the VAT."""
    mapped = _mapped(credit, returns, home)
    assert mapped.problems == ()
    document = mapped.document
    assert (document.associated_ref, document.urn, document.created_date) == ("R-1", "EXAM01", _NOW)
    assert (document.process_return, document.delivery_address) == (None, None)
    (item,) = document.returned_items
    assert (item.sku, item.quantity, item.return_reason) == ("MUG", Decimal(1), DataItem(id="6"))
    assert item.mapping == (ItemMapping(mapping=Mapping.STOCK_CODE),)
    assert item.unit_price == Price(gross=Decimal("3.34"))
    assert item.source_order == SourceOrder(associated_ref="JL-1001")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("reference", SourceOrder(associated_ref="JL-1001")),
        ("order code", SourceOrder(sorder_code="SO0001")),
        ("order line", SourceOrder(sorder_item_id="ITEM1")),
    ],
)
def test_the_order_is_named_as_the_settings_say(
    source: str, expected: SourceOrder, credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address
) -> None:
    """Exactly one key, whichever it is."""
    settings: ReturnDownloadSettings = attrs.evolve(returns, source=source)
    assert _mapped(credit, settings, home).document.returned_items[0].source_order == expected


@pytest.mark.parametrize("source", ["reference", "order code", "order line"])
def test_an_order_that_is_not_known_is_told(
    source: str, credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address
) -> None:
    """A return without its order would credit somebody else's price."""
    settings: ReturnDownloadSettings = attrs.evolve(returns, source=source)
    mapped = customer_return(credit, settings, created=_NOW, urn="EXAM01", billing=home)
    assert _told(mapped) == [f"line L1: the order that it came from is not known by its {source}"]


def test_units_are_priced_to_the_penny(credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address) -> None:
    """10.00 for three units becomes two rows a penny apart; net prices come from the net amount."""
    draft = attrs.evolve(credit, lines=(_line(net="8.33", vat="1.67", quantity=3),))
    rows = [(item.quantity, item.unit_price) for item in _mapped(draft, returns, home).document.returned_items]
    assert rows == [(Decimal(1), Price(gross=Decimal("3.34"))), (Decimal(2), Price(gross=Decimal("3.33")))]
    net = _mapped(draft, attrs.evolve(returns, price="net"), home).document.returned_items
    assert [item.unit_price for item in net] == [Price(net=Decimal("2.78")), Price(net=Decimal("2.77"))]


def test_money_for_no_unit_needs_a_code(
    credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address
) -> None:
    """A goodwill refund must not bring a mug back into stock: it is refused, or goes under a code of its own."""
    goodwill = attrs.evolve(credit, lines=(attrs.evolve(credit.lines[0], quantity=None),))
    mapped = _mapped(goodwill, returns, home)
    assert "line L1: money is given back for no unit: set amount_only_code to a stock code for it" in _told_all(mapped)
    (item,) = _mapped(
        goodwill, attrs.evolve(returns, amount_only_code=StockCode("GOODWILL")), home
    ).document.returned_items
    assert (item.sku, item.quantity, item.unit_price) == ("GOODWILL", Decimal(1), Price(gross=Decimal("3.34")))


def _told_all(mapped: MappedReturn) -> list[str]:
    return [each.problem for each in mapped.problems]


def test_carriage_needs_a_code(credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address) -> None:
    """A return has no delivery charge; a stock code can stand for it, of the order as a whole."""
    draft = attrs.evolve(credit, shipping_net=Decimal("4.13"), shipping_vat=Decimal("0.82"))
    refusal = "the delivery charge is given back: set shipping_code and default_reason for it"
    assert _told(_mapped(draft, returns, home)) == [refusal]
    coded = attrs.evolve(returns, shipping_code=StockCode("CARRIAGE"))
    assert _told(_mapped(draft, coded, home)) == [refusal]
    settings = attrs.evolve(coded, default_reason=DataItem(id="9"), source="order line")
    mapped = _mapped(draft, settings, home)
    assert mapped.problems == ()
    carriage = mapped.document.returned_items[-1]
    assert (carriage.sku, carriage.unit_price) == ("CARRIAGE", Price(gross=Decimal("4.95")))
    assert carriage.source_order == SourceOrder(sorder_code="SO0001")


def test_reasons_are_mapped_or_told(credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address) -> None:
    """The ERP knows only the reasons that its owner has set up."""
    other = attrs.evolve(credit, lines=(attrs.evolve(credit.lines[0], reason="late"),))
    assert "line L1: no return reason is set for 'late'" in _told_all(_mapped(other, returns, home))
    settings = attrs.evolve(returns, default_reason=DataItem(name="Other"))
    assert _mapped(other, settings, home).document.returned_items[0].return_reason == DataItem(name="Other")


def test_amounts_are_whole_pennies(credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address) -> None:
    """A currency with three decimals has amounts that no unit price of the ERP can hold: they are refused."""
    fils = attrs.evolve(credit, currency="KWD", lines=(_line(net="2.781", vat="0"),))
    assert "line L1: its amount must be whole pennies, 0 or more" in _told_all(_mapped(fils, returns, home))


def test_a_draft_is_never_processed(credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address) -> None:
    """Money that the channel has not paid yet must not leave the ERP; else the settings say."""
    for complete, process, expected in ((True, True, True), (True, None, None), (False, True, False)):
        mapped = _mapped(attrs.evolve(credit, complete=complete), attrs.evolve(returns, process=process), home)
        assert mapped.document.process_return is expected


def test_the_delivery_address_may_be_given(
    credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address
) -> None:
    """The return then says where its goods had gone; the notes are told in one line each."""
    draft = attrs.evolve(credit, notes=("by post", "cracked"))
    mapped = customer_return(
        draft, returns, created=_NOW, urn="EXAM01", billing=home, delivery=home, associated_ref="JL-1001"
    )
    assert mapped.document.delivery_address == mapped.document.invoice_address
    assert mapped.document.delivery_contact == mapped.document.invoice_contact
    assert mapped.document.notes == "by post; cracked"


def test_a_customer_number_is_needed(credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address) -> None:
    """The customer must exist in the ERP: without its number nothing is offered."""
    mapped = customer_return(credit, returns, created=_NOW, urn="", billing=home, associated_ref="JL-1001")
    assert [(each.field, each.problem) for each in mapped.problems] == [("URN", "must not be empty")]


def test_the_template_of_returns_holds_the_refund() -> None:
    """A fixed reference would make the second return a duplicate of the first."""
    with pytest.raises(ConfigError, match="exactly once"):
        ReturnDownloadSettings(reference_template="R")


def test_the_callers_decimal_context_does_not_matter(
    credit: CreditNoteDraft, returns: ReturnDownloadSettings, home: Address
) -> None:
    """In a context of three digits the return has every penny, carriage included."""
    dear = attrs.evolve(
        credit,
        lines=(_line(net="1028.80", vat="205.76", quantity=7),),
        shipping_net=Decimal("104.13"),
        shipping_vat=Decimal("20.82"),
    )
    settings = attrs.evolve(returns, shipping_code=StockCode("POST"), default_reason=DataItem(id="6"))
    plain = _mapped(dear, settings, home)

    assert any(item.unit_price == Price(gross=Decimal("124.95")) for item in plain.document.returned_items)
    with localcontext(prec=3):
        assert repr(_mapped(dear, settings, home)) == repr(plain)
