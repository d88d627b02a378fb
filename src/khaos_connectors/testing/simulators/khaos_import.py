"""Reads SALES_ORDER documents as Khaos Control would, and refuses what it would refuse, naming the element."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors._choices import known_names
from khaos_connectors.testing.simulators.khaos_catalogue import Catalogue, MatchBy
from khaos_connectors.testing.simulators.khaos_customers import Customer
from khaos_connectors.testing.simulators.khaos_operations import parse_moment
from khaos_connectors.testing.simulators.khaos_orders import OrderLine
from khaos_connectors.testing.simulators.khaos_people import read_customer_detail
from khaos_connectors.testing.simulators.khaos_reading import (
    amount,
    check_texts,
    known_name,
    needed,
    text_of,
    truth,
    unknown,
    whole,
)
from khaos_connectors.testing.simulators.khaos_settings import KhaosCourier, KhaosItem, KhaosSettings, KhaosSite
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault
from khaos_connectors.testing.simulators.khaos_totals import LineTotals, delivery_totals, line_totals

__all__ = ["ImportedOrder", "OrderReader", "reference_of"]

_MAPPINGS: Mapping[int, tuple[MatchBy, ...]] = {
    -1: ("code", "other_ref", "barcode", "channel", "description"),
    1: ("code",),
    2: ("other_ref",),
    3: (),
    4: ("description",),
    5: ("barcode",),
    6: ("channel",),
    7: (),
}
_CARD = re.compile(r"[0-9 -]{12,}")


@attrs.frozen(kw_only=True)
class ImportedOrder:
    """One order as it was read: everything is known to the installation, nothing has been stored yet."""

    reference: str
    customer: Customer
    new_customer: bool
    currency: str
    courier: str
    delivery_date: date
    lines: tuple[OrderLine, ...]
    delivery: LineTotals
    sent_amount: Decimal | None
    held_at: int | None
    card_data: bool
    document: str = attrs.field(repr=False)

    @property
    def total(self) -> Decimal:
        """The order's gross total by Khaos Control's own arithmetic."""
        return sum((line.gross for line in self.lines), self.delivery.gross)


def reference_of(order: ET.Element) -> str:
    """The associated reference of a SALES_ORDER element, "" when it has none."""
    return text_of(order, "ORDER_HEADER/ASSOCIATED_REF")


class OrderReader:
    """Reads orders against the reference data of one installation."""

    def __init__(
        self,
        *,
        settings: KhaosSettings,
        catalogue: Catalogue,
        sites: Sequence[KhaosSite],
        couriers: Sequence[KhaosCourier],
        default_site: KhaosSite,
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._sites = {site.name: site for site in sites}
        self._couriers = couriers
        self._default_site = default_site

    def read(self, order: ET.Element, *, now: datetime) -> ImportedOrder:
        """One SALES_ORDER; KhaosFault in the server's manner for whatever it would not take."""
        reference = needed(order, "ORDER_HEADER/ASSOCIATED_REF")
        check_texts(order, self._settings)
        for internal in ("INTERNAL_REF", "FORCE_SORDER_CODE"):
            if text_of(order, f"ORDER_HEADER/{internal}"):
                raise KhaosFault(f"{internal} is for internal use")
        self._check_reference_data(order)
        customer = read_customer_detail(order, self._settings)
        site = self._site(text_of(order, "ORDER_HEADER/SITE")) or self._default_site
        mode = self._settings.company_classes[customer.company_class]
        rows = order.findall("ORDER_ITEMS/ORDER_ITEM")
        if not rows:
            raise KhaosFault("ORDER_ITEMS has no ORDER_ITEM")
        lines = tuple(self._line(row, mode=mode, site=site) for row in rows)
        delivery_date = self._date(text_of(order, "ORDER_HEADER/DELIVERY_DATE"), now)
        return ImportedOrder(
            reference=reference,
            customer=customer,
            new_customer=truth(order, "CUSTOMER_DETAIL/IS_NEW_CUSTOMER"),
            currency=customer.currency,
            courier=self._courier(order),
            delivery_date=delivery_date,
            lines=lines,
            delivery=self._delivery(order),
            sent_amount=amount(order, "ORDER_HEADER/ORDER_AMOUNT"),
            held_at=self._hold(order, delivery_date=delivery_date, today=self._date("", now)),
            card_data=any(_CARD.fullmatch(text_of(row, "CARD_NUMBER")) for row in order.iter("PAYMENT_DETAIL")),
            document=ET.tostring(order, encoding="unicode"),
        )

    def _check_reference_data(self, order: ET.Element) -> None:
        for name, allowed in (
            ("SALES_SOURCE", self._settings.sales_sources),
            ("BRAND", self._settings.brands),
            ("AGENT", self._settings.agents),
            ("KEYCODE_CODE", self._settings.keycodes),
            ("INV_PRIORITY", self._settings.priorities),
        ):
            known_name(order, f"ORDER_HEADER/{name}", allowed)
        if text_of(order, "ORDER_HEADER/CHANNEL_ID") not in {"", "0"}:
            raise KhaosFault("CHANNEL_ID does not exist")

    def _site(self, name: str) -> KhaosSite | None:
        if name and name not in self._sites:
            raise unknown("SITE", name, self._sites)
        return self._sites.get(name)

    def _courier(self, order: ET.Element) -> str:
        code, name = text_of(order, "ORDER_HEADER/COURIER_CODE"), text_of(order, "ORDER_HEADER/COURIER_DESC")
        if not code and not name:
            return ""
        found = next((one for one in self._couriers if (one.code == code if code else one.name == name)), None)
        if found is None:
            raise unknown("Courier", code or name, [one.code if code else one.name for one in self._couriers])
        return found.name

    def _line(self, row: ET.Element, *, mode: Literal["gross", "net"], site: KhaosSite) -> OrderLine:
        text = needed(row, "STOCK_CODE")
        mapping = whole(row, "MAPPING_TYPE")
        if mapping not in _MAPPINGS:
            raise KhaosFault(f"MAPPING_TYPE {mapping} is not supported")
        item = next((hit for by in _MAPPINGS[mapping] if (hit := self._catalogue.find(text, by))), None)
        if item is None:
            known = known_names(text, self._catalogue.codes, most=3)
            raise KhaosFault(f"Stock item '{text}' could not be found; {known}")
        if item.discontinued:
            raise KhaosFault(f"Stock item '{item.stock_code}' is discontinued")
        if self._catalogue.is_parent(item):
            raise KhaosFault(f"Stock item '{item.stock_code}' is a template and cannot be sold")
        units = amount(row, "ORDER_QTY")
        if units is None or units <= 0 or units != int(units):
            raise KhaosFault(f"ORDER_QTY of '{item.stock_code}' must be a whole number above 0")
        net, gross = amount(row, "PRICE_NET"), amount(row, "PRICE_GRS")
        if net is None and gross is None:
            raise KhaosFault(f"PRICE_NET or PRICE_GRS of '{item.stock_code}' is required")
        known_name(row, "FREEITEM_REASON", self._settings.free_item_reasons)
        totals = line_totals(
            mode,
            unit_net=net,
            unit_gross=gross,
            quantity=int(units),
            vat_percent=self._rate(row, item),
            discount_percent=amount(row, "KSD_DISCOUNT") or Decimal(0),
        )
        return OrderLine(
            stock_code=item.stock_code,
            site_id=(self._site(text_of(row, "SITE")) or site).site_id,
            ordered=int(units),
            net=totals.net,
            gross=totals.gross,
            stock_controlled=item.stock_controlled,
        )

    def _rate(self, row: ET.Element, item: KhaosItem) -> Decimal:
        code = whole(row, "TAX_RATE") if text_of(row, "TAX_RATE") else item.tax_code
        if code not in self._settings.tax_rates:
            raise unknown("TAX_RATE", str(code), self._settings.tax_rates)
        return self._settings.tax_rates[code]

    def _delivery(self, order: ET.Element) -> LineTotals:
        return delivery_totals(
            net=amount(order, "ORDER_HEADER/DELIVERY_NET"),
            tax=amount(order, "ORDER_HEADER/DELIVERY_TAX"),
            gross=amount(order, "ORDER_HEADER/DELIVERY_GRS"),
            charge=self._settings.delivery_charge,
            vat_percent=self._settings.tax_rates[1],
        )

    def _date(self, text: str, now: datetime) -> date:
        found = parse_moment(text, self._settings) or now
        return found.astimezone(self._settings.server_timezone).date()

    def _hold(self, order: ET.Element, *, delivery_date: date, today: date) -> int | None:
        """The stage at which a new order has to wait, None when only stock decides."""
        payments = order.findall("PAYMENTS/PAYMENT_DETAIL")
        settled = [self._settled(payment) for payment in payments]
        if delivery_date > today:
            return 17
        return None if settled and all(settled) else 11

    @staticmethod
    def _settled(payment: ET.Element) -> bool:
        """Whether a payment needs nothing more: cash, voucher, on account, or authorised before."""
        amount(payment, "PAYMENT_AMOUNT")
        kind = whole(payment, "PAYMENT_TYPE") if text_of(payment, "PAYMENT_TYPE") else 2
        if kind not in range(5):
            raise unknown("PAYMENT_TYPE", str(kind), range(5))
        return kind in {0, 3, 4} or bool(text_of(payment, "AUTH_CODE"))
