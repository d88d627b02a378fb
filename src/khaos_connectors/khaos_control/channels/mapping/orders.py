"""From an order draft to the SalesOrder that the ERP fetches, with everything that speaks against offering it."""

from collections.abc import Iterator
from decimal import Decimal

import attrs

from khaos_connectors.core import orders as core
from khaos_connectors.core.money import exactly
from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.arithmetic import pennies, split_total
from khaos_connectors.khaos_control.channels.checks import problems as document_problems
from khaos_connectors.khaos_control.channels.codes import CalcMethod, DescriptionSource
from khaos_connectors.khaos_control.channels.mapping.people import address, contact
from khaos_connectors.khaos_control.channels.orders import (
    BACSPayment,
    CardPayment,
    CashPayment,
    ChequePayment,
    Customer,
    OrderHeader,
    OrderItem,
    OrderItemDescription,
    OrderPayment,
    SalesOrder,
    VoucherPayment,
)
from khaos_connectors.khaos_control.channels.settings import OrderDownloadSettings, PaymentTarget
from khaos_connectors.khaos_control.channels.values import DataItem, ItemMapping, LockableDate, Price
from khaos_connectors.khaos_control.enums import CustomerKey
from khaos_connectors.khaos_control.mapping.draft_amounts import draft_problems, rounding_line

__all__ = ["MappedOrder", "sales_order"]

_NOTHING = Decimal(0)


@attrs.frozen(kw_only=True)
class MappedOrder:
    """A document and why it must not be offered as it is; no *problems*: it may be."""

    order: SalesOrder
    problems: tuple[FieldError, ...]


@exactly
def sales_order(draft: core.ErpOrderDraft, settings: OrderDownloadSettings, *, associated_ref: str) -> MappedOrder:
    """The document for *draft* under *settings*.

    Each line total is kept to the penny: one that does not divide by its units becomes two lines whose unit prices are
    a penny apart, because the ERP multiplies rounded unit prices.
    """
    found: list[FieldError] = []
    lines = [*draft.lines, *_rounding(draft, settings, found)]
    found += draft_problems(draft, total="Header.GrossTotal", delivery="Header.DeliveryCharge")
    items = tuple(item for number, line in enumerate(lines) for item in _items(line, number, settings, found))
    payments = tuple(_payments(draft, settings, found))
    invoice, delivery = address(draft.billing), address(draft.delivery)
    apart = settings.repeat_equal_address or draft.delivery != draft.billing
    order = SalesOrder(
        customer=_customer(draft, settings),
        invoice_address=invoice,
        invoice_contact=contact(draft.billing, missing_name=settings.missing_name),
        delivery_address=delivery if apart else None,
        delivery_contact=contact(draft.delivery, missing_name=settings.missing_name) if apart else None,
        header=_header(draft, settings, associated_ref=associated_ref, found=found),
        items=items,
        payments=payments,
    )
    return MappedOrder(order=order, problems=(*document_problems(order), *found))


def _customer(draft: core.ErpOrderDraft, settings: OrderDownloadSettings) -> Customer:
    key = settings.customer_key
    return Customer(
        create_new=settings.create_new,
        company_class=settings.company_class,
        currency=DataItem(code=draft.currency),
        other_ref=draft.customer_key if key is CustomerKey.OTHER_REF else "",
        web_user=draft.customer_key if key is CustomerKey.WEB_USER else "",
        company_type=settings.company_type,
        company_name=draft.billing.organisation.strip(),
        source_code=settings.source_code,
        mailing_status=settings.mailing_status,
    )


def _header(
    draft: core.ErpOrderDraft, settings: OrderDownloadSettings, *, associated_ref: str, found: list[FieldError]
) -> OrderHeader:
    on_account = any(_target(payment, settings).kind == "account" for payment in _known(draft, settings))
    due = None
    if draft.deliver_by is not None and settings.deliver_by != "empty":
        due = LockableDate(date=draft.deliver_by, locked=settings.deliver_by == "locked")
    return OrderHeader(
        associated_ref=associated_ref,
        order_date=draft.placed_at,
        site=settings.site,
        agent=settings.agent,
        courier=_courier(draft, settings, found),
        keycode=settings.keycode,
        sales_source=settings.sales_source,
        client=settings.client,
        website=settings.website,
        brand=settings.brand,
        invoice_priority=settings.invoice_priority,
        order_note=draft.note.strip(),
        delivery_date=due,
        required_date=draft.deliver_by,
        po_number=draft.customer_number if settings.customer_number_as_po else "",
        delivery_charge=_priced(draft.shipping_gross, draft.shipping_net, settings),
        delivery_tax_amount=draft.shipping_vat if settings.send_delivery_tax else None,
        remainder_on_account=True if on_account else None,
        calc_method=_calc_method(settings),
        gross_total=draft.total if settings.send_gross_total else None,
        custom_data=draft.order_id if settings.order_id_as_custom_data else "",
    )


