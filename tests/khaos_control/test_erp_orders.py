"""Creating and finding orders through the port: once, or not at all, and it says why."""

from collections.abc import Callable
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Lost, Response
from khaos_connectors.core.ids import AccountId, OrderRef, StockCode
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.khaos_control import KhaosControlERP, SkipKind, SkipPattern
from khaos_connectors.khaos_control.refusals import DEFAULT_PATTERNS, classify
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.khaos_control import KhaosSettings

Enveloped = Callable[..., Response]


@pytest.fixture
def erp(house: Callable[..., object]) -> KhaosControlERP:
    """A connector whose answers the test plays by hand."""
    return house().erp


@pytest.fixture
def skipped(enveloped: Enveloped) -> Callable[[str], Response]:
    """A "successful" import that created nothing."""
    return lambda reason: enveloped(
        "ImportOrders",
        "<return><ImportedCount>0</ImportedCount><OrderSkipped><item><OrderRef>JL-1001</OrderRef>"
        f"<SkipReason>{reason}</SkipReason></item></OrderSkipped></return>",
    )


@pytest.fixture
def status(texted: Callable[..., Response]) -> Callable[[str], Response]:
    """A status list with the given orders."""
    return lambda inner: texted("ExportOrderStatusEx", f"<STATUS_LIST>{inner}</STATUS_LIST>")


_THERE = '<ORDER_STATUS SORDER_CODE="SO9" ASSOCIATED_REF="JL-1001"/>'
_CANCELLED = '<ORDER_STATUS SORDER_CODE="SO8" ASSOCIATED_REF="JL-1001"><CANCELLED/></ORDER_STATUS>'


@pytest.mark.parametrize("answers", ["inline", "multiref"])
@pytest.mark.parametrize("errors_by", ["fault", "skip"])
def test_an_order_is_created_once(
    house: Callable[..., object], draft: ErpOrderDraft, answers: str, errors_by: str
) -> None:
    """Created, found, and a second attempt gives the same order: the total over there is the channel's."""
    home = house(KhaosSettings(answers=answers, data_errors=errors_by))
    created = home.runner.run(home.erp.create_order(draft))
    found = home.runner.run(home.erp.find_order(draft.reference))
    again = home.runner.run(home.erp.create_order(draft))

    assert found is not None
    assert created.code == found.code == again.code
    assert (found.gross, found.cancelled, found.stage) == (Decimal("14.95"), False, "new")
    assert len(home.simulator.orders) == 1
    assert home.simulator.amount_differences == []
    assert not home.simulator.card_data


def test_an_order_that_is_not_there_is_none(house: Callable[..., object]) -> None:
    """Nothing found is None, not an error."""
    home = house()

    assert home.runner.run(home.erp.find_order(OrderRef("NO-SUCH"))) is None


def test_problems_are_told_before_anything_is_sent(erp: KhaosControlERP, draft: ErpOrderDraft) -> None:
    """create_order raises what problems() tells, without a single request."""
    bad = attrs.evolve(draft, billing=attrs.evolve(draft.billing, town="x" * 36, surname=""))

    told = erp.problems(bad)
    with pytest.raises(errors.Invalid) as caught:
        play(erp.create_order(bad), [])

    assert [each.field for each in told] == ["ITOWN", "ISURNAME"]
    assert [each.field for each in caught.value.fields] == ["ITOWN", "ISURNAME"]
    assert caught.value.status is None


def test_a_channel_without_settings_is_a_problem(house: Callable[..., object], draft: ErpOrderDraft) -> None:
    """The company class of a channel that nobody configured is not guessed."""
    home = house(None, {"default_orders": None})

    assert [each.field for each in home.erp.problems(draft)] == ["COMPANY_CLASS"]
    settings = {AccountId("john-lewis"): house().config.default_orders}
    assert house(None, {"default_orders": None, "orders": settings}).erp.problems(draft) == ()
    (told,) = house(None, {"default_orders": None, "orders": settings}).erp.problems(attrs.evolve(draft, account="jl"))
    assert told.problem == "no order settings for the account 'jl' and no default ones; known: john-lewis"


@pytest.mark.parametrize(
    ("line_code", "kind"),
    [("NO-SUCH", SkipKind.UNKNOWN_ITEM), ("OLD", SkipKind.DISCONTINUED)],
)
@pytest.mark.parametrize("errors_by", ["fault", "skip"])
def test_what_is_wrong_with_the_data_is_invalid_by_fault_or_by_skip(
    house: Callable[..., object], draft: ErpOrderDraft, line_code: str, kind: SkipKind, errors_by: str
) -> None:
    """Both ways of saying no give the same error, with the kind as its code and the server's words."""
    home = house(KhaosSettings(data_errors=errors_by))
    line = attrs.evolve(draft.lines[0], stock_code=StockCode(line_code))

    with pytest.raises(errors.Invalid) as caught:
        home.runner.run(home.erp.create_order(attrs.evolve(draft, lines=(line,))))

    assert (caught.value.code, line_code in caught.value.message) == (kind.value, True)
    assert not home.simulator.orders


