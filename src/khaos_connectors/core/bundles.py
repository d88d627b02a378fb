"""Things that are sold as one and made of several: how many there can be, and who gets components that are shared.

The order of work: ``flatten`` a recipe down to components that are in stock (nested kits, cycles and bad lines come to
light there), take each component's pool less its buffer, then ask ``available_bundles`` for one bundle alone, or
``joint`` for all listings that draw on the same components. A bundle gets no second buffer of its own by default.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed, whole_numbers
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.money import Money
from khaos_connectors.core.quantities import exact, whole
from khaos_connectors.core.stock import Demand

__all__ = [
    "Bundle",
    "BundleFault",
    "Claim",
    "Joint",
    "KitRule",
    "Taken",
    "available_bundles",
    "component_demands",
    "explain_joint",
    "flatten",
    "joint",
    "share_price",
]


class KitRule(Enum):
    """Where the components of one bundle may come from: all from one location (PER_LOCATION, one parcel), or from
    anywhere (POOLED).
    """

    PER_LOCATION = "per location"
    POOLED = "pooled"


@attrs.frozen(field_transformer=typed)
class Bundle:
    """A thing made of others: *needs* says how many eaches of each component one bundle takes.

    *prekitted* are bundles that stand ready on the shelf and may still be promised; below 0, that many are owed.
    Recipes are data of the ERP, so a need of 0 or less can be told here; ``flatten`` finds it, and there are 0 of such
    a bundle. Raises TypeError for numbers that are not ``int``.
    """

    code: StockCode
    needs: Mapping[StockCode, int]
    prekitted: int = 0


@attrs.frozen(field_transformer=typed)
class BundleFault:
    """Why there can be none of a bundle: BUNDLE_INVALID, or CONFIG_MISSING where nothing in it is counted."""

    code: StockCode
    reasons: tuple[Reason, ...]


# --- recipes -------------------------------------------------------------------------------------------------------


def flatten(
    bundle: Bundle,
    kits: Iterable[Bundle] = (),
    *,
    known: Collection[StockCode] | None = None,
    non_stock: Collection[StockCode] = (),
) -> Bundle | BundleFault:
    """*bundle* with every component that is itself one of *kits* replaced by what that is made of.

    Needs are multiplied on the way down and repeated components added up. Components in *non_stock* (a gift note, a
    service) are left out. *prekitted* of the bundle stays; that of nested kits is not counted. *known* are the stock
    codes that the ERP has; None believes every code.

    A BundleFault says all that is wrong at once: a kit inside itself, with the way round; needs of 0 or less; unknown
    components; a kit without components. Where only non-stock components are left the bundle cannot be counted, and
    needs a policy of its own. Raises ValueError when two of *kits* (or *bundle*) are two recipes of one code.
    """
    recipes = _recipes(bundle, kits)
    order, cycle = _parents_first(bundle.code, recipes)
    wrong = dict[str, str]()
    if cycle:
        wrong["cycle"] = " > ".join(cycle)
    empty = [code for code in order if not recipes[code].needs]
    if empty:
        wrong["without components"] = ", ".join(empty)
    lines = [(code, part, units) for code in order for part, units in recipes[code].needs.items()]
    if bad := [f"{units} {part} in {code}" for code, part, units in lines if units <= 0]:
        wrong["needs of 0 or less"] = ", ".join(bad)
    parts = {part for _, part, _ in lines} - recipes.keys()
    left_out = parts & set(non_stock)
    if known is not None and (unknown := parts - left_out - set(known)):
        wrong["unknown"] = ", ".join(sorted(unknown))
    if wrong:
        return _fault(bundle.code, ExceptionType.BUNDLE_INVALID, wrong)
    needs = _exploded(bundle.code, order, recipes, left_out)
    if not needs:
        return _fault(bundle.code, ExceptionType.CONFIG_MISSING, {"only non-stock": ", ".join(sorted(left_out))})
    return attrs.evolve(bundle, needs=needs)


def _recipes(bundle: Bundle, kits: Iterable[Bundle]) -> dict[StockCode, Bundle]:
    recipes = {bundle.code: bundle}
    for kit in kits:
        if recipes.setdefault(kit.code, kit).needs != kit.needs:
            raise ValueError(f"kits: there are two recipes for {kit.code}")
    return recipes


def _parents_first(root: StockCode, recipes: Mapping[StockCode, Bundle]) -> tuple[list[StockCode], list[StockCode]]:
    """The kits in *root*, each before the kits that are in it; and the first way from a kit back to itself, if any.

    A walk with a stack of its own: recipes nested a thousand deep are absurd, but no reason to fall over.
    """
    done: dict[StockCode, None] = {}
    cycle: list[StockCode] = []
    path = {root: iter(recipes[root].needs)}
    while path:
        kit = next(reversed(path))
        part = next(path[kit], None)
        if part is None:
            del path[kit]
            done[kit] = None
        elif part in path:
            way = list(path)
            cycle = cycle or [*way[way.index(part) :], part]
        elif part in recipes and part not in done:
            path[part] = iter(recipes[part].needs)
    return list(reversed(done)), cycle


def _exploded(
    root: StockCode, order: Sequence[StockCode], recipes: Mapping[StockCode, Bundle], left_out: set[StockCode]
) -> dict[StockCode, int]:
    units = {root: 1}
    for kit in order:
        count = units.pop(kit)
        for part, need in recipes[kit].needs.items():
            units[part] = units.get(part, 0) + count * need
    return {part: count for part, count in units.items() if part not in left_out}


def _fault(code: StockCode, kind: ExceptionType, wrong: Mapping[str, str]) -> BundleFault:
    told = "; ".join(f"{what}: {which}" for what, which in wrong.items())
    return BundleFault(code, (Reason(type=kind, entity=code, message=f"Bundle {code} - {told}.", evidence=wrong),))


def component_demands(demand: Demand, bundle: Bundle) -> tuple[Demand, ...]:
    """*demand* for a flat *bundle* as demand for its components: what ``stock.in_flight`` has to count.

    Every figure of the demand is multiplied by the need. Raises ValueError when the demand is for something else.
    """
    if demand.stock_code != bundle.code:
        raise ValueError(f"the demand is for {demand.stock_code}, not for {bundle.code}")
    return tuple(
        attrs.evolve(
            demand,
            stock_code=code,
            ordered=demand.ordered * need,
            cancelled=demand.cancelled * need,
            refused=demand.refused * need,
            allocated=demand.allocated * need,
            despatched=demand.despatched * need,
        )
        for code, need in bundle.needs.items()
    )


# --- one bundle ----------------------------------------------------------------------------------------------------


def available_bundles(
    bundle: Bundle, available: Mapping[str, Mapping[StockCode, int]], *, rule: KitRule = KitRule.PER_LOCATION
) -> int:
    """How many of a flat *bundle* there can be: those that stand ready and those that can be made up.

    *available* is, per location, each component's pool after its own buffer; a code that a location does not name is
    not there. A location in debt takes from the others, as in ``stock.pool`` (NET). Never below 0; 0 where a need is 0
    or less, and no more than *prekitted* where there are no needs. PER_LOCATION never gives more than POOLED.
    """
    for location, stock in available.items():
        # Only what is asked for: the stock of a whole site is handed in for every bundle of a catalogue.
        whole_numbers(f"available at {location}", {code: stock[code] for code in bundle.needs if code in stock})
    if any(need <= 0 for need in bundle.needs.values()):
        return 0
    if rule is KitRule.PER_LOCATION:
        made_up = sum(_made_up(bundle.needs, stock) for stock in available.values())
    else:
        total = {code: sum(stock.get(code, 0) for stock in available.values()) for code in bundle.needs}
        made_up = _made_up(bundle.needs, total)
    return max(0, bundle.prekitted + max(0, made_up))


def _made_up(needs: Mapping[StockCode, int], stock: Mapping[StockCode, int]) -> int:
    """What the scarcest component is enough for; below 0 where it is owed."""
    return min((stock.get(code, 0) // need for code, need in needs.items()), default=0)


# --- many listings that share components ---------------------------------------------------------------------------


def _claimed(_: object, __: object, needs: Mapping[StockCode, int]) -> None:
    if not needs:
        raise ValueError("needs: a claim is for one component or more")
    for code, units in needs.items():
        if units <= 0:
            raise ValueError(f"needs must be 1 or more, not {units} of {code}: flatten finds such recipes")


@attrs.frozen(field_transformer=typed)
class Claim:
    """What one unit of a *listing* needs, in eaches per component: one line for a plain item, more for a bundle.

    No more than *cap* units are given (None: no limit). A lower *priority* goes first. *prekitted* units of the
    listing stand ready; they go first, and below 0 that many are owed. Raises ValueError for needs or a cap below
    what makes sense, TypeError for numbers that are not ``int``.
    """

    listing: str
    needs: Mapping[StockCode, int] = attrs.field(validator=_claimed)
    cap: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole(least=0)))
    priority: int = 0
    prekitted: int = 0


@attrs.frozen(kw_only=True, field_transformer=typed)
class Taken:
    """What a listing is given (*units*) and *why* it is not more."""

    listing: str
    units: int
    why: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class Joint:
    """Components given out to listings, in the order of the walk, and what of each is *left*.

    A next batch starts from *left*, so that it cannot give the same component again.
    """

    taken: tuple[Taken, ...]
    left: Mapping[StockCode, int]

    @property
    def units(self) -> dict[str, int]:
        """What each listing is given."""
        return {taken.listing: taken.units for taken in self.taken}


def joint(claims: Sequence[Claim], available: Mapping[StockCode, int]) -> dict[str, int]:
    """How many units of each listing all can be promised together, so that no component is promised twice.

    The listings are served by (priority, listing id): each as many as its cap and the components that are left allow.
    *available* is each component's pool after its buffer; a code that is not in it is not there. The order lines of a
    batch are checked in the same way: a claim for each, its cap the units ordered, its priority the place in the
    queue. ``explain_joint`` says the same with reasons and what is left. Raises ValueError when a listing claims twice.
    """
    return explain_joint(claims, available).units


def explain_joint(claims: Sequence[Claim], available: Mapping[StockCode, int]) -> Joint:
    """``joint`` with its reasons: what held each listing back, and what of each component is left."""
    if twice := [listing for listing, times in Counter(claim.listing for claim in claims).items() if times > 1]:
        raise ValueError(f"listing {', '.join(twice)} claims twice")
    whole_numbers("available", available)
    left = dict(available)
    taken: list[Taken] = []
    for claim in sorted(claims, key=lambda claim: (claim.priority, claim.listing)):
        made_up = max(0, _made_up(claim.needs, left))
        units = max(0, claim.prekitted + made_up)
        if claim.cap is not None:
            units = min(claim.cap, units)
        used = min(made_up, max(0, units - claim.prekitted))
        taken.append(Taken(listing=claim.listing, units=units, why=_limit(claim, units, left)))
        for code, need in claim.needs.items():
            left[code] = left.get(code, 0) - used * need
    return Joint(taken=tuple(taken), left=left)


def _limit(claim: Claim, units: int, left: Mapping[StockCode, int]) -> str:
    if units == claim.cap:
        return f"no more than {claim.cap} are to be listed"
    scarce = min(claim.needs, key=lambda code: left.get(code, 0) // claim.needs[code])
    why = f"{left.get(scarce, 0)} {scarce} are left, and one takes {claim.needs[scarce]}"
    return f"{why}; {claim.prekitted} stand ready" if claim.prekitted else why


# --- the price of components ---------------------------------------------------------------------------------------


def share_price(
    price: Money, needs: Mapping[StockCode, int], list_prices: Mapping[StockCode, Decimal]
) -> dict[StockCode, Money]:
    """The *price* of one bundle (or of a line of them) shared out to its components, to the penny.

    In proportion to what the components cost on their own: list price times units. What rounding down leaves goes, a
    penny each, to the largest fractions, equal ones in the order of *needs*. For ERPs that do not explode kits.
    Raises ValueError when a list price is missing or below 0, or all of them are 0.
    """
    if missing := [code for code in needs if code not in list_prices]:
        raise ValueError(f"list_prices: there is none for {', '.join(missing)}")
    # As fractions: the caller's decimal context must not round a price here.
    parts = price.split([exact(list_prices[code]) * units for code, units in needs.items()])
    return dict(zip(needs, parts, strict=True))
