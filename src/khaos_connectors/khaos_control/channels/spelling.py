"""What the vendor's pages leave open about the Channels documents, as settings; readers take every spelling."""

from typing import Literal

import attrs

__all__ = ["Spelling"]


@attrs.frozen(kw_only=True)
class Spelling:
    """How documents are written where the vendor's tables, examples and sample pages differ.

    *return_source* with *return_source_nested*: a returned item's order is ``SourceReference`` (the tables) or
    ``SourceReturnReference`` (the examples), around a ``SourceOrder`` or (the sample page) not. Try it against a real
    channel before the first return depends on it.
    *bank_account*: in XML as text (the example) or by attributes (the table). *text_item* is the XML name of the items
    of a list of texts, which no page shows. *provided_stock*: the answer to ProvidedStock by the text or by the older
    sample page. *order_status* and *short_description* are for whoever stands in for the ERP.
    """

    return_source: Literal["SourceReference", "SourceReturnReference"] = "SourceReference"
    return_source_nested: bool = True
    bank_account: Literal["text", "attributes"] = "text"
    text_item: str = "string"
    provided_stock: Literal["changes", "items"] = "changes"
    order_status: Literal["Status", "OrderStatus"] = "Status"
    short_description: Literal["ShortDescription", "StockDescription"] = "ShortDescription"
