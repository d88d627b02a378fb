"""From a credit note draft to the CustomerReturn from which the ERP raises the credit note.

A return is about units that come back; money alone and carriage have no field of their own there (see
``ReturnDownloadSettings``). The customer must exist in the ERP, and only the ERP knows its number (URN).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.core import orders as core
from khaos_connectors.core.amounts import total
from khaos_connectors.core.ids import LineId
from khaos_connectors.core.refund_records import CreditLine, CreditNoteDraft
from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.arithmetic import pennies, split_total
from khaos_connectors.khaos_control.channels.checks import problems as document_problems
from khaos_connectors.khaos_control.channels.mapping.people import address, contact
from khaos_connectors.khaos_control.channels.returns import CustomerReturn, ReturnedItem, SourceOrder
from khaos_connectors.khaos_control.channels.settings import ReturnDownloadSettings
from khaos_connectors.khaos_control.channels.values import DataItem, ItemMapping, Price

__all__ = ["MappedReturn", "customer_return"]


@attrs.frozen(kw_only=True)
class MappedReturn:
    """A document and why it must not be offered as it is; no *problems*: it may be."""

    document: CustomerReturn
    problems: tuple[FieldError, ...]


def customer_return(
    draft: CreditNoteDraft,
    settings: ReturnDownloadSettings,
    *,
    created: datetime,
    urn: str,
    billing: core.Address,
    delivery: core.Address | None = None,
    associated_ref: str = "",
    order_code: str = "",
    order_items: Mapping[LineId, str] | None = None,
) -> MappedReturn:
    """The document for *draft* under *settings*; its own reference is made of the refund's id.

    *associated_ref*, *order_code* and *order_items* (the ERP's OrderItemID by channel line) are the keys of the order
    that the units came from; the settings say which of them is used. *created* is aware.
    """
    found: list[FieldError] = []
    maker = _Maker(settings, associated_ref, order_code, order_items or {}, found)
    document = CustomerReturn(
        associated_ref=settings.reference(draft.refund_id, draft.account),
        created_date=created,
        urn=urn,
        invoice_address=address(billing),
        invoice_contact=contact(billing, missing_name=settings.missing_name),
        delivery_address=address(delivery) if delivery is not None else None,
        delivery_contact=contact(delivery, missing_name=settings.missing_name) if delivery is not None else None,
        returned_items=(
            *(item for line in draft.lines for item in maker.items(line)),
            *maker.carriage(draft),
        ),
        brand=settings.brand,
        sales_source=settings.sales_source,
        notes="; ".join(draft.notes),
        process_return=settings.process if draft.complete else False,
    )
    return MappedReturn(document=document, problems=(*document_problems(document), *found))


@attrs.frozen
class _Maker:
    settings: ReturnDownloadSettings
    associated_ref: str
    order_code: str
    order_items: Mapping[LineId, str]
    found: list[FieldError]

    def items(self, line: CreditLine) -> Iterator[ReturnedItem]:
        """The units of a line, in one or two rows whose unit prices are a penny apart."""
        at = f"line {line.line_id}"
        reason = self.settings.reasons.get(line.reason, self.settings.default_reason)
        if reason is None:
            self._refuse(f"{at}: no return reason is set for {line.reason!r}")
            return
        code, units = line.stock_code, line.quantity or 0
        if units < 1:
            if self.settings.amount_only_code is None:
                self._refuse(f"{at}: money is given back for no unit: set amount_only_code to a stock code for it")
                return
            code, units = self.settings.amount_only_code, 1
        source = self._source(line.line_id, at)
        yield from self._rows(code, units, self._side(line.gross, line.net), reason=reason, source=source, at=at)

    def carriage(self, draft: CreditNoteDraft) -> Iterator[ReturnedItem]:
        """The delivery charge that is given back, as a unit of the stock code that stands for it."""
        gross = total((draft.shipping_net, draft.shipping_vat), draft.currency)
        if not gross:
            return
        code, reason = self.settings.shipping_code, self.settings.default_reason
        if code is None or reason is None:
            self._refuse("the delivery charge is given back: set shipping_code and default_reason for it")
            return
        # A line of the order is never the carriage, so the order as a whole is named.
        source = self._source(None, "carriage")
        given = self._side(gross, draft.shipping_net)
        yield from self._rows(code, 1, given, reason=reason, source=source, at="carriage")

    def _rows(
        self, code: str, units: int, amount: Decimal, *, reason: DataItem, source: SourceOrder | None, at: str
    ) -> Iterator[ReturnedItem]:
        if amount < 0 or amount != pennies(amount):
            self._refuse(f"{at}: its amount must be whole pennies, 0 or more")
            return
        for count, unit in split_total(amount, units):
            yield ReturnedItem(
                sku=code,
                mapping=(ItemMapping(mapping=self.settings.line_mapping),),
                quantity=Decimal(count),
                return_reason=reason,
                source_order=source,
                unit_price=Price(gross=unit) if self.settings.price == "gross" else Price(net=unit),
            )

    def _side(self, gross: Decimal, net: Decimal) -> Decimal:
        return gross if self.settings.price == "gross" else net

    def _source(self, line_id: LineId | None, at: str) -> SourceOrder | None:
        match self.settings.source:
            case "order line" if line_id is not None:
                source = SourceOrder(sorder_item_id=self.order_items.get(line_id, ""))
            case "reference":
                source = SourceOrder(associated_ref=self.associated_ref)
            case _:
                source = SourceOrder(sorder_code=self.order_code)
        if not source:
            self._refuse(f"{at}: the order that it came from is not known by its {self.settings.source}")
            return None
        return source

    def _refuse(self, problem: str) -> None:
        self.found.append(FieldError("ReturnedItems", problem))