def test_silence_after_sending_surfaces(erp: KhaosControlERP, draft: ErpOrderDraft) -> None:
    """One request, no repeat, no look-up: whoever asked looks before repeating."""
    with pytest.raises(errors.Unanswered):
        play(erp.create_order(draft), [Lost(sent=True, reason="read timed out")])


def test_a_duplicate_gives_the_order_that_is_there(
    erp: KhaosControlERP,
    draft: ErpOrderDraft,
    skipped: Callable[[str], Response],
    status: Callable[[str], Response],
) -> None:
    """The skip "failed", yet what was wanted exists: it is looked up and given."""
    played = play(erp.create_order(draft), [skipped("Order already imported"), status(_CANCELLED + _THERE)])

    assert (played.result.code, len(played.of(Send))) == ("SO9", 2)


def test_a_duplicate_that_is_cancelled_is_a_conflict(
    erp: KhaosControlERP,
    draft: ErpOrderDraft,
    skipped: Callable[[str], Response],
    status: Callable[[str], Response],
) -> None:
    """A reference that a cancelled order holds cannot be used again: a person decides."""
    with pytest.raises(errors.Conflict, match="already imported"):
        play(erp.create_order(draft), [skipped("Order already imported"), status(_CANCELLED)])


def test_an_unknown_reason_is_looked_into(
    erp: KhaosControlERP,
    draft: ErpOrderDraft,
    skipped: Callable[[str], Response],
    status: Callable[[str], Response],
) -> None:
    """The texts are undocumented: a reason that no pattern knows may mean a duplicate, so the order is looked for."""
    there = play(erp.create_order(draft), [skipped("Fehler 17"), status(_THERE)]).result
    with pytest.raises(errors.Refused) as caught:
        play(erp.create_order(draft), [skipped("Fehler 17"), status("")])

    assert there.code == "SO9"
    assert (type(caught.value), caught.value.message, caught.value.retryable) == (errors.Refused, "Fehler 17", False)


def test_a_fault_of_unknown_meaning_is_raised_as_it_is(
    erp: KhaosControlERP, draft: ErpOrderDraft, fault: Callable[..., Response], status: Callable[[str], Response]
) -> None:
    """With the class and the words of the server, after the look-up found nothing."""
    with pytest.raises(errors.Refused) as caught:
        play(erp.create_order(draft), [fault("Interface not supported", kind="EIntfCastError"), status("")])

    assert (caught.value.code, caught.value.message) == ("EIntfCastError", "Interface not supported")


def test_an_import_that_says_nothing_of_our_order(
    erp: KhaosControlERP, draft: ErpOrderDraft, enveloped: Enveloped, status: Callable[[str], Response]
) -> None:
    """Imported, but another reference: if it cannot be found nobody knows; nothing imported and not found: refused."""
    other = (
        "<return><ImportedCount>1</ImportedCount><OrderImport><item><SalesOrderCode>SO1</SalesOrderCode>"
        "<AssociatedRef>JL-10</AssociatedRef></item></OrderImport></return>"
    )
    none = "<return><ImportedCount>0</ImportedCount></return>"

    with pytest.raises(errors.Unanswered):
        play(erp.create_order(draft), [enveloped("ImportOrders", other), status("")])
    with pytest.raises(errors.Refused):
        play(erp.create_order(draft), [enveloped("ImportOrders", none), status("")])
    assert play(erp.create_order(draft), [enveloped("ImportOrders", none), status(_THERE)]).result.code == "SO9"


def test_an_only_row_without_a_reference_is_ours(
    erp: KhaosControlERP, draft: ErpOrderDraft, enveloped: Enveloped
) -> None:
    """One order was sent, one was imported."""
    row = "<OrderImport><item><SalesOrderCode>SO1</SalesOrderCode><AssociatedRef/></item></OrderImport>"
    answer = enveloped("ImportOrders", f"<return><ImportedCount>1</ImportedCount>{row}</return>")

    assert play(erp.create_order(draft), [answer]).result.code == "SO1"


def test_a_count_of_nothing_is_not_contradicted_by_a_row(
    erp: KhaosControlERP, draft: ErpOrderDraft, enveloped: Enveloped, status: Callable[[str], Response]
) -> None:
    """An answer that names our order and counts none imported is looked into: only what the ERP holds was created."""
    named = "<SalesOrderCode>SO1</SalesOrderCode><AssociatedRef>JL-1001</AssociatedRef>"
    row = f"<OrderImport><item>{named}</item></OrderImport>"
    answer = enveloped("ImportOrders", f"<return><ImportedCount>0</ImportedCount>{row}</return>")

    assert play(erp.create_order(draft), [answer, status(_THERE)]).result.code == "SO9"
    with pytest.raises(errors.Unanswered):
        play(erp.create_order(draft), [answer, status("")])


