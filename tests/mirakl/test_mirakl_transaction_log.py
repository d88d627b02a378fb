"""The transaction log: read by pages, by changes and by exports, at the pace that is published."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints.transactions import cycle_ids
from khaos_connectors.mirakl.models.accounting_codes import TransactionPaymentState, TransactionType
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.money.payouts import LONGEST_EXPORT, Payouts
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import (
    MiraklSettings,
    RateLimit,
)
from khaos_connectors.testing.simulators.mirakl.money_state import MoneySettings

DAY = 86_400
MakeWorld = Callable[..., object]


def page(rows: object, token: str | None = None) -> Response:
    more = f',"next_page_token":"{token}"' if token else ""
    body = f'{{"data":[{",".join(row.payload for row in rows)}]{more}}}'
    return Response(status=200, body=body.encode())


def transaction(**fields: object) -> dict[str, object]:
    cycle = "a5b77ee5-f5c2-4efc-ab94-8366ee781598"
    bare = {"id": "t1", "type": "ORDER_AMOUNT", "amount": 10, "currency_iso_code": "GBP"}
    return {**bare, "seller_billing_cycle_id": cycle, **fields}


def log_of(config: MiraklConfig, answer: Callable[..., Response], rows: list[object]) -> list[object]:
    call = endpoints.list_transactions(config.scope)
    return list(call.decode(answer({"data": rows})))


def test_complaint_06_a_log_of_many_pages_is_read_whole(money_world: MakeWorld) -> None:
    """All pages of the log are walked, by the filters of the first one, however small Mirakl's own default is."""
    here = money_world()
    for number in range(4100):
        here.money.book("ORDER_AMOUNT", "1.00", order_id=f"O{number}", line_id=f"O{number}-1")
    here.money.close_cycle()
    here.money.book("ORDER_AMOUNT", "5.00", order_id="later")

    (payout,) = here.settle()

    assert len({line.line_id for line in payout.lines}) == 4100
    assert payout.statement.payout == Decimal("4100.00")


def test_a_transaction_that_changes_while_it_is_read_counts_once(money_world: MakeWorld) -> None:
    """A row that moves to the end of the walk comes twice; its last form counts."""
    here = money_world()
    here.sell(("MUG", 1))
    here.money.close_cycle()
    first = here.run(here.payouts.transactions(endpoints.TransactionFilter()))
    here.clock.advance(DAY)
    second = here.run(here.payouts.transactions(endpoints.TransactionFilter()))
    outcomes = [page(first, token="next"), page([row for row in second if row.id in {each.id for each in first}])]

    played = play(here.payouts.transactions(endpoints.TransactionFilter()), outcomes)

    rows = played.result
    assert len(rows) == len(first)
    assert {row.record.payment_state for row in rows} == {TransactionPaymentState.PAID}


def test_incremental_reads_go_by_the_last_update(money_world: MakeWorld) -> None:
    """Asked for what changed, the log gives old transactions that were paid since, not only new ones."""
    here = money_world()
    here.sell(("MUG", 1))
    here.money.close_cycle()
    here.clock.advance(DAY)
    wanted = endpoints.TransactionFilter(last_updated_from=here.clock.now() - timedelta(hours=23, minutes=30))

    rows = here.run(here.payouts.transactions(wanted))

    assert {row.record.type for row in rows} == {
        TransactionType.ORDER_AMOUNT,
        TransactionType.ORDER_SHIPPING_AMOUNT,
        TransactionType.COMMISSION_FEE,
        TransactionType.COMMISSION_VAT,
        TransactionType.PAYMENT,
    }


