"""What the vendor's pages leave open about the Channels documents, as settings; readers take every spelling."""

from typing import Literal

import attrs

from khaos_connectors.khaos_control.dates import ServerTime

__all__ = ["Conventions", "Spelling"]

_MAX_BYTES = 64 * 2**20


@attrs.frozen(kw_only=True)
class Spelling:
    """How documents are written where the vendor's tables, examples and sample pages differ.

    *return_source* with *return_source_nested*: a returned item's order is ``SourceReference`` (the tables) or
    ``SourceReturnReference`` (the examples), around a ``SourceOrder`` or (the sample page) not. Try it against a real
    channel before the first return depends on it.
    *bank_account*: in XML as text (the example) or by attributes (the table). *text_item* is the XML name of the items
    of a list of texts, which no page shows. *provided_stock*: the answer to ProvidedStock by the text or by the older
    sample page. *wrapped_json_config*: the configuration document in JSON is an object with one field,
    ``EndpointConfig``. *order_status* and *short_description* are for whoever stands in for the ERP.
    """

    return_source: Literal["SourceReference", "SourceReturnReference"] = "SourceReference"
    return_source_nested: bool = True
    bank_account: Literal["text", "attributes"] = "text"
    text_item: str = "string"
    provided_stock: Literal["changes", "items"] = "changes"
    wrapped_json_config: bool = True
    order_status: Literal["Status", "OrderStatus"] = "Status"
    short_description: Literal["ShortDescription", "StockDescription"] = "ShortDescription"


@attrs.frozen(kw_only=True)
class Conventions:
    """Whose documents they are (*account*, for errors), how their times are meant, and how they are spelt.

    *time*: documents carry the server's wall time without an offset; the hour that comes twice a year is taken as its
    first. A body of more than *max_bytes* is refused.
    """

    account: str
    time: ServerTime = attrs.field(factory=ServerTime)
    spelling: Spelling = attrs.field(factory=Spelling)
    max_bytes: int = _MAX_BYTES