def test_not_there_is_never_a_guess(erp: KhaosControlERP, status: Callable[[str], Response]) -> None:
    """An answer about the reference that cannot be read is an error: taking it for None would double the order."""
    broken = '<ORDER_STATUS SORDER_CODE="SO9" ASSOCIATED_REF="JL-1001"><COMPLETE>?</COMPLETE></ORDER_STATUS>'

    with pytest.raises(errors.Undecodable, match="COMPLETE"):
        play(erp.find_order(OrderRef("JL-1001")), [status(broken)])


def test_credit_notes_and_other_references_are_not_the_order(
    erp: KhaosControlERP, status: Callable[[str], Response]
) -> None:
    """A credit note carries the reference too; a reference that only begins alike is another order."""
    inner = (
        '<ORDER_STATUS SORDER_CODE="CN1" ASSOCIATED_REF="JL-1001"><ORDER_TYPE>Credit Note</ORDER_TYPE></ORDER_STATUS>'
        '<ORDER_STATUS SORDER_CODE="SO2" ASSOCIATED_REF="JL-10011"/>'
    )

    assert play(erp.find_order(OrderRef("JL-1001")), [status(inner)]).result is None


def test_a_cancelled_order_is_found_when_no_other_lives(
    erp: KhaosControlERP, status: Callable[[str], Response]
) -> None:
    """Cancelled orders are asked for: without them the order would look as if it never existed."""
    found = play(erp.find_order(OrderRef("JL-1001")), [status(_CANCELLED)]).result

    assert found is not None
    assert (found.code, found.cancelled, found.stage) == ("SO8", True, "cancelled")


def test_the_reference_template_goes_both_ways(house: Callable[..., object], draft: ErpOrderDraft) -> None:
    """Written with the prefix, found by our reference, told by our reference."""
    home = house(None, {"reference_template": "WEB-{reference}"})
    created = home.runner.run(home.erp.create_order(draft))
    found = home.runner.run(home.erp.find_order(draft.reference))

    assert home.simulator.order_of("WEB-JL-1001") is not None
    assert found is not None
    assert (created.reference, found.reference) == (draft.reference, draft.reference)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Associated ref JL-1 has already been imported", SkipKind.DUPLICATE),
        ("Duplicate order reference", SkipKind.DUPLICATE),
        ("Stock item 'X' could not be found: stock item not found", SkipKind.UNKNOWN_ITEM),
        ("Item is Discontinued", SkipKind.DISCONTINUED),
        ("X is run to zero and has insufficient stock", SkipKind.NO_STOCK),
        ("COMPANY_CLASS 'Webb' does not exist", SkipKind.UNKNOWN_NAME),
        ("IADDRESS1 is too long", SkipKind.BAD_DATA),
        ("", SkipKind.OTHER),
        ("Deadlock", SkipKind.OTHER),
    ],
)
def test_the_default_patterns(text: str, kind: SkipKind) -> None:
    """Common wordings; everything else is OTHER."""
    assert classify(text, DEFAULT_PATTERNS) is kind


def test_the_table_of_patterns_is_the_users(house: Callable[..., object], draft: ErpOrderDraft) -> None:
    """The first pattern that is found wins; a broken pattern is a configuration error."""
    mine = (SkipPattern("discontinued", SkipKind.NO_STOCK), *DEFAULT_PATTERNS)
    home = house(None, {"skip_patterns": mine})
    line = attrs.evolve(draft.lines[0], stock_code=StockCode("OLD"))

    with pytest.raises(errors.Invalid) as caught:
        home.runner.run(home.erp.create_order(attrs.evolve(draft, lines=(line,))))

    assert caught.value.code == SkipKind.NO_STOCK.value
    with pytest.raises(errors.ConfigError):
        SkipPattern("(", SkipKind.OTHER)


def test_a_deleted_order_is_still_found(house: Callable[..., object], draft: ErpOrderDraft) -> None:
    """The service leaves cancelled orders out unless it is asked for them, and then one would be created again."""
    home = house()
    created = home.runner.run(home.erp.create_order(draft))
    home.simulator.cancel(created.code)

    found = home.runner.run(home.erp.find_order(draft.reference))

    assert found is not None
    assert (found.code, found.cancelled) == (created.code, True)


def test_refused_credentials_are_not_looked_into(erp: KhaosControlERP, draft: ErpOrderDraft) -> None:
    """A web server that turns us away says nothing about the order: one request, and the error as it is."""
    with pytest.raises(errors.AuthFailed):
        play(erp.create_order(draft), [Response(status=401, body=b"<html>Unauthorized")])
