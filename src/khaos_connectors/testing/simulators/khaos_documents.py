"""The XML documents that the simulated Khaos Control sends inside its string results: stock, couriers, orders."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import attrs

from khaos_connectors.testing.simulators.khaos_ledger import StockPosition
from khaos_connectors.testing.simulators.khaos_orders import STAGES, Invoice, Order
from khaos_connectors.testing.simulators.khaos_settings import KhaosCourier, KhaosItem, KhaosSettings, KhaosStyle, plain
from khaos_connectors.testing.simulators.khaos_soap import parse_document

__all__ = ["Documents", "StatusRow"]

Attributes = Sequence[tuple[str, str]]
Pairs = Iterable[tuple[str, str]]

_FLAGS_OFF = ("DISCOUNTS_DISABLED", "VAT_RELIEF_QUALIFIED")
_OPTIONS = ("Require Serial", "Don't print child items", "Publish to Catalogue", "Purchase Order Held")


@attrs.frozen(kw_only=True)
class StatusRow:
    """What a stock status row tells of one item at one site. *due* is the date of a purchase order."""

    item: KhaosItem
    site_name: str
    position: StockPosition
    on_order: int = 0
    due: date | None = None

    @property
    def status(self) -> int:
        """0 in stock, 1 all allocated, 2 out and due in, 3 out, 4 discontinued, 5 not stock-controlled."""
        if self.item.discontinued:
            return 4
        if not self.item.stock_controlled:
            return 5
        if self.position.available > 0:
            return 0
        if self.position.physical > 0:
            return 1
        return 2 if self.on_order else 3


def _open(name: str, attributes: Attributes) -> str:
    return name + "".join(f" {key}={quoteattr(value)}" for key, value in attributes)


def _node(name: str, content: Iterable[str], attributes: Attributes = ()) -> str:
    inner = "".join(content)
    return f"<{_open(name, attributes)}>{inner}</{name}>" if inner else f"<{_open(name, attributes)}/>"


def _leaf(name: str, text: str, attributes: Attributes = ()) -> str:
    return _node(name, [escape(text)], attributes)


def _flag(value: bool) -> str:  # noqa: FBT001 (a conversion of one value, nothing is switched by it)
    return "-1" if value else "0"


class Documents:
    """Writes documents as one installation is set up to write them."""

    def __init__(self, settings: KhaosSettings) -> None:
        self._settings = settings

    def whole(self, root: str) -> str:
        """*root* as a document, with the declaration and the byte order mark that this installation puts first."""
        declaration = '<?xml version="1.0"?>' if self._settings.declaration else ""
        return ("\ufeff" if self._settings.bom else "") + declaration + root

    def _free(self, name: str, text: str) -> str:
        """Text that people wrote: in a CDATA section where the installation does so."""
        if self._settings.cdata and text:
            return f"<{name}><![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
        return _leaf(name, text)

    def _day(self, moment: datetime | None) -> str:
        return "" if moment is None else f"{moment.astimezone(self._settings.server_timezone):%d/%m/%Y}"

    # --- stock ---------------------------------------------------------------------------------------------------

    def stock_items(self, items: Iterable[KhaosItem], children: Callable[[str], Sequence[KhaosItem]]) -> str:
        """STOCK_ITEMS: simple items, and parents with their variants nested below the styles."""
        return self.whole(_node("STOCK_ITEMS", [self._stock_item(item, children(item.stock_code)) for item in items]))

    def _stock_item(self, item: KhaosItem, variants: Sequence[KhaosItem]) -> str:
        net = [("IS_NET", _flag(item.prices_net))]
        parts = [
            _leaf("STOCK_CODE", item.stock_code),
            _leaf("ASSOCIATED_REF", item.other_ref),
            self._free("STOCK_DESC", item.description),
            self._free("LONG_DESC", item.long_description),
            *_leaves([("EPOS_DESC", ""), ("WEB_TEASER", "")]),
            _leaf("BUY_PRICE", plain(item.buy_price), net),
            _leaf("SELL_PRICE", plain(item.sell_price), net),
            *_leaves([("SELL_PRICE_WEB", plain(item.web_price or 0)), ("IMAGE_FILENAME", "?")]),
            _leaf("VAT_RATE", plain(self._settings.tax_rates[item.tax_code])),
            *self._types(item, attributes=[("EPOS_DESC", "")], ids=True),
            *self._properties(item),
            _leaf("STOCK_CONTROLLED", _flag(item.stock_controlled and not variants)),
            *self._options(item),
            *self._links(item),
        ]
        if variants or item.headings:
            parts.append(self._variants(item, variants))
        return _node("STOCK_ITEM", parts)

    def _types(self, item: KhaosItem, *, attributes: Attributes, ids: bool) -> list[str]:
        found = [_leaf("STOCK_TYPE", item.stock_type, attributes), _leaf("STOCK_TTYPE", "", attributes)]
        found += [_leaf("STOCK_MID_TYPE", "", attributes), _leaf("STOCK_SUB_TYPE", "", attributes)]
        if ids:
            found += [_leaf("SUB_TYPE", "", attributes), *_leaves([("STOCK_TYPE_ID", ""), ("STOCK_TTYPE_ID", "")])]
        return [*found, _leaf("SUB_TYPE_ID", "0" if ids else "")]

    def _properties(self, item: KhaosItem) -> list[str]:
        """What simple items, parents and variants have in common."""
        on_web = item.web and not item.discontinued
        newer = ("PURCHASE_MULTIPLE", "DEPTH") if self._settings.newer_elements else ()
        return _leaves(
            [
                ("SUPPLIER_STOCK_CODE", ""),
                ("LEAD_TIME", str(item.lead_time)),
                ("WEIGHT", plain(item.weight)),
                ("DELETED", _flag(not on_web)),
                ("WEB", _flag(item.web)),
                ("DISCONTINUED", _flag(item.discontinued)),
                ("DROP_SHIP", _flag(item.drop_ship)),
                ("RUN_TO_ZERO", _flag(item.run_to_zero)),
                *((name, "0") for name in _FLAGS_OFF),
                ("STOCK_ID", item.stock_id),
                ("AVAILABILITY", ""),
                ("MAX_DISPLAY_QTY", "0"),
                ("LAUNCH_DATE", item.launch.isoformat() if item.launch else ""),
                ("LAUNCH_TIME", ""),
                ("REORDER_MULTIPLE", "1"),
                ("MIN_LEVEL", str(item.min_level)),
                ("SAFE_LEVEL", str(item.safe_level)),
                *((name, "0") for name in newer),
            ]
        )

    def _options(self, item: KhaosItem) -> list[str]:
        options = [("Run To Zero", _flag(item.run_to_zero)), *((name, "0") for name in _OPTIONS)]
        found = [_leaf("MANUFACTURER", item.manufacturer)]
        found += [_leaf("STOCK_OPTION", value, [("NAME", name)]) for name, value in options]
        if item.barcodes:
            found.append(_node("BARCODES", [_leaf("BARCODE", code, [("DESC", "EAN")]) for code in item.barcodes]))
        return found

    @staticmethod
    def _links(item: KhaosItem) -> list[str]:
        rows = [
            _node(
                "LINK_ITEM",
                _leaves(
                    [("STOCK_CODE", link.stock_code), ("LINK_TYPE", str(link.kind)), ("LINK_VALUE", plain(link.value))]
                ),
            )
            for link in item.links
        ]
        return [_node("LINKED_ITEMS", rows)] if rows else []

    def _variants(self, parent: KhaosItem, variants: Sequence[KhaosItem]) -> str:
        parts = self._styles(variants, 0)
        parts += [_node("STYLE", _style(style)) for style in parent.styles]
        # recorded answers put the headings behind the styles that they head
        parts += [_leaf("HEADING", name, [("LEVEL", str(n))]) for n, name in enumerate(parent.headings, start=1)]
        return _node("SCS", parts)

    def _styles(self, variants: Sequence[KhaosItem], depth: int) -> list[str]:
        def step(item: KhaosItem) -> KhaosStyle:
            plain_style = KhaosStyle(description=item.description, suffix="")
            return item.styles[depth] if depth < len(item.styles) else plain_style

        groups: dict[KhaosStyle, list[KhaosItem]] = {}
        for item in variants:
            groups.setdefault(step(item), []).append(item)
        found: list[str] = []
        for style, group in groups.items():
            deeper = [item for item in group if depth + 1 < len(item.styles)]
            ends = [self._variant(item) for item in group if depth + 1 >= len(item.styles)]
            found.append(_node("STYLE", [*_style(style), *self._styles(deeper, depth + 1), *ends]))
        return found

    def _variant(self, item: KhaosItem) -> str:
        return _node(
            "SCS_ITEM",
            [
                _leaf("STOCK_CODE", item.stock_code),
                self._free("DESCRIPTION", item.description),
                _leaf("BUY_PRICE", plain(item.buy_price)),
                _leaf("SELL_PRICE", plain(item.sell_price)),
                _leaf("SELL_PRICE_WEB", plain(item.web_price or 0)),
                self._free("LONG_DESC", item.long_description),
                *_leaves([("WEB_TEASER", ""), ("IMAGE_FILENAME", "?"), ("ASSOCIATED_REF", item.other_ref)]),
                _leaf("STOCK_CONTROLLED", _flag(item.stock_controlled)),
                _leaf("VAT_RATE", plain(self._settings.tax_rates[item.tax_code])),
                *self._types(item, attributes=(), ids=False),
                *self._properties(item),
                *self._options(item)[1:],
                *self._links(item),
            ],
        )

    def stock_status(self, rows: Iterable[StatusRow], *, site_name: str) -> str:
        """STOCK_STATUS of *site_name*; newer services name the site of each row as well."""
        return self.whole(_node("STOCK_STATUS", [self._status_row(row) for row in rows], [("SITE", site_name)]))

    def _status_row(self, row: StatusRow) -> str:
        item = row.item
        names = [("CODE", item.stock_code), ("ID", item.stock_id), ("OTHER_REF", item.other_ref)]
        parts = [
            ("BUY_PRICE", plain(item.buy_price)),
            ("SELL_PRICE", plain(item.sell_price)),
            ("WEBSELL_PRICE", plain(item.web_price or 0)),
            ("BUNDLE_PRICE", "0"),
            ("SAFE_LEVEL", str(item.safe_level)),
            ("MIN_LEVEL", str(item.min_level)),
        ]
        if item.stock_controlled:
            parts.append(("LEVEL", str(row.position.available)))
        parts += [("STATUS", str(row.status)), ("LEAD_TIME", row.due.isoformat() if row.due else "1899-12-30")]
        if item.build_potential is not None:
            parts.append(("BUILD_POTENTIAL_CHILDREN", str(item.build_potential)))
        if self._settings.newer_elements:
            parts += [("SITE", row.site_name), ("ON_ORDER_LEVEL", str(row.on_order)), ("MAX_BO_QTY", "0")]
        return _node("STOCK_ITEM", _leaves(parts), [*names, ("DESC", item.description)])

    def couriers(self, couriers: Iterable[KhaosCourier]) -> str:
        """SOPDATA with nothing but couriers."""
        rows = [_leaf("COURIER", one.name, [("CODE", one.code)] if one.code else ()) for one in couriers]
        return self.whole(_node("SOPDATA", [_node("COURIERS", rows)] if rows else []))

    # --- orders --------------------------------------------------------------------------------------------------

    def sales_orders(self, orders: Iterable[Order]) -> str:
        """SALES_ORDERS in the format of the import, with the codes that Khaos Control gave."""
        return self.whole(_node("SALES_ORDERS", [_exported(order) for order in orders]))

    def status_list(self, orders: Iterable[tuple[Order, Sequence[Invoice]]], *, show_items: bool) -> str:
        """STATUS_LIST: each order with those of its invoices that were asked for."""
        rows = [self._order_status(order, invoices, show_items=show_items) for order, invoices in orders]
        return self.whole(_node("STATUS_LIST", rows))

    def _order_status(self, order: Order, invoices: Sequence[Invoice], *, show_items: bool) -> str:
        items_net = sum((line.net for line in order.lines), Decimal(0))
        items_gross = sum((line.gross for line in order.lines), Decimal(0))
        assigned = sum(line.shipped + (0 if order.cancelled else line.sendable) for line in order.lines)
        company = [("COMPANY_CODE", order.urn), ("OTHER_REF", order.customer_ref)]
        parts = [
            _leaf("COMPANY_NAME", order.company_name, company),
            _leaf("ORDER_TYPE", "Sales Order", [("TYPE_ID", "S")]),
            _leaf("COURIER", order.courier),
            _leaf("CURRENCY_CODE", order.currency),
            _leaf("DATE_CREATED", self._day(order.created_at)),
            _leaf("DELIVERY_DATE", f"{order.delivery_date:%d/%m/%Y}"),
            _leaf("ITEMS_TOTAL", plain(items_gross), [("NET_VALUE", plain(items_net))]),
            _leaf("DELIVERY_TOTAL", plain(order.delivery_gross), [("NET_VALUE", plain(order.delivery_net))]),
            _leaf("COMPLETE", _flag(order.complete)),
            _leaf("QTY_SOLD", str(sum(line.ordered for line in order.lines))),
            _leaf("QTY_ASSIGNED", str(assigned)),
        ]
        if order.cancelled:
            day = order.cancelled.at.astimezone(self._settings.server_timezone).date().isoformat()
            reason = [("CANCELLED_DATE_TIME", day), ("REASON", order.cancelled.reason)]
            parts.append(_node("CANCELLED", _leaves([*reason, ("USER_NAME", order.cancelled.user)])))
        parts.append(_node("INVOICES", [self._invoice(invoice, show_items=show_items) for invoice in invoices]))
        return _node("ORDER_STATUS", parts, [("SORDER_CODE", order.code), ("ASSOCIATED_REF", order.reference)])

    def _invoice(self, invoice: Invoice, *, show_items: bool) -> str:
        on_box_only = invoice.boxed and self._settings.box_consignment == "box"
        parcel = [("CONSIGNMENT_REF", invoice.consignment), ("TRACKING_URL", invoice.tracking_url)]
        attributes = [
            ("INVOICE_CODE", invoice.code),
            ("INVOICE_DATE", self._day(invoice.edited_at)),
            ("SHIP_DATE", self._day(invoice.shipped_at)),
            ("ISSUE_DATE", self._day(invoice.issued_at)),
            ("INVOICE_STAGE_ID", str(invoice.stage)),
            ("INVOICE_STAGE_DESC", STAGES.get(invoice.stage, "CUSTOM")),
            ("COURIER", invoice.courier),
            *(((name, "") for name, _ in parcel) if on_box_only else parcel),
            ("QTY_SOLD", str(invoice.sold)),
            ("QTY_SENT", str(invoice.sent)),
            ("MOVED", _flag(invoice.moved)),
        ]
        rows = [[("STOCK_CODE", row.stock_code), ("QTY_SENT", str(row.units))] for row in invoice.rows]
        if not show_items:
            rows = []
        parts: list[str] = []
        if invoice.boxed:
            shipped = [("SHIPPED", "-1"), ("SHIP_DATE", self._day(invoice.shipped_at)), ("COURIER", invoice.courier)]
            parts.append(_node("BOX", [_node("BOX_ITEM", (), row) for row in rows], [*shipped, *parcel]))
        if rows:
            parts.append(_node("INVOICE_ITEMS", [_node("INVOICE_ITEM", (), row) for row in rows]))
        return _node("INVOICE", parts, attributes)


def _leaves(pairs: Pairs) -> list[str]:
    return [_leaf(name, text) for name, text in pairs]


def _style(style: KhaosStyle) -> list[str]:
    return _leaves([("DESCRIPTION", style.description), ("SCS_CODE_SUFFIX", style.suffix)])


def _exported(order: Order) -> str:
    root = parse_document(order.document)
    detail, header = root.find("CUSTOMER_DETAIL"), root.find("ORDER_HEADER")
    assert detail is not None
    assert header is not None
    _put(detail, "COMPANY_CODE", order.urn)
    _put(header, "FORCE_SORDER_CODE", order.code)
    for payment in root.iter("PAYMENT_DETAIL"):
        for secret in ("CARD_NUMBER", "CARD_CV2"):
            for found in payment.findall(secret):
                found.text = ""
    return ET.tostring(root, encoding="unicode")


def _put(parent: ET.Element, name: str, text: str) -> None:
    found = parent.find(name)
    if found is None:
        found = ET.SubElement(parent, name)
    found.text = text
