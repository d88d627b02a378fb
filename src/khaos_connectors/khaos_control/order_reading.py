"""Reading many orders by their references: where they stand, and whether they are still worth what the channel says."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.exception_report import Reason
from khaos_connectors.core.ids import OrderRef
from khaos_connectors.core.money import Money
from khaos_connectors.core.orders import ErpOrder
from khaos_connectors.khaos_control import endpoints, mapping
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.enums import StatusMapping
from khaos_connectors.khaos_control.models import OrderStatus, Rows
from khaos_connectors.khaos_control.parts import ask_in_parts
from khaos_connectors.protocols import Batch, Unreadable

__all__ = ["OrderReader"]


class OrderReader:
    """Reads the orders of one installation by reference, in chunks."""

    def __init__(self, config: KhaosControlConfig, caller: Caller) -> None:
        self._config = config
        self._service = config.service
        self._caller = caller

    def find(self, references: Sequence[OrderRef]) -> Flow[Batch[ErpOrder]]:
        """The orders of *references* that are there, cancelled ones included, in the order of the references."""
        found, unreadable = yield from self._rows(references)
        states = self._config.stage_states
        orders = tuple(mapping.erp_order(row, reference, states) for reference, row in found.items())
        return Batch(items=orders, unreadable=unreadable)

    def value_drift(self, totals: Mapping[OrderRef, Money], *, tolerance: Decimal) -> Flow[Batch[Reason]]:
        """Whose value has drifted from *totals*, the gross totals of the channel; cancelled orders are left out."""
        for reference, total in totals.items():
            _must_be_money(reference, total)
        found, unreadable = yield from self._rows(tuple(totals))
        drift = mapping.value_drift(found, totals, tolerance=tolerance)
        return Batch(items=drift, unreadable=unreadable)

    def _rows(self, references: Sequence[OrderRef]) -> Flow[tuple[dict[OrderRef, OrderStatus], tuple[Unreadable, ...]]]:
        ours = {self._config.associated_ref(reference): reference for reference in references}
        askable = [each for each in ours if each.strip() and "," not in each]
        unreadable = [
            Unreadable(key=reference, problem="a reference that is empty or holds a comma cannot be asked for")
            for each, reference in ours.items()
            if each not in askable
        ]
        best: dict[OrderRef, OrderStatus] = {}
        if askable:
            asked = yield from ask_in_parts(askable, self._config.chunks.export_order_status, self._ask)
            unreadable += (
                Unreadable(key=ours[each], problem=problem.detail()) for each, problem in asked.failed.items()
            )
            for _, rows in asked.answers:
                unreadable += (
                    Unreadable(
                        key=ours.get(bad.key, bad.key),
                        problem=f"{bad.path}: expected {bad.expected}",
                        payload=bad.payload,
                    )
                    for bad in rows.unread
                )
                for row in rows:
                    _keep_the_living(best, ours.get(row.associated_ref), row)
        return {each: best[each] for each in references if each in best}, tuple(unreadable)

    def _ask(self, part: tuple[str, ...]) -> Flow[Rows[OrderStatus]]:
        return self._caller.perform(
            endpoints.export_order_status(
                self._service,
                part,
                mapping=StatusMapping.ASSOCIATED_REF,
                include_cancelled=True,
                show_items=False,
            )
        )


def _keep_the_living(best: dict[OrderRef, OrderStatus], reference: OrderRef | None, row: OrderStatus) -> None:
    if reference is None or row.is_credit_note:
        return
    known = best.get(reference)
    if known is None or (known.cancelled and not row.cancelled):
        best[reference] = row


def _must_be_money(reference: OrderRef, total: object) -> None:
    if not isinstance(total, Money):
        raise TypeError(f"totals: give Money(Decimal('9.95'), 'GBP') for {reference!r}, not {total!r}")