@pytest.mark.parametrize("shape", ["object", "list"])
@pytest.mark.parametrize("file_format", ["JSON", "NDJSON"])
def test_an_export_gives_the_same_as_the_pages(money_world: MakeWorld, shape: str, file_format: str) -> None:
    """TL05's files are met as an object with data, as a list and as lines; all of them hold the log's rows."""
    here = money_world(MoneySettings(export_shape=shape))
    here.sell(("MUG", 1))
    here.sell(("RUG", 2))
    here.money.close_cycle()
    paged = here.run(here.payouts.transactions(endpoints.TransactionFilter()))
    caller, scope = here.config.caller(), here.config.scope
    begun = here.run(
        caller.perform(endpoints.start_transaction_export(scope, file_format=file_format, items_per_chunk=3))
    )
    here.clock.advance(60)
    status = here.run(caller.perform(endpoints.transaction_export_status(scope, begun.tracking_id)))

    assert len(status.urls) == 3
    rows = [
        row for url in status.urls for row in here.run(caller.perform(endpoints.transaction_export_chunk(scope, url)))
    ]
    assert {row.record for row in rows} == {row.record for row in paged}
    exported = here.run(here.payouts.exported(endpoints.TransactionFilter()))
    assert {row.record for row in exported.rows} == {row.record for row in paged}

    cycles = here.run(here.payouts.cycles()).cycles
    (by_export,) = here.run(here.payouts.payouts(cycles, log=exported.rows))
    (by_pages,) = here.run(here.payouts.payouts(cycles))
    assert set(by_export.lines) == set(by_pages.lines)
    assert by_export.statement == by_pages.statement


def test_complaint_07_a_stretch_of_years_is_exported_in_slices(money_world: MakeWorld) -> None:
    """No export asks for more than a year, which Mirakl refuses; the slices together hold everything, once."""
    here = money_world()
    here.sell(("MUG", 1))
    here.clock.advance(500 * DAY)
    here.sell(("RUG", 1))
    here.money.close_cycle()
    end = here.clock.now()
    wanted = endpoints.TransactionFilter(date_created_from=end - timedelta(days=900), date_created_to=end)
    too_long = endpoints.start_transaction_export(here.config.scope, wanted)

    with pytest.raises(errors.Invalid, match="one year"):
        here.run(here.config.caller().perform(too_long))
    found = here.run(here.payouts.exported(wanted))
    open_ended = here.run(here.payouts.exported(attrs.evolve(wanted, date_created_to=None)))

    assert timedelta(days=366) >= LONGEST_EXPORT
    assert len(here.market._state.money.exports) == 6  # an end that is not said is the present
    booked = {row.transaction_id for row in here.money.transactions}
    assert {row.id for row in found.rows} == {row.id for row in open_ended.rows} == booked
    assert (found.rest, found.stopped) == ((), None)


def test_of_several_exports_one_goes_a_day(money_world: MakeWorld) -> None:
    """Mirakl takes one export a day: what is left is told with the time to come back after, and nobody waits here."""
    here = money_world(pace_factor=1.0, market=MiraklSettings(limits={"TL03": RateLimit(calls=1, seconds=DAY)}))
    here.money.book("ORDER_AMOUNT", "1.00", order_id="old")
    here.clock.advance(500 * DAY)
    here.money.book("ORDER_AMOUNT", "2.00", order_id="new")
    began = here.clock.now()
    wanted = endpoints.TransactionFilter(date_created_from=began - timedelta(days=600), date_created_to=began)

    first = here.run(here.payouts.exported(wanted))

    assert [row.record.amount for row in first.rows] == [Decimal("1.00")]
    (rest,) = first.rest
    assert (rest.date_created_from, rest.date_created_to) == (began - timedelta(days=235), began)
    assert here.clock.now() - began < timedelta(minutes=5)
    assert isinstance(first.stopped, errors.RateLimited)
    with pytest.raises(errors.RateLimited, match="one export of the log a day") as early:
        here.run(here.payouts.exported(rest))
    assert early.value.retry_after is not None
    assert DAY - 300 < early.value.retry_after < DAY
    assert here.clock.now() - began < timedelta(minutes=5)

    here.clock.advance(early.value.retry_after)
    second = here.run(here.payouts.exported(rest))
    assert [row.record.amount for row in second.rows] == [Decimal("2.00")]
    assert second.rest == ()


