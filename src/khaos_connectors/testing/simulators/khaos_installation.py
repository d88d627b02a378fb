"""What people and the world do to the simulated Khaos Control, and what can be seen of it without its web service."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from threading import RLock

import attrs

from khaos_connectors.testing.simulators.khaos_customers import Customer
from khaos_connectors.testing.simulators.khaos_ledger import LedgerEntry, StockPosition
from khaos_connectors.testing.simulators.khaos_orders import Order
from khaos_connectors.testing.simulators.khaos_returns import KhaosReturn
from khaos_connectors.testing.simulators.khaos_settings import KhaosCourier, KhaosItem, KhaosSettings, KhaosSite
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld, Purchase

__all__ = ["KhaosInstallation"]


class KhaosInstallation:
    """One installation as its people see it; every method takes ``lock``."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        items: Iterable[KhaosItem],
        sites: Sequence[KhaosSite],
        couriers: Sequence[KhaosCourier],
        settings: KhaosSettings,
    ) -> None:
        self.settings = settings
        self.lock = RLock()
        self._world = KhaosWorld(clock=clock, items=items, sites=sites, couriers=couriers, settings=settings)

    @property
    def world(self) -> KhaosWorld:
        """What the installation knows, for another door to it (``khaos_channels``); use it under ``lock``."""
        return self._world

    # --- stock -------------------------------------------------------------------------------------------------------

    def revise(self, item: KhaosItem) -> None:
        """Make an item (with its opening stock) or change one (its *physical* is then ignored)."""
        with self.lock:
            self._world.revise(item)

    def order_in(self, code: str, units: int, *, due: date, site: int | None = None) -> None:
        """Order *units* from a supplier."""
        with self.lock:
            self._controlled(code, units)
            purchase = Purchase(stock_code=code, site_id=self._world.site(site), units=units, due=due)
            self._world.purchases.append(purchase)

    def receive(self, code: str, units: int, site: int | None = None) -> None:
        """Put *units* on the shelf; they go to waiting orders first, if the installation does so."""
        with self.lock:
            self._controlled(code, units)
            site_id = self._world.site(site)
            self._world.stock.post(code, site_id, "received", physical=units)
            left = units
            for purchase in self._world.on_order(code, [site_id]):
                used = min(left, purchase.units)
                left -= used
                place = self._world.purchases.index(purchase)
                self._world.purchases[place] = attrs.evolve(purchase, units=purchase.units - used)
            self._world.purchases = [one for one in self._world.purchases if one.units]
            if self.settings.allocate_on_receipt:
                self._world.orders.assign(code, site_id)

    def sell_over_counter(self, code: str, units: int, site: int | None = None) -> int:
        """Sell at the till: the units really sold, never more than are available."""
        with self.lock:
            return self._take(code, units, site, sold=True)

    def write_off(self, code: str, units: int, site: int | None = None) -> int:
        """Write units off: how many really were, never one that is allocated."""
        with self.lock:
            return self._take(code, units, site, sold=False)

    def _take(self, code: str, units: int, site: int | None, *, sold: bool) -> int:
        self._controlled(code, units)
        site_id = self._world.site(site)
        taken = min(units, self._world.stock.at(code, site_id).available)
        self._world.stock.post(code, site_id, "sold over counter" if sold else "written off", physical=-taken)
        return taken

    def _controlled(self, code: str, units: int) -> None:
        item = self._world.catalogue.get(code)
        if item is None or not item.stock_controlled or units < 0:
            raise ValueError(f"cannot move {units} of {code}")

    # --- orders ------------------------------------------------------------------------------------------------------

    def allocate(self, code: str, site: int | None = None) -> None:
        """Give what is available of *code* to the orders that wait for it."""
        with self.lock:
            self._world.orders.assign(code, self._world.site(site))

    def move_stage(self, order_code: str, stage: int) -> None:
        """Put the last invoice of an order at another stage (an operator authorises, holds, prints…)."""
        with self.lock:
            self._world.orders.move(self._world.orders.order(order_code).invoices[-1].code, stage)

    def pick_and_despatch(
        self,
        order_code: str,
        *,
        courier: str,
        consignment: str,
        units: Mapping[str, int] | None = None,
        boxes: bool = False,
        issue: bool = True,
    ) -> str:
        """Send *units* by stock code (None: all that are allocated) and give the invoice's code.

        *courier* is a known code or name, or any other text, which is then shown as it is. *boxes*: packed in a box,
        which carries the consignment reference. *issue* False leaves the invoice at stage 16. ValueError when the
        order is held (stages 11, 17, 19, 21), cancelled, sent already, or has less allocated than is asked for.
        """
        with self.lock:
            found = next((one for one in self._world.couriers if courier in {one.code, one.name}), None)
            invoice = self._world.orders.despatch(
                order_code,
                courier=found.name if found else courier,
                tracking_url=found.tracking_url.replace("{consignment}", consignment) if found else "",
                consignment=consignment,
                units=units,
                boxed=boxes,
            )
            if issue:
                self._world.orders.issue(invoice.code)
            return invoice.code

    def issue(self, invoice_code: str) -> None:
        """Issue an invoice that was left at stage 16."""
        with self.lock:
            self._world.orders.issue(invoice_code)

    def track(self, invoice_code: str, consignment: str, tracking_url: str = "") -> None:
        """Correct the consignment reference of a shipment afterwards: nothing but its tracking changes."""
        with self.lock:
            self._world.orders.track(invoice_code, consignment, tracking_url)

    def cancel(self, order_code: str, *, reason: str = "Customer changed their mind", user: str = "OFFICE") -> None:
        """Cancel an order of which nothing was sent; its stock becomes free. ValueError otherwise."""
        with self.lock:
            for code, site_id in self._world.orders.cancel(order_code, reason=reason, user=user):
                if self.settings.allocate_on_receipt:
                    self._world.orders.assign(code, site_id)

    # --- returns and customers ---------------------------------------------------------------------------------------

    def take_return(
        self,
        order_code: str,
        units: Mapping[str, int] | None = None,
        *,
        reference: str = "",
        reason: str = "Unwanted",
        restock: bool = True,
        delivery: bool = False,
    ) -> str:
        """Book *units* by stock code (None: all that were sent) as come back and give the return's code.

        *delivery*: the charge for it is credited as well. ValueError for units that were not sent or came back before,
        and for a *reference* that another return has.
        """
        with self.lock:
            found = self._world.returns.take(
                order_code, units=units, reference=reference, reason=reason, restock=restock, delivery=delivery
            )
            return found.code

    def process_return(self, return_code: str) -> str:
        """Raise the credit note of a return, put its units back on the shelf if it says so; the note's code.

        Units that came back go to waiting orders first, if the installation does so. The fault of the service
        (``KhaosFault``) for a return that is not there, deleted or processed.
        """
        with self.lock:
            return self._process_return(return_code, "")

    def _process_return(self, return_code: str, authorisation: str) -> str:
        note = self._world.returns.process(return_code, authorisation=authorisation)
        if self.settings.allocate_on_receipt and self._world.returns.returns[return_code].restock:
            for line in note.lines:
                self._world.orders.assign(line.stock_code, line.site_id)
        return note.code

    def delete_return(self, return_code: str) -> None:
        """Delete a return that was not processed."""
        with self.lock:
            self._world.returns.delete(return_code)

    def add_customer(self, customer: Customer) -> str:
        """Make a customer record and give its URN; one that is taken is replaced by another."""
        with self.lock:
            return self._world.customers.create(customer).urn

    def change_customer(self, customer: Customer) -> None:
        """Store a customer record as changed now."""
        with self.lock:
            self._world.customers.store(customer)

    def delete_customer(self, urn: str, *, merged_into: str = "") -> None:
        """Delete a customer record, or merge it into that of another URN; its orders keep the URN that they had."""
        with self.lock:
            self._world.customers.remove(urn, merged_into=merged_into)

    # --- views ---------------------------------------------------------------------------------------------------

    @property
    def orders(self) -> Mapping[str, Order]:
        """All orders by code, oldest first."""
        with self.lock:
            return self._world.orders.orders

    def order_of(self, reference: str) -> Order | None:
        """The order with this associated reference."""
        with self.lock:
            return self._world.orders.of_reference(reference)

    @property
    def stock(self) -> Mapping[tuple[str, int], StockPosition]:
        """All positions by stock code and site number."""
        with self.lock:
            return self._world.stock.positions

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Every stock movement, oldest first."""
        with self.lock:
            return self._world.stock.entries

    @property
    def customers(self) -> Mapping[str, Customer]:
        """All customers by URN."""
        with self.lock:
            return self._world.customers.customers

    @property
    def returns(self) -> Mapping[str, KhaosReturn]:
        """All returns by code, oldest first."""
        with self.lock:
            return self._world.returns.returns

    @property
    def credit_notes(self) -> Mapping[str, Order]:
        """All credit notes by code, oldest first: orders of the kind "Credit Note" with positive amounts."""
        with self.lock:
            return self._world.returns.credit_notes

    @property
    def items(self) -> Mapping[str, KhaosItem]:
        """All items by stock code, as they are now."""
        with self.lock:
            return self._world.catalogue.items
