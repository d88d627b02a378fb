"""ORDER_STATUSES, the answer of ExportOrderStatus: a row per invoice, or per order without one (KSDXMLOrderStatus)."""

from xml.etree.ElementTree import Element

from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.models import RecentStatus, Rows

__all__ = ["read_recent_statuses"]


def read_recent_statuses(root: Element, reading: Reading) -> Rows[RecentStatus]:
    """The rows; a broken one never hides the others. Raises ``Undecodable`` if the document is another one."""
    if root.tag != "ORDER_STATUSES":
        raise reading.broken(f"/{root.tag}", "ORDER_STATUSES")
    orders = Node(root, "/ORDER_STATUSES", reading).children("ORDER")
    return read_rows(orders, _status, key=lambda node: node.text("@REF") or node.text("@ID"))


def _status(node: Node) -> RecentStatus | None:
    if not node.element.attrib and not node.own_text():
        return None
    code, stage = node.text("@ID"), node.whole(".")
    if not code:
        raise node.broken("@ID", "an order code")
    if stage is None:
        raise node.reading.broken(node.path, "a stage number")
    return RecentStatus(
        associated_ref=node.text("@REF"),
        sorder_code=code,
        stage_id=stage,
        invoice_code=node.text("@INVOICE"),
        complete=node.flag("@COMPLETE"),
        consignment_ref=node.text("@CONSIGNMENT"),
        urn=node.text("@URN"),
    )
