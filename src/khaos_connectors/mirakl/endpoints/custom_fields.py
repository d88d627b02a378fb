"""How custom fields of orders, lines and shops are written into bodies."""

from collections.abc import Mapping

from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.models.additional_fields import AdditionalFieldType, NewAdditionalField
from khaos_connectors.mirakl.scope import Scope

__all__ = ["written_field"]


def written_field(
    scope: Scope, operation: str, at: str, field: NewAdditionalField, *, emptied: Mapping[str, object]
) -> dict[str, object]:
    """*field* in the list *at*; without a value it is removed, which *operation* is told by *emptied*, not by a type.

    Raises ``Invalid`` without a code, and where value and type do not go together.
    """
    if not field.code:
        raise refused_locally(scope, operation, f"{at}.code", "must not be empty")
    if not field.value:
        return {"code": field.code, **emptied}
    several = field.type is AdditionalFieldType.MULTIPLE_VALUES_LIST
    if isinstance(field.value, tuple):
        if field.type is not None and not several:
            raise refused_locally(scope, operation, field.code, f"takes one text, being {field.type.value}")
        return {"code": field.code, "type": "MULTIPLE_VALUES_LIST", "value": list(field.value)}
    if several:
        raise refused_locally(scope, operation, field.code, "takes several texts: give a tuple")
    named = {} if field.type is None else {"type": field.type.value}
    return {"code": field.code, **named, "value": field.value}