def test_what_mirakl_says_of_a_second_export_loses_nothing(money_world: MakeWorld) -> None:
    """Where we would ask sooner than Mirakl takes it, its own 429 ends the exports; the first one is not lost."""
    here = money_world(pace_factor=0, market=MiraklSettings(limits={"TL03": RateLimit(calls=1, seconds=DAY)}))
    here.money.book("ORDER_AMOUNT", "1.00", order_id="old")
    here.clock.advance(500 * DAY)
    wanted = endpoints.TransactionFilter(date_created_from=here.clock.now() - timedelta(days=600))

    found = here.run(here.payouts.exported(wanted))

    assert len(found.rows) == len(found.rest) == 1
    assert isinstance(found.stopped, errors.RateLimited)
    assert found.stopped.status == 429
    with pytest.raises(errors.RateLimited):
        here.run(here.payouts.exported(*found.rest))


def test_an_export_that_was_not_begun_may_be_asked_for_again(money_world: MakeWorld) -> None:
    """A refused start uses up no day; a key without the role is told by the capability, as on the pages."""
    here = money_world(MoneySettings(log_open=False), pace_factor=1.0)
    for _ in range(2):
        with pytest.raises(errors.Unsupported, match="transaction log") as refused:
            here.run(here.payouts.exported(endpoints.TransactionFilter()))
        assert refused.value.operation == "TL03"

    here.market._state.settings = attrs.evolve(here.market.settings, money=MoneySettings())
    assert here.run(here.payouts.exported(endpoints.TransactionFilter())).rows == ()


def test_times_without_a_zone_are_refused_before_they_are_compared(config: MiraklConfig) -> None:
    """A stretch whose ends cannot be compared is ``Invalid`` like any other, not a ``TypeError``."""
    wanted = endpoints.TransactionFilter(
        date_created_from=datetime(2020, 1, 1),  # noqa: DTZ001 - the naive time is the point
        date_created_to=datetime(2026, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(errors.Invalid):
        play(Payouts(config).exported(wanted), [])


def test_trap_05_an_export_is_asked_for_by_the_documented_name(config: MiraklConfig) -> None:
    """The official example of TL03 spells ``Transaction_date_from`` and quotes a number: the schema does neither."""
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    wanted = endpoints.TransactionFilter(
        transaction_date_from=moment, transaction_type=(TransactionType.MANUAL_CREDIT,)
    )

    call = endpoints.start_transaction_export(config.scope, wanted, megabytes_per_chunk=10, shop_domains=["PRODUCT"])

    assert call.request.body == (
        b'{"transaction_date_from":"2026-03-01T00:00:00.000Z","transaction_type":["MANUAL_CREDIT"],'
        b'"megabytes_per_chunk":10,"shop_domain":["PRODUCT"],"format":"NDJSON"}'
    )


def test_references_are_repeated_not_joined(config: MiraklConfig) -> None:
    """TL02's references are described as a comma list and typed as an array: each goes in a parameter of its own."""
    wanted = endpoints.TransactionFilter(order_reference_for_seller=("SO1", "SO,2"), order_id=("O1", "O1"))

    query = endpoints.list_transactions(config.scope, wanted).request.query

    assert [value for name, value in query if name == "order_reference_for_seller"] == ["SO1", "SO,2"]
    assert [value for name, value in query if name == "order_id"] == ["O1"]
    assert ("sort", "lastUpdated,ASC") in query
    assert ("limit", "2000") in query


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda scope: endpoints.TransactionFilter(order_id=("O",) * 101), "order_id"),
        (lambda scope: endpoints.TransactionFilter(seller_billing_cycle_id=("7",)), "seller_billing_cycle_id"),
    ],
)
def test_filters_are_checked_before_they_are_sent(
    config: MiraklConfig, call: Callable[..., endpoints.TransactionFilter], field: str
) -> None:
    """More than 100 values and what is no id of a cycle are refused here, naming the parameter."""
    wanted = call(config.scope)
    for make in (endpoints.list_transactions, endpoints.start_transaction_export):
        with pytest.raises(errors.Invalid) as refused:
            make(config.scope, wanted)
        assert [each.field for each in refused.value.fields] == [field]


