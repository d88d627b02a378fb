"""Which products the simulated marketplace has, and H11, PM11, VL11, P31: what it tells of them."""

from collections.abc import Iterable
from zlib import crc32

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.product_state import Attribute, Category, Product, ean
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer

__all__ = [
    "OPERATIONS",
    "category_label",
    "find_products",
    "lineage",
    "list_attributes",
    "list_categories",
    "list_values",
    "product_of",
    "product_sku",
    "products",
    "referenced",
    "tree",
]


def product_sku(state: MiraklState, sku: str) -> str:
    """The operator's own SKU of the product that an offer is on."""
    given = state.offers[sku].product_sku
    return given or f"MKP{state.offer_work.number(sku, state.offers):012d}"


def product_of(state: MiraklState, sku: str) -> Product:
    """The product that an offer is on: as the operator's catalogue has it, else as the offer names it."""
    offer, code = state.offers[sku], product_sku(state, sku)
    known = state.products.added.get(code)
    known = known or next((each for each in state.settings.products.products if each.sku == code), None)
    return known or Product(
        sku=code,
        title=offer.title or f"Sample product {sku}",
        category=offer.category,
        references=(("EAN", ean(crc32(code.encode()))),),
    )


def products(state: MiraklState) -> dict[str, Product]:
    """Every product by the operator's SKU."""
    offered = (product_of(state, sku) for sku in state.offers)
    told = (*state.settings.products.products, *state.products.added.values())
    return {each.sku: each for each in (*offered, *told)}


def referenced(state: MiraklState) -> dict[tuple[str, str], Product]:
    """Every product by each of its references, and by the operator's SKU as the kind ``SKU``."""
    known = products(state).values()
    return {pair: each for each in known for pair in (("SKU", each.sku), *each.references)}


def tree(state: MiraklState) -> dict[str, Category]:
    """Every category by its code; those that only offers name stand at the root."""
    known = {each.code: each for each in state.settings.products.categories}
    for offer in state.offers.values():
        known.setdefault(offer.category, Category(code=offer.category, label=offer.category.title()))
    return known


def category_label(state: MiraklState, code: str) -> str:
    """What a category is called."""
    return next((each.label for each in state.settings.products.categories if each.code == code), code.title())


def lineage(known: dict[str, Category], code: str) -> tuple[str, ...]:
    """The codes from the root down to *code*, which is among them."""
    found = [code]
    while (parent := known[found[0]].parent) in known:
        found.insert(0, parent)
    return tuple(found)


def _around(state: MiraklState, asked: Asked) -> dict[str, Category]:
    """The categories asked for: all, or one with its parents and its children down to ``max_level``."""
    known, wanted = tree(state), asked.one("hierarchy")
    deep = None if asked.one("max_level") is None else asked.number("max_level", 0, least=0)
    if wanted is None:
        return {code: each for code, each in known.items() if deep is None or len(lineage(known, code)) <= deep}
    if wanted not in known:
        raise Refusal(404, f"Hierarchy with code '{wanted}' not found")
    above = lineage(known, wanted)
    lines = {code: lineage(known, code) for code in known}
    below = {
        code for code, line in lines.items() if wanted in line and (deep is None or len(line) <= len(above) + deep)
    }
    return {code: each for code, each in known.items() if code in above or code in below}


def list_categories(state: MiraklState, asked: Asked) -> Response:
    """H11: the tree of categories."""
    known = tree(state)
    rows: list[Json] = [
        {
            "code": each.code,
            "label": each.label,
            "label_translations": _translated(state, each.label),
            "level": len(lineage(known, each.code)),
            "parent_code": each.parent,
        }
        for each in _around(state, asked).values()
    ]
    return answer({"hierarchies": rows})


def list_attributes(state: MiraklState, asked: Asked) -> Response:
    """PM11: the attributes of categories, as JSON only. What is switched off is shown to those who ask for all."""
    around, everything = _around(state, asked), asked.flag("all_operator_attributes") is True
    with_roles = asked.flag("with_roles") is True
    rows: list[Json] = [
        _attribute(state, each)
        for each in state.settings.products.attributes
        if (not each.category or each.category in around)
        and (each.role or not with_roles)
        and (everything or each.level != "DISABLED")
    ]
    return answer({"attributes": rows})


def _attribute(state: MiraklState, each: Attribute) -> Json:
    channel = state.settings.channel
    parameters = [("LIST_CODE", each.values)] if each.values else []
    checks = [] if each.longest is None else [f"MAX_LENGTH|{each.longest}"]
    if each.role == "UNIQUE_IDENTIFIER":
        checks.append("PRODUCT_REFERENCE|EAN-13")
    return {
        "code": each.code,
        "label": each.label,
        "label_translations": _translated(state, each.label),
        "description": None,
        "description_translations": [],
        "example": None,
        "hierarchy_code": each.category,
        "required": each.level == "REQUIRED",
        "requirement_level": each.level,
        "roles": [{"type": each.role, "parameters": []}] if each.role else [],
        "transformations": None,
        "type": each.type,
        "type_parameter": each.values,
        "type_parameters": [{"name": name, "value": value} for name, value in parameters],
        "validations": ",".join(checks) or None,
        "variant": each.variant,
        "channels": [] if channel is None else [{"code": channel}],
    }


def list_values(state: MiraklState, asked: Asked) -> Response:
    """VL11: the lists of values that attributes take."""
    wanted = asked.one("code")
    found = [each for each in state.settings.products.value_lists if wanted in (None, each.code)]
    if wanted is not None and not found:
        raise Refusal(404, f"Values list with code '{wanted}' not found")
    rows: list[Json] = [
        {
            "code": each.code,
            "label": each.label,
            "label_translations": _translated(state, each.label),
            "values": [
                {"code": code, "label": label, "label_translations": _translated(state, label)}
                for code, label in each.values
            ],
        }
        for each in found
    ]
    return answer({"values_lists": rows})


def find_products(state: MiraklState, asked: Asked) -> Response:
    """P31: products by references of the operator's kinds. What nobody has is left out, and SKUs are no references."""
    asked.choice("locale", state.settings.locales[0], state.settings.locales)
    name = "product_references" if asked.one("product_references") is not None else "products"
    wanted = set(_references(asked, name))
    if not wanted:
        raise Refusal(400, "Required parameter 'product_references' is not present.")
    found = [
        (each.sku, kind, value, each)
        for each in products(state).values()
        for kind, value in each.references
        if (kind, value) in wanted
    ]
    rows: list[Json] = [
        {
            "category_code": each.category,
            "category_label": category_label(state, each.category),
            "product_id": value,
            "product_id_type": kind,
            "product_sku": sku,
            "product_title": each.title,
        }
        for sku, kind, value, each in sorted(found, key=lambda row: row[:3])
    ]
    return answer({"products": rows, "total_count": len(rows)})


def _references(asked: Asked, name: str) -> Iterable[tuple[str, str]]:
    for text in asked.commas(name):
        kind, bar, value = text.partition("|")
        if not bar or not value or kind in ("", "SKU", "SHOP_SKU"):
            raise Refusal(400, f"Invalid value for the parameter : {name}")
        yield kind, value


def _translated(state: MiraklState, label: str) -> list[Json]:
    return [{"locale": locale, "value": label} for locale in state.settings.locales]


OPERATIONS = (
    operation("H11", "GET", "api/hierarchies", list_categories),
    operation("P31", "GET", "api/products", find_products),
    operation("PM11", "GET", "api/products/attributes", list_attributes),
    operation("VL11", "GET", "api/values_lists", list_values),
)
