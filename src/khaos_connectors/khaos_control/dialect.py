"""How one installation wants to be spoken to on the wire; the defaults are what the vendor documents."""

from collections.abc import Mapping
from typing import Literal

import attrs

from khaos_connectors.calls.soap import Parameter

__all__ = ["Dialect"]


@attrs.frozen(kw_only=True)
class Dialect:
    """Settings of the SOAP layer, to be overridden where a customer's description of the service differs.

    *namespace* of the operations; *soap_action* with ``{namespace}`` and ``{operation}`` (None: no such header).
    *missing*: parameters without a value are sent as nil or left out. *boolean*: true/false or 1/0.
    *parameter_names*: other spellings, keyed ``"ExportStockStatus.StockCode"``. *extra_parameters* are appended to
    every call (some installations want credentials there).
    """

    namespace: str = "urn:IKosWebIntf-IKosWeb"
    soap_action: str | None = "{namespace}#{operation}"
    missing: Literal["nil", "omit"] = "nil"
    boolean: Literal["words", "digits"] = "words"
    parameter_names: Mapping[str, str] = attrs.field(factory=dict[str, str])
    extra_parameters: tuple[Parameter, ...] = attrs.field(default=(), repr=False)
