"""EndpointConfig: the document behind the channel's "Configuration URL", which tells the ERP where to call us.

The ERP fetches it once a day; only a change of that URL makes it look earlier.
"""

import attrs

from khaos_connectors.khaos_control.channels import fields
from khaos_connectors.khaos_control.channels.codes import Format

__all__ = ["Endpoint", "EndpointConfig"]


@attrs.frozen(kw_only=True)
class Endpoint:
    """Where one document is fetched or pushed. *frequency*, in minutes, is for those that are fetched."""

    url: str = attrs.field(metadata=fields.text("URL"))
    format: Format = attrs.field(metadata=fields.code("Format", Format))
    frequency: int | None = attrs.field(default=None, metadata=fields.whole("Frequency"))


@attrs.frozen(kw_only=True)
class EndpointConfig:
    """The endpoints that we offer; the vendor demands *order_download*, *stock_status_upload* and *stock_upload*."""

    order_download: Endpoint | None = attrs.field(default=None, metadata=fields.record("OrderDownload", Endpoint))
    order_status_upload: Endpoint | None = attrs.field(
        default=None, metadata=fields.record("OrderStatusUpload", Endpoint)
    )
    stock_status_upload: Endpoint | None = attrs.field(
        default=None, metadata=fields.record("StockStatusUpload", Endpoint)
    )
    stock_upload: Endpoint | None = attrs.field(default=None, metadata=fields.record("StockUpload", Endpoint))
    customer_return_download: Endpoint | None = attrs.field(
        default=None, metadata=fields.record("CReturnDownload", Endpoint)
    )
    provided_stock: Endpoint | None = attrs.field(default=None, metadata=fields.record("ProvidedStock", Endpoint))
    price_list_upload: Endpoint | None = attrs.field(default=None, metadata=fields.record("PriceListUpload", Endpoint))
