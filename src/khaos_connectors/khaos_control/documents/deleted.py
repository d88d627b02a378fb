"""DELETED_ENTRIES: what is gone, and what it was merged into (GetDeletedEntries, KSDXMLDeletedEntries)."""

from xml.etree.ElementTree import Element

from khaos_connectors.khaos_control.company_models import DeletedEntry
from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.models import Rows

__all__ = ["read_deleted_entries"]


def read_deleted_entries(root: Element, reading: Reading) -> Rows[DeletedEntry]:
    """The entries; a broken one never hides the others. Raises ``Undecodable`` if the document is another one."""
    if root.tag != "DELETED_ENTRIES":
        raise reading.broken(f"/{root.tag}", "DELETED_ENTRIES")
    entries = Node(root, "/DELETED_ENTRIES", reading).children("DELETED_ENTRY")
    return read_rows(entries, _entry, key=lambda node: node.text("HEADER_ID"))


def _entry(node: Node) -> DeletedEntry | None:
    if not len(node.element):
        return None
    header_id, kind = node.text("HEADER_ID"), node.whole("DOCUMENT_TYPE")
    if not header_id:
        raise node.broken("HEADER_ID", "an id")
    if kind is None:
        raise node.broken("DOCUMENT_TYPE", "a whole number")
    return DeletedEntry(
        header_id=header_id,
        document_type=kind,
        merged_into=node.text("ADDITIONAL_REF"),
        deleted_on=node.moment("DELETION_DATE"),
        parent_id=node.text("PARENT_ID"),
    )
