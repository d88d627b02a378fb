"""From an order draft to the document that ImportOrders wants, with everything that speaks against sending it."""

from collections.abc import Iterator
from decimal import Decimal

import attrs

from khaos_connectors._choices import known_names
from khaos_connectors.core import orders as core
from khaos_connectors.core.money import exactly
from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.arithmetic import (
    LineTotals,
    gross_line,
    line_totals,
    pennies,
    split_total,
    total_gross,
)
from khaos_connectors.khaos_control.cards import looks_like_card_number
from khaos_connectors.khaos_control.documents.orders import order_problems
from khaos_connectors.khaos_control.enums import CalcMode, CustomerKey
from khaos_connectors.khaos_control.mapping.draft_amounts import draft_problems, rounding_line
from khaos_connectors.khaos_control.order_models import Address, Customer, Header, Item, PaymentDetail, SalesOrder
from khaos_connectors.khaos_control.order_settings import CourierTarget, OrderSettings

__all__ = ["WrittenOrder", "sales_order"]

_NOTHING = Decimal(0)


@attrs.frozen(kw_only=True)
class WrittenOrder:
    """A document, what the ERP will make of it (*totals*, one per item), and why it must not be sent as it is."""

    order: SalesOrder
    totals: tuple[LineTotals, ...]
    problems: tuple[FieldError, ...]


@exactly
def sales_order(draft: core.ErpOrderDraft, settings: OrderSettings, *, reference: str) -> WrittenOrder:
    """The document for *draft* under *settings*, its ASSOCIATED_REF being *reference*.

    Each line total is kept to the penny: one that does not divide by its units becomes two lines whose unit prices are
    a penny apart, because the ERP multiplies rounded unit prices.
    """
    problems: list[FieldError] = []
    lines = [*draft.lines, *_rounding(draft, settings, problems)]
    items = [each for number, line in enumerate(lines, start=1) for each in _items(line, number, settings, problems)]
    totals = tuple(total for _, total in items)
    amount = total_gross(totals, delivery=draft.shipping_gross)
    unwritten = draft.rounding if len(lines) == len(draft.lines) else _NOTHING
    problems += _amount_problems(draft, amount, unwritten, settings)
    payments = tuple(_payments(draft, settings, problems))
    invoice, delivery = _address(draft.billing, settings), _address(draft.delivery, settings)
    order = SalesOrder(
        customer=_customer(draft, settings),
        invoice=invoice,
        delivery=delivery if settings.repeat_equal_address or delivery != invoice else None,
        payments=payments,
        header=_header(draft, settings, reference=reference, amount=amount, problems=problems),
        items=tuple(item for item, _ in items),
    )
    found = order_problems(
        order,
        reference_limit=settings.reference_limit,
        encoding=settings.encoding,
        currency=settings.currency,
    )
    return WrittenOrder(order=order, totals=totals, problems=(*found, *problems))


def _customer(draft: core.ErpOrderDraft, settings: OrderSettings) -> Customer:
    key = settings.customer_key
    return Customer(
        other_ref=draft.customer_key if key is CustomerKey.OTHER_REF else "",
        web_user=draft.customer_key if key is CustomerKey.WEB_USER else "",
        company_class=settings.company_class,
        company_type=settings.company_type,
        company_name=draft.billing.organisation,
        mailing_status=settings.mailing_status,
    )


def _address(address: core.Address, settings: OrderSettings) -> Address:
    country = address.country.strip()
    is_code = len(country) in {2, 3} and country.isascii() and country.isalpha()
    return Address(
        address1=address.line1,
        address2=address.line2,
        address3=address.line3,
        town=address.town,
        county=address.county,
        postcode=address.postcode or settings.missing_postcode,
        country_code=country.upper() if is_code else "",
        country_name="" if is_code else country,
        title=address.title,
        forename=address.forename,
        surname=address.surname,
        tel=address.phone,
        email=address.email,
        organisation=address.organisation,
    )


def _header(
    draft: core.ErpOrderDraft,
    settings: OrderSettings,
    *,
    reference: str,
    amount: Decimal,
    problems: list[FieldError],
) -> Header:
    due = {"order date": draft.placed_at, "deliver by": draft.deliver_by, "empty": None}[settings.delivery_date]
    gross_charge = settings.delivery == "gross"
    if gross_charge and draft.shipping_gross and not draft.shipping_vat:
        problems.append(FieldError("DELIVERY_GRS", "is taken as vatable, but this charge has no VAT: send net and tax"))
    courier = _courier(draft, settings, problems)
    return Header(
        order_date=draft.placed_at,
        delivery_date=due,
        order_amount=amount,
        order_currency_code=draft.currency,
        site=settings.site,
        associated_ref=reference,
        agent=settings.agent,
        order_note=draft.note,
        delivery_net=None if gross_charge else draft.shipping_net,
        delivery_tax=None if gross_charge else draft.shipping_vat,
        delivery_grs=draft.shipping_gross if gross_charge else None,
        courier_code=courier.code,
        courier_desc="" if courier.code else courier.name,
        po_number=draft.customer_number if settings.customer_number_as_po else "",
        keycode_code=settings.keycode,
        brand=settings.brand,
        sales_source=settings.sales_source,
        inv_priority=settings.inv_priority,
        manual_received=False,
        required_by_date=draft.deliver_by,
        client_name=settings.client_name,
        website_name=settings.website_name,
    )