def test_ids_of_cycles_may_come_one_by_one(config: MiraklConfig) -> None:
    """A generator is gone through once: gone through twice it would leave an empty filter, which asks for all."""
    cycles = ["a5b77ee5-f5c2-4efc-ab94-8366ee781598", "b5b77ee5-f5c2-4efc-ab94-8366ee781598"]
    asked: Any = (each for each in [*cycles, cycles[0]])  # Any: no Sequence, but what a user may give
    assert cycle_ids(config.scope, "IV01", "seller_billing_cycle_id", asked) == cycles


def test_other_arguments_are_checked_too(config: MiraklConfig) -> None:
    """Currencies that Mirakl cannot filter by, numbers that no document has, chunks of nothing: not sent."""
    scope = config.scope
    for make in (
        lambda: endpoints.list_billing_cycles(scope, endpoints.BillingCycleFilter(currency=("XXX",))),
        lambda: endpoints.list_invoices(scope, endpoints.InvoiceFilter(currency="pounds")),
        lambda: endpoints.list_invoices(scope, endpoints.InvoiceFilter(invoice_id=(-1,))),
        lambda: endpoints.download_invoice(scope, -1),
        lambda: endpoints.start_transaction_export(scope, items_per_chunk=0),
        lambda: endpoints.list_transactions(scope, size=2001),
        lambda: endpoints.list_billing_cycles(scope, size=1001),
    ):
        with pytest.raises(errors.Invalid):
            make()


def test_the_published_pace_of_the_log_is_kept(money_world: MakeWorld) -> None:
    """Twenty calls a minute and sixty an hour, as Mirakl publishes them: a walk of 70 pages meets no 429."""
    limits = {"TL02": RateLimit(calls=20, seconds=60)}
    here = money_world(market=MiraklSettings(limits=limits), pace_factor=1.0)
    for number in range(140):
        here.money.book("ORDER_AMOUNT", "1.00", order_id=f"O{number}")
    caller = here.config.caller()
    began = here.clock.now()

    rows = here.run(caller.pages(endpoints.list_transactions(here.config.scope, size=2)))

    assert len(rows) == 140
    assert here.clock.now() - began >= timedelta(minutes=60)  # sixty an hour: the 70th waits


def test_what_goes_out_names_the_shop_every_time(config: MiraklConfig, answer: Callable[..., Response]) -> None:
    """Every request of a walk names the shop, a page token goes with nothing else."""
    payouts = Payouts(config)
    pages = [answer({"data": [], "next_page_token": "more"}), answer({"data": []})]

    played = play(payouts.cycles(), pages)

    sent = [effect.request.query for effect in played.effects if isinstance(effect, Send)]
    assert sent[1] == (("page_token", "more"), ("shop_id", "2000"))
    assert ("shop_id", "2000") in sent[0]


def test_a_change_that_cannot_be_read_is_not_passed_over(config: MiraklConfig, answer: Callable[..., Response]) -> None:
    """A transaction that comes again and is broken then counts as broken: what it was before may be wrong."""
    rows = log_of(config, answer, [transaction(last_updated="2026-03-01T00:00:00Z"), transaction(amount=None)])
    other = log_of(config, answer, [transaction(amount=None), transaction(last_updated="2026-03-01T00:00:00Z")])
    for given, kind in ((rows, Broken), (other, Read)):
        played = play(Payouts(config).transactions(endpoints.TransactionFilter()), [page(given)])
        assert [type(row) for row in played.result] == [kind]
