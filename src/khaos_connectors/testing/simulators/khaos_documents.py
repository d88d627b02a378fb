"""The XML documents that the simulated Khaos Control sends inside its string results: stock, couriers, orders."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.testing.simulators.khaos_ledger import StockPosition
from khaos_connectors.testing.simulators.khaos_orders import STAGES, Invoice, Order
from khaos_connectors.testing.simulators.khaos_settings import KhaosCourier, KhaosItem, KhaosSettings, KhaosStyle, plain
from khaos_connectors.testing.simulators.khaos_soap import parse_document
from khaos_connectors.testing.simulators.khaos_xml import Attributes, Page, flag, leaf, leaves, node, put

__all__ = ["Documents", "StatusRow"]

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


class Documents:
    """Writes documents as one installation is set up to write them."""

    def __init__(self, settings: KhaosSettings) -> None:
        self._settings = settings
        self._page = Page(settings)

    # --- stock ---------------------------------------------------------------------------------------------------

    def stock_items(self, items: Iterable[KhaosItem], children: Callable[[str], Sequence[KhaosItem]]) -> str:
        """STOCK_ITEMS: simple items, and parents with their variants nested below the styles."""
        return self._page.whole(
            node("STOCK_ITEMS", [self._stock_item(item, children(item.stock_code)) for item in items])
        )

    def _stock_item(self, item: KhaosItem, variants: Sequence[KhaosItem]) -> str:
        net = [("IS_NET", flag(item.prices_net))]
        parts = [
            leaf("STOCK_CODE", item.stock_code),
            leaf("ASSOCIATED_REF", item.other_ref),
            self._page.free("STOCK_DESC", item.description),
            self._page.free("LONG_DESC", item.long_description),
            *leaves([("EPOS_DESC", ""), ("WEB_TEASER", "")]),
            leaf("BUY_PRICE", plain(item.buy_price), net),
            leaf("SELL_PRICE", plain(item.sell_price), net),
            *leaves([("SELL_PRICE_WEB", plain(item.web_price or 0)), ("IMAGE_FILENAME", "?")]),
            leaf("VAT_RATE", plain(self._settings.tax_rates[item.tax_code])),
            *self._types(item, attributes=[("EPOS_DESC", "")], ids=True),
            *self._properties(item),
            leaf("STOCK_CONTROLLED", flag(item.stock_controlled and not variants)),
            *self._options(item),
            *self._links(item),
        ]
        if variants or item.headings:
            parts.append(self._variants(item, variants))
        return node("STOCK_ITEM", parts)

    def _types(self, item: KhaosItem, *, attributes: Attributes, ids: bool) -> list[str]:
        found = [leaf("STOCK_TYPE", item.stock_type, attributes), leaf("STOCK_TTYPE", "", attributes)]
        found += [leaf("STOCK_MID_TYPE", "", attributes), leaf("STOCK_SUB_TYPE", "", attributes)]
        if ids:
            found += [leaf("SUB_TYPE", "", attributes), *leaves([("STOCK_TYPE_ID", ""), ("STOCK_TTYPE_ID", "")])]
        return [*found, leaf("SUB_TYPE_ID", "0" if ids else "")]

    def _properties(self, item: KhaosItem) -> list[str]:
        """What simple items, parents and variants have in common."""
        on_web = item.web and not item.discontinued
        newer = ("PURCHASE_MULTIPLE", "DEPTH") if self._settings.newer_elements else ()
        return leaves(
            [
                ("SUPPLIER_STOCK_CODE", ""),
                ("LEAD_TIME", str(item.lead_time)),
                ("WEIGHT", plain(item.weight)),
                ("DELETED", flag(not on_web)),
                ("WEB", flag(item.web)),
                ("DISCONTINUED", flag(item.discontinued)),
                ("DROP_SHIP", flag(item.drop_ship)),
                ("RUN_TO_ZERO", flag(item.run_to_zero)),
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
        options = [("Run To Zero", flag(item.run_to_zero)), *((name, "0") for name in _OPTIONS)]
        found = [leaf("MANUFACTURER", item.manufacturer)]
        found += [leaf("STOCK_OPTION", value, [("NAME", name)]) for name, value in options]
        if item.barcodes:
            found.append(node("BARCODES", [leaf("BARCODE", code, [("DESC", "EAN")]) for code in item.barcodes]))
        return found

    @staticmethod
    def _links(item: KhaosItem) -> list[str]:
        rows = [
            node(
                "LINK_ITEM",
                leaves(
                    [("STOCK_CODE", link.stock_code), ("LINK_TYPE", str(link.kind)), ("LINK_VALUE", plain(link.value))]
                ),
            )
            for link in item.links
        ]
        return [node("LINKED_ITEMS", rows)] if rows else []

    def _variants(self, parent: KhaosItem, variants: Sequence[KhaosItem]) -> str:
        parts = self._styles(variants, 0)
        parts += [node("STYLE", _style(style)) for style in parent.styles]
        # recorded answers put the headings behind the styles that they head
        parts += [leaf("HEADING", name, [("LEVEL", str(n))]) for n, name in enumerate(parent.headings, start=1)]
        return node("SCS", parts)

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
            found.append(node("STYLE", [*_style(style), *self._styles(deeper, depth + 1), *ends]))
        return found

    def _variant(self, item: KhaosItem) -> str:
        return node(
            "SCS_ITEM",
            [
                leaf("STOCK_CODE", item.stock_code),
                self._page.free("DESCRIPTION", item.description),
                leaf("BUY_PRICE", plain(item.buy_price)),
                leaf("SELL_PRICE", plain(item.sell_price)),
                leaf("SELL_PRICE_WEB", plain(item.web_price or 0)),
                self._page.free("LONG_DESC", item.long_description),
                *leaves([("WEB_TEASER", ""), ("IMAGE_FILENAME", "?"), ("ASSOCIATED_REF", item.other_ref)]),
                leaf("STOCK_CONTROLLED", flag(item.stock_controlled)),
                leaf("VAT_RATE", plain(self._settings.tax_rates[item.tax_code])),
                *self._types(item, attributes=(), ids=False),
                *self._properties(item),
                *self._options(item)[1:],
                *self._links(item),
            ],
        )

    def stock_status(self, rows: Iterable[StatusRow], *, site_name: str) -> str:
        """STOCK_STATUS of *site_name*; newer services name the site of each row as well."""
        return self._page.whole(node("STOCK_STATUS", [self._status_row(row) for row in rows], [("SITE", site_name)]))

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
        return node("STOCK_ITEM", leaves(parts), [*names, ("DESC", item.description)])

    def couriers(self, couriers: Iterable[KhaosCourier]) -> str:
        """COURIERS, a part of SOPDATA; nothing when there is none."""
        rows = [leaf("COURIER", one.name, [("CODE", one.code)] if one.code else ()) for one in couriers]
        return node("COURIERS", rows) if rows else ""

    # --- orders --------------------------------------------------------------------------------------------------

    def sales_orders(self, orders: Iterable[Order]) -> str:
        """SALES_ORDERS in the format of the import, with the codes that Khaos Control gave."""
        return self._page.whole(node("SALES_ORDERS", [_exported(order) for order in orders]))

    def status_list(self, orders: Iterable[tuple[Order, Sequence[Invoice]]], *, show_items: bool) -> str:
        """STATUS_LIST: each order with those of its invoices that were asked for."""
        rows = [self._order_status(order, invoices, show_items=show_items) for order, invoices in orders]
        return self._page.whole(node("STATUS_LIST", rows))

    def order_statuses(self, orders: Iterable[tuple[Order, Sequence[Invoice]]]) -> str:
        """ORDER_STATUSES: one row per invoice, with the number of its stage as text."""
        rows = [
            leaf(
                "ORDER",
                str(invoice.stage),
                [
                    ("REF", order.reference),
                    ("ID", order.code),
                    ("INVOICE", invoice.code),
                    ("COMPLETE", flag(order.complete and invoice is order.invoices[-1])),
                    ("CONSIGNMENT", invoice.consignment),
                    ("URN", order.urn),
                ],
            )
            for order, invoices in orders
            for invoice in invoices
        ]
        return self._page.whole(node("ORDER_STATUSES", rows))

    def _order_status(self, order: Order, invoices: Sequence[Invoice], *, show_items: bool) -> str:
        items_net = sum((line.net for line in order.lines), Decimal(0))
        items_gross = sum((line.gross for line in order.lines), Decimal(0))
        assigned = sum(line.shipped + (0 if order.cancelled else line.sendable) for line in order.lines)
        company = [("COMPANY_CODE", order.urn), ("OTHER_REF", order.customer_ref)]
        parts = [
            leaf("COMPANY_NAME", order.company_name, company),
            leaf("ORDER_TYPE", order.kind, [("TYPE_ID", order.kind[0])]),
            leaf("COURIER", order.courier),
            leaf("CURRENCY_CODE", order.currency),
            leaf("DATE_CREATED", self._page.day(order.created_at)),
            leaf("DELIVERY_DATE", f"{order.delivery_date:%d/%m/%Y}"),
            leaf("ITEMS_TOTAL", plain(items_gross), [("NET_VALUE", plain(items_net))]),
            leaf("DELIVERY_TOTAL", plain(order.delivery_gross), [("NET_VALUE", plain(order.delivery_net))]),
            leaf("COMPLETE", flag(order.complete)),
            leaf("QTY_SOLD", str(sum(line.ordered for line in order.lines))),
            leaf("QTY_ASSIGNED", str(assigned)),
        ]
        if order.cancelled:
            day = order.cancelled.at.astimezone(self._settings.server_timezone).date().isoformat()
            reason = [("CANCELLED_DATE_TIME", day), ("REASON", order.cancelled.reason)]
            parts.append(node("CANCELLED", leaves([*reason, ("USER_NAME", order.cancelled.user)])))
        parts.append(node("INVOICES", [self._invoice(invoice, show_items=show_items) for invoice in invoices]))
        return node("ORDER_STATUS", parts, [("SORDER_CODE", order.code), ("ASSOCIATED_REF", order.reference)])

    def _invoice(self, invoice: Invoice, *, show_items: bool) -> str:
        on_box_only = invoice.boxed and self._settings.box_consignment == "box"
        parcel = [("CONSIGNMENT_REF", invoice.consignment), ("TRACKING_URL", invoice.tracking_url)]
        attributes = [
            ("INVOICE_CODE", invoice.code),
            ("INVOICE_DATE", self._page.day(invoice.edited_at)),
            ("SHIP_DATE", self._page.day(invoice.shipped_at)),
            ("ISSUE_DATE", self._page.day(invoice.issued_at)),
            ("INVOICE_STAGE_ID", str(invoice.stage)),
            ("INVOICE_STAGE_DESC", STAGES.get(invoice.stage, "CUSTOM")),
            ("COURIER", invoice.courier),
            *(((name, "") for name, _ in parcel) if on_box_only else parcel),
            ("QTY_SOLD", str(invoice.sold)),
            ("QTY_SENT", str(invoice.sent)),
            ("MOVED", flag(invoice.moved)),
        ]
        rows = [[("STOCK_CODE", row.stock_code), ("QTY_SENT", str(row.units))] for row in invoice.rows]
        if not show_items:
            rows = []
        parts: list[str] = []
        if invoice.boxed:
            shipped = [
                ("SHIPPED", "-1"),
                ("SHIP_DATE", self._page.day(invoice.shipped_at)),
                ("COURIER", invoice.courier),
            ]
            parts.append(node("BOX", [node("BOX_ITEM", (), row) for row in rows], [*shipped, *parcel]))
        if rows:
            parts.append(node("INVOICE_ITEMS", [node("INVOICE_ITEM", (), row) for row in rows]))
        return node("INVOICE", parts, attributes)


def _style(style: KhaosStyle) -> list[str]:
    return leaves([("DESCRIPTION", style.description), ("SCS_CODE_SUFFIX", style.suffix)])


def _exported(order: Order) -> str:
    root = parse_document(order.document)
    detail, header = root.find("CUSTOMER_DETAIL"), root.find("ORDER_HEADER")
    assert detail is not None
    assert header is not None
    put(detail, "COMPANY_CODE", order.urn)
    put(header, "FORCE_SORDER_CODE", order.code)
    for payment in root.iter("PAYMENT_DETAIL"):
        for secret in ("CARD_NUMBER", "CARD_CV2"):
            for found in payment.findall(secret):
                found.text = ""
    return ET.tostring(root, encoding="unicode")
