"""Reads SALES_ORDER documents as Khaos Control would, and refuses what it would refuse, naming the element."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors._choices import known_names
from khaos_connectors.testing.simulators.khaos_catalogue import Catalogue, Customer, MatchBy
from khaos_connectors.testing.simulators.khaos_operations import parse_moment
from khaos_connectors.testing.simulators.khaos_orders import OrderLine
from khaos_connectors.testing.simulators.khaos_settings import KhaosCourier, KhaosItem, KhaosSettings, KhaosSite
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault
from khaos_connectors.testing.simulators.khaos_totals import LineTotals, delivery_totals, line_totals

__all__ = ["ImportedOrder", "OrderReader", "reference_of"]

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_MAPPINGS: Mapping[int, tuple[MatchBy, ...]] = {
    -1: ("code", "other_ref", "barcode", "description"),
    1: ("code",),
    2: ("other_ref",),
    3: (),
    4: ("description",),
    5: ("barcode",),
    6: (),
    7: (),
}
_ADDRESS_LIMITS = {
    **dict.fromkeys(("ADDRESS1", "ADDRESS2", "ADDRESS3", "TOWN", "COUNTY"), 35),
    **dict.fromkeys(("FORENAME", "SURNAME", "EMAIL"), 50),
    "POSTCODE": 10,
    "TITLE": 20,
}
_LIMITS = {
    **{prefix + name: limit for prefix in "ID" for name, limit in _ADDRESS_LIMITS.items()},
    **dict.fromkeys(("WEB_USER", "COMPANY_NAME", "WEB_SITE", "STOCK_CODE"), 50),
    **dict.fromkeys(("ORDER_NOTE", "INVOICE_NOTE"), 2000),
    **dict.fromkeys(("OTHER_REF", "PO_NUMBER"), 30),
    "COMPANY_CODE": 10,
    "TAX_REFERENCE": 20,
    "COURIER_NOTE": 255,
    "STOCK_DESC": 250,
    "EXTENDED_DESC": 150,
}
_TELEPHONES = frozenset(prefix + name for prefix in "ID" for name in ("TEL", "FAX", "MOBILE"))
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


def _text(element: ET.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def reference_of(order: ET.Element) -> str:
    """The associated reference of a SALES_ORDER element, "" when it has none."""
    return _text(order, "ORDER_HEADER/ASSOCIATED_REF")


def _needed(element: ET.Element, path: str) -> str:
    found = _text(element, path)
    if not found:
        raise KhaosFault(f"{path.rpartition('/')[2]} is required")
    return found


def _amount(element: ET.Element, path: str) -> Decimal | None:
    text = _text(element, path)
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        message = f"'{text}' is not a valid floating point value for {path.rpartition('/')[2]}"
        raise KhaosFault(message, exception_class="EConvertError")
    return Decimal(text)


def _whole(element: ET.Element, path: str) -> int:
    text = _needed(element, path)
    if not re.fullmatch(r"-?[0-9]+", text):
        message = f"'{text}' is not a valid integer value for {path.rpartition('/')[2]}"
        raise KhaosFault(message, exception_class="EConvertError")
    return int(text)


def _truth(element: ET.Element, path: str) -> bool:
    found = _whole(element, path)
    if found not in {0, -1}:
        raise KhaosFault(f"{path} must be 0 or -1, not {found}")
    return found == -1


def _known(element: ET.Element, path: str, allowed: Sequence[str]) -> str:
    found = _text(element, path)
    if found and found not in allowed:
        raise _unknown(path.rpartition("/")[2], found, allowed)
    return found


def _unknown(name: str, found: str, known: Iterable[object]) -> KhaosFault:
    return KhaosFault(f"{name} '{found}' does not exist; {known_names(found, map(str, known))}")


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
        reference = _needed(order, "ORDER_HEADER/ASSOCIATED_REF")
        self._check_texts(order)
        self._check_reference_data(order)
        customer = self._customer(order)
        site = self._site(_text(order, "ORDER_HEADER/SITE")) or self._default_site
        mode = self._settings.company_classes[customer.company_class]
        rows = order.findall("ORDER_ITEMS/ORDER_ITEM")
        if not rows:
            raise KhaosFault("ORDER_ITEMS has no ORDER_ITEM")
        lines = tuple(self._line(row, mode=mode, site=site) for row in rows)
        delivery_date = self._date(_text(order, "ORDER_HEADER/DELIVERY_DATE"), now)
        return ImportedOrder(
            reference=reference,
            customer=customer,
            new_customer=_truth(order, "CUSTOMER_DETAIL/IS_NEW_CUSTOMER"),
            currency=customer.currency,
            courier=self._courier(order),
            delivery_date=delivery_date,
            lines=lines,
            delivery=self._delivery(order),
            sent_amount=_amount(order, "ORDER_HEADER/ORDER_AMOUNT"),
            held_at=self._hold(order, delivery_date=delivery_date, today=self._date("", now)),
            card_data=any(_CARD.fullmatch(_text(row, "CARD_NUMBER")) for row in order.iter("PAYMENT_DETAIL")),
            document=ET.tostring(order, encoding="unicode"),
        )

    def _check_texts(self, order: ET.Element) -> None:
        for element in order.iter():
            text = element.text or ""
            limit = self._limit(element.tag)
            longest = max((len(line) for line in text.splitlines()), default=0)
            length = longest if element.tag == "EXTENDED_DESC" else len(text)
            if self._settings.strict_lengths and limit is not None and length > limit:
                raise KhaosFault(f"{element.tag} is too long: {length} characters, {limit} are allowed")
            if element.tag in {"STOCK_CODE", "STOCK_DESC", "EXTENDED_DESC"} and "#" in text:
                raise KhaosFault(f"{element.tag} may not contain #")
        for internal in ("INTERNAL_REF", "FORCE_SORDER_CODE"):
            if _text(order, f"ORDER_HEADER/{internal}"):
                raise KhaosFault(f"{internal} is for internal use")

    def _check_reference_data(self, order: ET.Element) -> None:
        for name, allowed in (
            ("SALES_SOURCE", self._settings.sales_sources),
            ("BRAND", self._settings.brands),
            ("AGENT", self._settings.agents),
            ("KEYCODE_CODE", self._settings.keycodes),
            ("INV_PRIORITY", self._settings.priorities),
        ):
            _known(order, f"ORDER_HEADER/{name}", allowed)
        if _text(order, "ORDER_HEADER/CHANNEL_ID") not in {"", "0"}:
            raise KhaosFault("CHANNEL_ID does not exist")

    def _limit(self, tag: str) -> int | None:
        if tag == "ASSOCIATED_REF":
            return self._settings.reference_limit
        return self._settings.telephone_limit if tag in _TELEPHONES else _LIMITS.get(tag)

    def _customer(self, order: ET.Element) -> Customer:
        detail = order.find("CUSTOMER_DETAIL")
        if detail is None:
            raise KhaosFault("CUSTOMER_DETAIL is required")
        _needed(detail, "IS_NEW_CUSTOMER")
        company_class = _needed(detail, "COMPANY_CLASS")
        if company_class not in self._settings.company_classes:
            raise _unknown("COMPANY_CLASS", company_class, self._settings.company_classes)
        _known(detail, "COMPANY_TYPE", self._settings.company_types)
        address = "ADDRESSES/INVADDR/"
        for name in ("IADDRESS1", "ITOWN", "IPOSTCODE", "ISURNAME"):
            _needed(detail, address + name)
        for path in (address + "ICOUNTRY_CODE", "ADDRESSES/DELADDR/DCOUNTRY_CODE"):
            country = _text(detail, path)
            if country and not re.fullmatch(r"[A-Za-z]{2,3}", country):
                raise KhaosFault(f"Country '{country}' does not exist")
        contact = f"{_text(detail, address + 'IFORENAME')} {_text(detail, address + 'ISURNAME')}".strip()
        currency = _text(order, "ORDER_HEADER/ORDER_CURRENCY_CODE") or self._settings.currencies[0]
        if currency not in self._settings.currencies:
            raise _unknown("ORDER_CURRENCY_CODE", currency, self._settings.currencies)
        return Customer(
            urn=_text(detail, "COMPANY_CODE"),
            name=_text(detail, "COMPANY_NAME") or contact,
            company_class=company_class,
            currency=currency,
            surname=_text(detail, address + "ISURNAME"),
            postcode=_text(detail, address + "IPOSTCODE"),
            other_ref=_text(detail, "OTHER_REF"),
            web_user=_text(detail, "WEB_USER"),
            delivery_note=_text(order, "ORDER_HEADER/COURIER_NOTE"),
        )

    def _site(self, name: str) -> KhaosSite | None:
        if name and name not in self._sites:
            raise _unknown("SITE", name, self._sites)
        return self._sites.get(name)

    def _courier(self, order: ET.Element) -> str:
        code, name = _text(order, "ORDER_HEADER/COURIER_CODE"), _text(order, "ORDER_HEADER/COURIER_DESC")
        if not code and not name:
            return ""
        found = next((one for one in self._couriers if (one.code == code if code else one.name == name)), None)
        if found is None:
            raise _unknown("Courier", code or name, [one.code if code else one.name for one in self._couriers])
        return found.name

    def _line(self, row: ET.Element, *, mode: Literal["gross", "net"], site: KhaosSite) -> OrderLine:
        text = _needed(row, "STOCK_CODE")
        mapping = _whole(row, "MAPPING_TYPE")
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
        units = _amount(row, "ORDER_QTY")
        if units is None or units <= 0 or units != int(units):
            raise KhaosFault(f"ORDER_QTY of '{item.stock_code}' must be a whole number above 0")
        net, gross = _amount(row, "PRICE_NET"), _amount(row, "PRICE_GRS")
        if net is None and gross is None:
            raise KhaosFault(f"PRICE_NET or PRICE_GRS of '{item.stock_code}' is required")
        _known(row, "FREEITEM_REASON", self._settings.free_item_reasons)
        totals = line_totals(
            mode,
            unit_net=net,
            unit_gross=gross,
            quantity=int(units),
            vat_percent=self._rate(row, item),
            discount_percent=_amount(row, "KSD_DISCOUNT") or Decimal(0),
        )
        return OrderLine(
            stock_code=item.stock_code,
            site_id=(self._site(_text(row, "SITE")) or site).site_id,
            ordered=int(units),
            net=totals.net,
            gross=totals.gross,
            stock_controlled=item.stock_controlled,
        )

    def _rate(self, row: ET.Element, item: KhaosItem) -> Decimal:
        code = _whole(row, "TAX_RATE") if _text(row, "TAX_RATE") else item.tax_code
        if code not in self._settings.tax_rates:
            raise _unknown("TAX_RATE", str(code), self._settings.tax_rates)
        return self._settings.tax_rates[code]

    def _delivery(self, order: ET.Element) -> LineTotals:
        return delivery_totals(
            net=_amount(order, "ORDER_HEADER/DELIVERY_NET"),
            tax=_amount(order, "ORDER_HEADER/DELIVERY_TAX"),
            gross=_amount(order, "ORDER_HEADER/DELIVERY_GRS"),
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
        _amount(payment, "PAYMENT_AMOUNT")
        kind = _whole(payment, "PAYMENT_TYPE") if _text(payment, "PAYMENT_TYPE") else 2
        if kind not in range(5):
            raise _unknown("PAYMENT_TYPE", str(kind), range(5))
        return kind in {0, 3, 4} or bool(_text(payment, "AUTH_CODE"))
