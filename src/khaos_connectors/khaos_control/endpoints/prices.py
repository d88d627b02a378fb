"""The operations that tell and set price lists."""

from collections.abc import Collection

from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.soap import Parameter
from khaos_connectors.errors import Invalid
from khaos_connectors.khaos_control.documents.price_lists import price_problems, read_price_lists, write_price_lists
from khaos_connectors.khaos_control.endpoints._calling import Service, call, csv, document_call
from khaos_connectors.khaos_control.enums import PriceListKind
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.price_models import PriceList
from khaos_connectors.khaos_control.structure_fields import texts_in

__all__ = ["export_price_list", "export_price_lists", "get_price_lists", "import_price_lists"]


def get_price_lists(service: Service) -> Call[tuple[str, ...]]:
    """The names of all price lists (GetPriceLists)."""
    return call(service, "GetPriceLists", (), texts_in)


def export_price_list(service: Service, name: str = "") -> Call[Rows[PriceList]]:
    """The price list *name*, of items only; "": the one that starts with "web" (ExportPriceList).

    The service refuses where several lists match.
    """
    operation = "ExportPriceList"
    reading = service.reading(operation)
    return document_call(
        service, operation, (Parameter("PriceList", name),), lambda root: read_price_lists(root, reading)
    )


def export_price_lists(
    service: Service, names: Collection[str] = (), *, kind: PriceListKind, ids: Collection[str] = ()
) -> Call[Rows[PriceList]]:
    """The price lists *names*, or those with the *ids*, of one *kind* (ExportPriceListEx).

    Neither would mean everything: ``ValueError``. A name or id with a comma cannot be asked for: ``Invalid``.
    """
    operation = "ExportPriceListEx"
    if not names and not ids:
        raise ValueError("names: must not be empty without ids, the service may take that for everything")
    reading = service.reading(operation)
    parameters = (
        Parameter("PriceLists", csv(service, operation, "PriceLists", names)),
        Parameter("PriceListType", int(kind)),
        Parameter("PriceListIDs", csv(service, operation, "PriceListIDs", ids) if ids else None),
    )
    return document_call(service, operation, parameters, lambda root: read_price_lists(root, reading))


def import_price_lists(service: Service, lists: Collection[PriceList]) -> Call[str]:
    """Overwrite price lists; the answer is the service's own text (ImportPriceLists).

    The effect is the same however often it is sent. ``ValueError`` for no lists, ``Invalid`` for what must not be sent.
    """
    operation = "ImportPriceLists"
    if not lists:
        raise ValueError("lists: must not be empty")
    problems = price_problems(lists)
    if problems:
        raise Invalid(
            system=service.system, operation=operation, message="not sent: prices are not fit", fields=problems
        )
    parameters = (Parameter("PriceList", write_price_lists(lists)),)
    return call(service, operation, parameters, lambda value: (value.text or "").strip(), repeat="same-effect")
