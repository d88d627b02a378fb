"""ImportOrders of the simulated Khaos Control: what arrives, what is stored, and what is kept for a judge to see."""

from collections import Counter
from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.testing.simulators.khaos_archive import Archive
from khaos_connectors.testing.simulators.khaos_customers import Customer
from khaos_connectors.testing.simulators.khaos_import import ImportedOrder, OrderReader, reference_of
from khaos_connectors.testing.simulators.khaos_operations import Arguments
from khaos_connectors.testing.simulators.khaos_orders import Order
from khaos_connectors.testing.simulators.khaos_reading import read_root
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault, Listing, Record, SoapValue
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld

__all__ = ["AmountDifference", "Intake"]


@attrs.frozen(kw_only=True)
class AmountDifference:
    """An order whose ORDER_AMOUNT (*sent*) is not what Khaos Control makes of its lines (*computed*)."""

    reference: str
    sent: Decimal
    computed: Decimal


class Intake:
    """Takes order documents into *world*.

    *import_attempts* counts the calls that carried a reference, *duplicates* the orders that were stored already when
    they came; *card_data* names the references whose documents held a card number.
    """

    def __init__(self, world: KhaosWorld, archive: Archive) -> None:
        self.import_attempts: Counter[str] = Counter()
        self.duplicates: Counter[str] = Counter()
        self.amount_differences: list[AmountDifference] = []
        self.card_data: list[str] = []
        self._archive = archive
        self._world = world
        self._settings = world.settings
        self._reader = OrderReader(
            settings=world.settings,
            catalogue=world.catalogue,
            sites=tuple(world.sites.values()),
            couriers=world.couriers,
            default_site=world.default_site,
        )

    def import_orders(self, arguments: Arguments) -> SoapValue:
        """One order after the other: a fault ends the call, and what was stored before it stays stored."""
        text = arguments.text("Orders")
        self._archive.received("ImportOrders", text)
        root = read_root(text, "SALES_ORDERS")
        documents = root.findall("SALES_ORDER")
        self.import_attempts.update({reference_of(one) for one in documents} - {""})
        imported: list[Record] = []
        skipped: list[Record] = []
        for document in documents:
            reference = reference_of(document)
            if self._world.orders.of_reference(reference) is not None:
                self.duplicates[reference] += 1
                skipped.append(_skipped(reference, self._settings.duplicate_reason.format(reference=reference)))
                continue
            try:
                imported.append(self._imported(document))
            except KhaosFault as fault:
                if self._settings.data_errors == "fault":
                    raise
                skipped.append(_skipped(reference, fault.message))
        return Record(
            "TOrderImportResult",
            (
                ("ImportedCount", len(imported)),
                ("OrderImport", Listing("TOrderImport", tuple(imported))),
                ("OrderSkipped", Listing("TOrderSkipped", tuple(skipped))),
            ),
        )

    def _imported(self, document: ET.Element) -> Record:
        reference = reference_of(document)
        try:
            order = self.take(document, self._reader)
        except KhaosFault as fault:
            message = f"Order {reference}: {fault.message}"
            raise KhaosFault(message, exception_class=fault.exception_class) from fault
        fields = (
            ("SalesOrderCode", order.code),
            ("AssociatedRef", order.reference),
            ("Msg", ""),
            ("URN", order.urn),
            ("OtherRef", order.customer_ref),
        )
        return Record("TOrderImport", fields)

    def take(self, document: ET.Element, reader: OrderReader) -> Order:
        """Store the order of one SALES_ORDER as *reader* reads it; ``KhaosFault`` for what keeps it out."""
        read = reader.read(document, now=self._world.clock())
        self._check(read)
        customer = self._world.customers.keep(read.customer, always_new=read.new_customer)
        return self._store(read, customer)

    def _check(self, read: ImportedOrder) -> None:
        """What depends on what is there: the customer's currency, the last units of an item, the check total."""
        known = None if read.new_customer else self._world.customers.match(read.customer)
        if known is not None and known.currency != read.currency:
            raise KhaosFault(f"The order is in {read.currency}, the customer's currency is {known.currency}")
        wanted: Counter[tuple[str, int]] = Counter()
        for line in read.lines:
            wanted[line.stock_code, line.site_id] += line.ordered
        for (code, site_id), units in wanted.items():
            item = self._world.catalogue.get(code)
            short = item is not None and item.stock_controlled and item.run_to_zero
            if short and self._world.stock.at(code, site_id).available < units:
                raise KhaosFault(f"Stock item '{code}' is run to zero and has insufficient stock")
        if (
            read.sent_amount is not None
            and read.sent_amount != read.total
            and self._settings.amount_difference == "refuse"
        ):
            raise KhaosFault(f"ORDER_AMOUNT {read.sent_amount} differs from the order total {read.total}")

    def _store(self, read: ImportedOrder, customer: Customer) -> Order:
        now = self._world.clock()
        if read.sent_amount is not None and read.sent_amount != read.total:
            difference = AmountDifference(reference=read.reference, sent=read.sent_amount, computed=read.total)
            self.amount_differences.append(difference)
        if read.card_data:
            self.card_data.append(read.reference)
        order = Order(
            code=self._world.orders.next_code(),
            reference=read.reference,
            urn=customer.urn,
            company_name=customer.name,
            customer_ref=customer.other_ref,
            currency=read.currency,
            courier=read.courier,
            delivery_date=read.delivery_date,
            created_at=now,
            changed_at=now,
            lines=read.lines,
            delivery_net=read.delivery.net,
            delivery_gross=read.delivery.gross,
            document=read.document,
        )
        return self._world.orders.add(order, held_at=read.held_at)


def _skipped(reference: str, reason: str) -> Record:
    return Record("TOrderSkipped", (("OrderRef", reference), ("SkipReason", reason)))
