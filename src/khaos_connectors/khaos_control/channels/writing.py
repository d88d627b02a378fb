"""Writing Channels documents, in XML or in JSON: what the ERP fetches from us, and what a stand-in for it pushes."""

from xml.etree.ElementTree import tostring

from khaos_connectors.calls.decode import to_json
from khaos_connectors.khaos_control.channels.codes import Format
from khaos_connectors.khaos_control.channels.document import EndpointConfig
from khaos_connectors.khaos_control.channels.roots import Document, root_of
from khaos_connectors.khaos_control.channels.spelling import Conventions
from khaos_connectors.khaos_control.channels.trees import tree_of
from khaos_connectors.khaos_control.channels.xml_form import element_of

__all__ = ["write_document", "write_row"]


def write_document(document: Document, form: Format, by: Conventions) -> bytes:
    """*document* in UTF-8. What a record does not have is left out: neither form may hold a null.

    Raises ``ValueError`` for what cannot be written: a naive time, a number that is not finite, a character that XML
    cannot carry. What the ERP would refuse is told by ``checks.problems`` beforehand.
    """
    tree = tree_of(document, by)
    root = root_of(type(document))
    if form is Format.XML:
        element = element_of(root, tree, type(document), by.spelling)
        # Not by tostring's own declaration: it writes the encoding in single quotes and lower case.
        text: bytes = tostring(element, encoding="utf-8", xml_declaration=False)
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text
    if isinstance(document, EndpointConfig) and by.spelling.wrapped_json_config:
        tree = {root: tree}
    return to_json(tree).encode()


def write_row(record: object, by: Conventions) -> str:
    """One *record* of a document as JSON text, for a store; ``reading.read_row`` is the inverse."""
    return to_json(tree_of(record, by))