def _calc_method(settings: OrderDownloadSettings) -> CalcMethod:
    if settings.calc_method is not None:
        return settings.calc_method
    return CalcMethod.GROSS if settings.price == "gross" else CalcMethod.NET


def _priced(gross: Decimal, net: Decimal, settings: OrderDownloadSettings) -> Price:
    return Price(gross=gross) if settings.price == "gross" else Price(net=net)


def _courier(draft: core.ErpOrderDraft, settings: OrderDownloadSettings, found: list[FieldError]) -> DataItem | None:
    courier = settings.couriers.get(draft.service)
    if courier is None and draft.service and settings.unmapped_service == "refuse":
        found.append(FieldError("Header.Courier", f"no courier is set for the service {draft.service!r}"))
    return courier


# --- amounts ---------------------------------------------------------------------------------------------------------


def _rounding(
    draft: core.ErpOrderDraft, settings: OrderDownloadSettings, found: list[FieldError]
) -> tuple[core.DraftLine, ...]:
    if not draft.rounding or (settings.send_gross_total and abs(draft.rounding) <= settings.absorb_up_to):
        return ()
    line = rounding_line(draft.rounding, settings.rounding_code)
    if isinstance(line, str):
        problem = f"the rounding difference of {draft.rounding} is too large: {line}"
        found.append(FieldError("Header.GrossTotal", problem))
        return ()
    return (line,)


def _items(
    line: core.DraftLine, number: int, settings: OrderDownloadSettings, found: list[FieldError]
) -> Iterator[OrderItem]:
    at = f"line {number + 1} ({line.stock_code})"
    if line.units < 1:
        found.append(FieldError("Items", f"{at}: Quantity must be a whole number above 0"))
        return
    total = line.gross if settings.price == "gross" else line.net
    if total < 0 or total != pennies(total):
        found.append(FieldError("Items", f"{at}: its amount must be whole pennies, 0 or more"))
        return
    described = settings.send_descriptions and line.description.strip()
    for units, unit in split_total(total, line.units):
        yield OrderItem(
            sku=line.stock_code,
            mapping=settings.line_mapping,
            quantity=Decimal(units),
            stock_description=(
                OrderItemDescription(source=DescriptionSource.EXPLICIT, parameter=" ".join(line.description.split()))
                if described
                else None
            ),
            import_ref=",".join(line.source),
            unit_price=_priced(unit, unit, settings),
            alternate_mapping=tuple(ItemMapping(mapping=mapping) for mapping in settings.alternate_mapping),
        )


# --- payments --------------------------------------------------------------------------------------------------------


def _known(draft: core.ErpOrderDraft, settings: OrderDownloadSettings) -> Iterator[core.Payment]:
    return (payment for payment in draft.payments if payment.method in settings.payments)


def _target(payment: core.Payment, settings: OrderDownloadSettings) -> PaymentTarget:
    return settings.payments[payment.method]


def _payments(
    draft: core.ErpOrderDraft, settings: OrderDownloadSettings, found: list[FieldError]
) -> Iterator[OrderPayment]:
    for payment in draft.payments:
        target = settings.payments.get(payment.method)
        if target is None:
            found.append(FieldError("Payments", _no_target(payment.method, settings)))
        elif target.kind != "account":
            try:
                yield _payment(payment, target)
            except ValueError as unfit:
                found.append(FieldError("Payments", str(unfit)))


def _no_target(method: str, settings: OrderDownloadSettings) -> str:
    known = ", ".join(map(repr, settings.payments)) or "none"
    advice = f"OrderDownloadSettings(payments={{{method!r}: PaymentTarget(...)}})"
    return f"no payment target is set for the method {method!r} (set: {known}): give {advice}"


def _payment(payment: core.Payment, target: PaymentTarget) -> OrderPayment:
    reference, amount, account = payment.reference.strip(), payment.amount, target.bank_account
    match target.kind:
        case "cash":
            return OrderPayment(amount=amount, cash=CashPayment(reference=reference), bank_account=account)
        case "cheque":
            return OrderPayment(amount=amount, cheque=ChequePayment(reference=reference), bank_account=account)
        case "voucher":
            return OrderPayment(amount=amount, voucher=VoucherPayment(reference=reference), bank_account=account)
        case "bacs":
            return OrderPayment(amount=amount, bacs=BACSPayment(reference=reference), bank_account=account)
        case _:
            card = CardPayment(
                card_type=target.card_type,
                is_preauth=False,
                auth_code=target.auth_code,
                transaction_id=reference,
            )
            return OrderPayment(amount=amount, card=card, bank_account=account)
