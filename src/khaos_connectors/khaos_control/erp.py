"""Khaos Control as the ERP of the library: its SOAP service behind ``ERPPort``, one request at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from khaos_connectors import errors
from khaos_connectors._choices import known_names
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.given import given
from khaos_connectors.calls.lists import listed
from khaos_connectors.calls.moments import moment
from khaos_connectors.core.despatch import Despatch
from khaos_connectors.core.erp_jobs import (
    Attempts,
    CreditNoteReceipt,
    Job,
    JobReceipt,
    RoutingMark,
    Rung,
    ShipConfirmation,
    StageMove,
)
from khaos_connectors.core.exception_report import Reason
from khaos_connectors.core.ids import AccountId, ErpOrderCode, LocationId, OrderRef, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.journals import Journal
from khaos_connectors.core.money import Money
from khaos_connectors.core.orders import ErpOrder, ErpOrderDraft
from khaos_connectors.core.refund_records import CreditNoteDraft
from khaos_connectors.core.stock import Snapshot
from khaos_connectors.khaos_control import endpoints, mapping
from khaos_connectors.khaos_control.check import health, look_at
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.describe import Description, describe
from khaos_connectors.khaos_control.despatch_reading import DespatchReader
from khaos_connectors.khaos_control.documents.orders import write_sales_orders
from khaos_connectors.khaos_control.enums import StatusMapping, StockDate
from khaos_connectors.khaos_control.items import ItemReader
from khaos_connectors.khaos_control.jobs import JobDesk
from khaos_connectors.khaos_control.models import OrderImportResult
from khaos_connectors.khaos_control.order_reading import OrderReader
from khaos_connectors.khaos_control.refusals import SkipKind, by_the_service, classify, refused_import
from khaos_connectors.khaos_control.stock_reading import StockReader
from khaos_connectors.khaos_control.stock_settings import Levels
from khaos_connectors.khaos_control.stock_writing import LevelSet, LevelWriter
from khaos_connectors.protocols import Batch, CreditNoteDesk, DraftProblem, ERPCapabilities, Health

__all__ = ["KhaosControlERP"]

_ROUNDING = Decimal("0.05")
"""What an import may have rounded away on an order."""


class KhaosControlERP:
    """One installation of Khaos Control as an ``ERPPort``.

    The service is a program started per request on the customer's own server, so nothing here asks for two things at
    once. What it cannot do (physical stock) its capabilities say, and by which way each job is done that the vendor
    documents no call for. *attempts* remember those jobs, so that none is done twice; *credit_notes* is the documented
    door to credit notes (``ReturnsDoor``), where the installation has it.
    """

    def __init__(
        self,
        config: KhaosControlConfig,
        *,
        attempts: Attempts | None = None,
        credit_notes: CreditNoteDesk | None = None,
    ) -> None:
        self.config = config
        self._service = config.service
        self._caller = config.caller()
        self._jobs = JobDesk(config, self._caller, attempts=attempts, credit_notes=credit_notes)
        self._items = ItemReader(config, self._caller)

    def __repr__(self) -> str:
        return f"KhaosControlERP({self.account!r})"

    @property
    def account(self) -> AccountId:
        """The name of this connection."""
        return self.config.account

    def check(self) -> Flow[Health]:
        """Version, sites, sales sources, company classes and couriers of the installation.

        ``problems`` tells every name of the configuration that does not exist there: orders would fail on it. Without
        any order settings it tells that, too.
        """
        return health(self.config, (yield from look_at(self.config, self._caller)))

    def describe(self) -> Flow[Description]:
        """What the installation's own description (WSDL) says beside the vendor's guide; see ``Description``.

        Raises ``AuthFailed`` for credentials that are refused; anything else that is in the way is its ``problem``.
        """
        return (yield from describe(self.config, self._caller))

    def capabilities(self) -> Flow[ERPCapabilities]:
        """What the service can do as it is configured; nothing is asked of it."""
        yield from ()
        per_site = self.config.stock.levels is Levels.PER_SITE
        ways = self._jobs.ways()
        by_call = {job for job, way in ways.items() if way.rung in {Rung.DOCUMENTED, Rung.CUSTOM}}
        return ERPCapabilities(
            stock_per_location=per_site,
            physical=False,
            item_lines=True,
            ship_confirm=Job.SHIP_CONFIRM in by_call,
            credit_notes=Job.CREDIT_NOTE in by_call,
            journals=Job.JOURNAL in by_call,
            ways=ways,
        )

    # --- stock -------------------------------------------------------------------------------------------------------

    def stock_codes(self) -> Flow[tuple[StockCode, ...]]:
        """Every stock code, templates of variants included (GetStockList without a date)."""
        entries = yield from self._caller.perform(endpoints.get_stock_list(self._service))
        return tuple(dict.fromkeys(StockCode(entry.stock_code) for entry in entries))

    def stock(self, codes: Sequence[StockCode] | None = None) -> Flow[Snapshot]:
        """What can be sold per site, with what was sold without stock on the default site.

        A code that could not be read whole (a broken row, a chunk that failed, a comma in the code) has no figures: it
        is in ``missing`` and the snapshot is not ``complete``. A code that the service does not know is in ``missing``.
        Raises when the service as a whole does not answer, and ``TypeError`` for one code that is not in a list.
        """
        given = None if codes is None else tuple(dict.fromkeys(listed(codes, name="codes", what="stock codes")))
        as_of = yield from now()
        wanted = given if given is not None else (yield from self.stock_codes())
        reader = StockReader(self._service, self._caller, self.config.stock, self.config.chunks)
        levels = yield from reader.read(wanted)
        return Snapshot(
            account=self.account,
            as_of=as_of,
            figures=levels.figures,
            full=codes is None,
            complete=not levels.unread,
            missing=tuple(code for code in wanted if code in levels.unread or code in levels.unknown),
        )

    def changed_codes(self, *, since: datetime) -> Flow[tuple[StockCode, ...]]:
        """Codes that were revised or whose stock moved *since* (aware, less the overlap), for a delta of ``stock``.

        Nobody has documented that an order without stock counts as a movement, or a component's as one of its kits
        (``core.catalogue.touched_kits`` adds those): read everything from time to time.
        """
        since = moment(since, system=self.account, operation="GetStockList", name="since") - self.config.delta_overlap
        found: dict[StockCode, None] = {}
        for date in (StockDate.REVISION, StockDate.MOVEMENT):
            call = endpoints.get_stock_list(self._service, since=since, date=date)
            found.update((StockCode(entry.stock_code), None) for entry in (yield from self._caller.perform(call)))
        return tuple(found)

    def set_levels(
        self,
        levels: Mapping[StockCode, int],
        *,
        location: LocationId | None = None,
        instead_of: Mapping[StockCode, int] | None = None,
    ) -> Flow[tuple[LevelSet, ...]]:
        """Set absolute levels at one site (*location* None: the default one) and read them back (ImportStockStatus).

        ``Unsupported`` unless ``StockSettings.may_set_levels``. With *instead_of* only a level that is still the one
        given there is replaced. One that was not answered is never sent again: reading it back says what became of it.
        Raises ``TypeError`` or ``ValueError`` for what is no whole number from 0 on, and what the service says where
        not a single level could be sent.
        """
        return LevelWriter(self.config, self._caller).set(levels, location=location, instead_of=instead_of)

    # --- items -------------------------------------------------------------------------------------------------------

    def items(self, *, since: datetime | None = None, cursor: str | None = None) -> Flow[Batch[ItemRecord]]:
        """Item masters, variants with codes of their own, or those revised *since* (less the overlap) with families.

        One call per batch. A batch's ``next`` works in another process too, at the price of one list of codes more.
        What is new meanwhile may be told or not: the next reading, *since* a moment before this one began, tells it.
        Deleted items are not told at all: whoever needs that compares whole readings.
        """
        return self._items.read(since, cursor)

    # --- orders ------------------------------------------------------------------------------------------------------

    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]:
        """Why the ERP would refuse *draft*, by the names of the document's elements. Pure."""
        return tuple(DraftProblem(field=each.field, problem=each.problem) for each in self._written(draft)[1])

    def find_order(self, reference: OrderRef) -> Flow[ErpOrder | None]:
        """The order with this reference, cancelled ones included; one that lives wins over a cancelled one.

        Raises ``Undecodable`` where the answer about it cannot be read: "not there" is never a guess.
        """
        given("reference", reference, str)
        wanted = self.config.associated_ref(reference)
        call = endpoints.export_order_status(
            self._service, [wanted], mapping=StatusMapping.ASSOCIATED_REF, include_cancelled=True, show_items=False
        )
        rows = yield from self._caller.perform(call)
        found = [row for row in rows if row.associated_ref == wanted and not row.is_credit_note]
        if not found and rows.unread:
            bad = rows.unread[0]
            raise self._service.reading(call.operation).broken(bad.path, bad.expected)
        if not found:
            return None
        best = min(found, key=lambda row: row.cancelled)
        return mapping.erp_order(best, reference, self.config.stage_states)

    def find_orders(self, references: Sequence[OrderRef]) -> Flow[Batch[ErpOrder]]:
        """``find_order`` for many, in chunks: those that are there, in the order of *references*.

        A reference whose status cannot be read is in ``unreadable``: it is neither there nor absent. Raises
        ``TypeError`` for one reference that is not in a list.
        """
        return OrderReader(self.config, self._caller).find(listed(references, name="references", what="references"))

    def value_drift(self, totals: Mapping[OrderRef, Money], *, tolerance: Decimal = _ROUNDING) -> Flow[Batch[Reason]]:
        """Orders whose gross total in the ERP is not what *totals* says they are worth to the channel.

        Orders that are not there or cancelled are not told here, nor is what the status does not tell. Raises
        ``TypeError`` for a total that is no ``Money``: an amount without its currency.
        """
        return OrderReader(self.config, self._caller).value_drift(totals, tolerance=tolerance)

    def create_order(self, draft: ErpOrderDraft) -> Flow[ErpOrder]:
        """Create the order (ImportOrders). A reference that exists already gives the order that has it.

        A new order comes with its code and reference alone, which is all that the answer tells: ask ``find_order`` for
        its total, stage and customer.
        Raises ``Invalid`` with every problem before anything is sent; ``Refused`` (``Conflict``, ``Invalid``) when the
        ERP would not have it: it was not created; ``Unanswered``: look before repeating.
        """
        document, problems = self._written(draft)
        if problems:
            raise errors.Invalid(
                system=self.account,
                operation="ImportOrders",
                message="not sent, the ERP would refuse it",
                fields=problems,
            )
        try:
            result = yield from self._caller.perform(endpoints.import_orders(self._service, document))
        except errors.Refused as fault:
            if type(fault) is not errors.Refused or fault.retryable or not by_the_service(fault):
                raise  # credentials, pace, a gateway: nothing about the order
            return (yield from self._refused(draft.reference, fault.message, fault))
        return (yield from self._imported(draft.reference, result))

    def _written(self, draft: ErpOrderDraft) -> tuple[str, tuple[errors.FieldError, ...]]:
        given("draft", draft, ErpOrderDraft)
        settings = self.config.order_settings(draft.account)
        if settings is None:
            known = known_names(draft.account, self.config.orders)
            problem = f"no order settings for the account {draft.account!r} and no default ones; {known}"
            return "", (errors.FieldError("COMPANY_CLASS", problem),)
        written = mapping.sales_order(draft, settings, reference=self.config.associated_ref(draft.reference))
        if written.problems:
            return "", written.problems
        return write_sales_orders(written.order, self.config.time), ()

    def _imported(self, reference: OrderRef, result: OrderImportResult) -> Flow[ErpOrder]:
        wanted = self.config.associated_ref(reference)
        for row in result.imported if result.imported_count else ():
            # One order was sent: an only row that does not repeat the reference can mean no other.
            if row.associated_ref == wanted or (not row.associated_ref and len(result.imported) == 1):
                return ErpOrder(code=ErpOrderCode(row.sales_order_code), reference=reference)
        if result.skipped:
            return (yield from self._refused(reference, result.skipped[0].skip_reason, None))
        found = yield from self.find_order(reference)
        if found is not None:
            return found
        if result.imported_count or result.imported:
            raise errors.Unanswered(
                system=self.account, operation="ImportOrders", reason="the answer does not speak of this order"
            )
        raise errors.Refused(system=self.account, operation="ImportOrders", message="nothing imported, no reason given")

    def _refused(self, reference: OrderRef, text: str, fault: errors.Refused | None) -> Flow[ErpOrder]:
        # The texts are undocumented: what is not plainly about the data may mean that the order is there already.
        kind = classify(text, self.config.skip_patterns)
        if kind in {SkipKind.DUPLICATE, SkipKind.OTHER}:
            found = yield from self.find_order(reference)
            if found is not None and not found.cancelled:
                return found
        if fault is not None and kind is SkipKind.OTHER:
            raise fault
        raise refused_import(self.account, text, kind) from fault

    # --- despatches --------------------------------------------------------------------------------------------------

    def despatches(
        self, *, since: datetime, references: Sequence[OrderRef] = (), cursor: str | None = None
    ) -> Flow[Batch[Despatch]]:
        """Shipments that left since *since* (less the overlap) and all those of *references*, one call per batch.

        References come first, in chunks; then the dates, window by window, without the orders already told. A broken
        order is in ``unreadable`` beside the good ones. Raises ``TypeError`` for one reference that is not in a list.
        """
        wanted = listed(references, name="references", what="references")
        return DespatchReader(self.config, self._caller).read(since, wanted, cursor)

    # --- jobs that the vendor documents no call for ------------------------------------------------------------------

    def credit_note(self, draft: CreditNoteDraft) -> Flow[CreditNoteReceipt]:
        """Raise the credit note, once per refund: see ``CreditNoteDesk``."""
        return self._jobs.credit_note(draft)

    def confirm_shipment(self, confirmation: ShipConfirmation) -> Flow[JobReceipt]:
        """Tell the ERP that a shipment left, once: see ``ShipConfirmDesk``."""
        return self._jobs.confirm_shipment(confirmation)

    def move_stage(self, move: StageMove) -> Flow[JobReceipt]:
        """Move a shipment to a stage, once: see ``StageDesk``."""
        return self._jobs.move_stage(move)

    def mark_routed(self, mark: RoutingMark) -> Flow[JobReceipt]:
        """Mark a shipment as taken by a warehouse, once: see ``RoutingDesk``."""
        return self._jobs.mark_routed(mark)

    def post_journal(self, journal: Journal) -> Flow[JobReceipt]:
        """Post the journal, once per reference: see ``JournalDesk``."""
        return self._jobs.post_journal(journal)