def _courier(draft: core.ErpOrderDraft, settings: OrderSettings, problems: list[FieldError]) -> CourierTarget:
    found = settings.couriers.get(draft.service)
    if found is None and draft.service and settings.unmapped_service == "refuse":
        known = known_names(draft.service, settings.couriers)
        problems.append(FieldError("COURIER_CODE", f"no courier is set for the service {draft.service!r}; {known}"))
    return found or CourierTarget()


def _rounding(
    draft: core.ErpOrderDraft, settings: OrderSettings, problems: list[FieldError]
) -> tuple[core.DraftLine, ...]:
    if not draft.rounding:
        return ()
    line = rounding_line(draft.rounding, settings.rounding_code)
    if isinstance(line, str):
        problems.append(FieldError("ORDER_AMOUNT", f"the order has a rounding difference of {draft.rounding}: {line}"))
        return ()
    return (line,)


def _items(
    line: core.DraftLine, number: int, settings: OrderSettings, problems: list[FieldError]
) -> Iterator[tuple[Item, LineTotals]]:
    at = f"line {number} ({line.stock_code})"
    if line.units < 1:
        problems.append(FieldError("ORDER_QTY", f"{at}: must be a whole number above 0"))
        return
    if any(amount < 0 or amount != pennies(amount) for amount in (line.gross, line.net)):
        problems.append(FieldError("PRICE_GRS", f"{at}: its amount must be whole pennies, 0 or more"))
        return
    code = settings.tax_codes.get(line.vat_rate)
    if code is None:
        known = known_names(str(line.vat_rate), map(str, settings.tax_codes))
        problems.append(FieldError("TAX_RATE", f"{at}: no tax code is set for {line.vat_rate} %; {known}"))
    priced_net = line.vat_rate not in settings.rates_priced_gross
    for units, unit in _unit_prices(line, settings, priced_net=priced_net):
        yield (
            Item(
                stock_code=line.stock_code,
                mapping_type=str(int(settings.line_mapping)),
                stock_desc=line.description if settings.send_descriptions else "",
                order_qty=Decimal(units),
                price_net=unit if priced_net else None,
                price_grs=None if priced_net else unit,
                ksd_discount=_NOTHING,
                tax_rate=(code or "") if priced_net or settings.send_tax_code else "",
            ),
            line_totals(unit, Decimal(units), rate=line.vat_rate, mode=settings.calc_mode, unit_is_net=priced_net),
        )


def _unit_prices(line: core.DraftLine, settings: OrderSettings, *, priced_net: bool) -> tuple[tuple[int, Decimal], ...]:
    """Units with their unit price, chosen so that the side which the ERP adds up comes to the line's total."""
    if not priced_net:
        return split_total(line.gross, line.units)
    if settings.calc_mode is CalcMode.NET:
        return split_total(line.net, line.units)
    # The ERP turns net unit prices into gross ones first. Not every gross price has a net one in whole pennies: where
    # it has none, the amount that comes out differs from the order's, and the order is not sent.
    return tuple(
        (units, gross_line(unit, Decimal(1), rate=line.vat_rate).net)
        for units, unit in split_total(line.gross, line.units)
    )


def _amount_problems(
    draft: core.ErpOrderDraft, amount: Decimal, unwritten: Decimal, settings: OrderSettings
) -> Iterator[FieldError]:
    found = draft_problems(draft, total="ORDER_AMOUNT", delivery="DELIVERY_NET")
    yield from found
    stated_wrongly = any(problem.field == "ORDER_AMOUNT" for problem in found)
    if not stated_wrongly and abs(amount + unwritten - draft.total) > settings.amount_tolerance:
        yield FieldError("ORDER_AMOUNT", f"the ERP would work out {amount}, the order's total is {draft.total}")


def _payments(
    draft: core.ErpOrderDraft, settings: OrderSettings, problems: list[FieldError]
) -> Iterator[PaymentDetail]:
    for payment in draft.payments:
        rule = settings.payments.get(payment.method)
        if rule is None:
            known = known_names(payment.method, settings.payments)
            problem = f"no payment rule is set for the method {payment.method!r}; {known}"
            problems.append(FieldError("PAYMENT_TYPE", problem))
            continue
        detail = PaymentDetail(
            payment_amount=payment.amount,
            payment_type=str(int(rule.payment_type)),
            card_number=rule.word,
            auth_code=rule.auth_code,
            account_number=rule.account_number,
            account_name=rule.account_name,
            transaction_timestamp=payment.taken_at,
        )
        if looks_like_card_number(payment.reference):
            problems.append(FieldError("TRANSACTION_ID", "looks like it holds a card number, which is never sent"))
            yield detail
        else:
            yield attrs.evolve(detail, transaction_id=payment.reference)
