"""How one installation wants to be spoken to on the wire; the defaults are what the vendor documents."""

from collections.abc import Mapping
from string import Formatter
from typing import Literal

import attrs

from khaos_connectors.calls.soap import Parameter
from khaos_connectors.errors import ConfigError

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

    def __attrs_post_init__(self) -> None:
        if self.soap_action is None:
            return
        try:
            fields = [field for _, field, _, _ in Formatter().parse(self.soap_action) if field is not None]
        except ValueError as bad:
            raise ConfigError(field="soap_action", problem=f"{self.soap_action!r}: {bad}") from None
        for field in fields:
            if field not in {"namespace", "operation"}:
                problem = f"{{{field}}} is not known; {{namespace}} and {{operation}} are, other braces are doubled"
                raise ConfigError(field="soap_action", problem=problem)
