"""The CSV that carries prices in (PRI01). Pure.

The import deletes and replaces: an offer that is in the file has, afterwards, exactly the prices of the file.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.amounts import typed_money
from khaos_connectors.core.ids import ChannelSku

__all__ = ["MOST_PRICES", "OfferPrices", "PriceKind", "PriceRow", "newest_prices", "price_problem", "price_table"]

MOST_PRICES = 50
"""The most prices that one offer may have."""

_LONGEST_SKU = 40
_ALWAYS = ("offer-sku", "price")
_COLUMNS = (
    "offer-sku",
    "price-type",
    "price",
    "price-ranges",
    "discount-price",
    "discount-ranges",
    "channels",
    "start-date",
    "end-date",
    "customer-organization-ids",
    "customer-group-ids",
    "discount-start-date",
    "discount-end-date",
)


class PriceKind(Enum):
    """In a drop-ship shop PRICE is what the operator pays and RETAIL what the consumer pays; elsewhere PRICE is all."""

    PRICE = "PRICE"
    RETAIL = "RETAIL-PRICE"


def _steps(
    _: object, field: "attrs.Attribute[tuple[tuple[int, Decimal], ...]]", steps: tuple[tuple[int, Decimal], ...]
) -> None:
    for number, step in enumerate(steps):
        if tuple(map(type, step)) != (int, Decimal):
            raise TypeError(f"{field.name}[{number}] is (units from which it holds, price as a Decimal), not {step}")


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class PriceRow:
    """One price of an offer. Without channels, customers and dates it is the default one. Times are aware.

    *ranges* and *discount_ranges* are (quantity from which it holds, price).
    """

    price: Decimal
    discount_price: Decimal | None = None
    discount_start: datetime | None = None
    discount_end: datetime | None = None
    ranges: tuple[tuple[int, Decimal], ...] = attrs.field(default=(), validator=_steps)
    discount_ranges: tuple[tuple[int, Decimal], ...] = attrs.field(default=(), validator=_steps)
    channels: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    customer_organization_ids: tuple[str, ...] = ()
    customer_group_ids: tuple[str, ...] = ()
    kind: PriceKind = PriceKind.PRICE

    @property
    def is_default(self) -> bool:
        """Whether it holds everywhere, for everybody and always."""
        limits = (self.channels, self.customer_organization_ids, self.customer_group_ids, self.start, self.end)
        return not any(limits)


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class OfferPrices:
    """All prices that the offer *sku* shall have; what it has besides is deleted."""

    sku: ChannelSku
    rows: tuple[PriceRow, ...]


def newest_prices(offers: Iterable[OfferPrices]) -> tuple[OfferPrices, ...]:
    """One set of prices per SKU, the last one given, in the order in which SKUs first came."""
    return tuple({offer.sku: offer for offer in offers}.values())


def price_problem(offer: OfferPrices, *, decimals: int = 2) -> str:
    """Why these prices cannot go into a file, empty if they can; *decimals* is the operator's highest number."""
    sku = str(offer.sku)
    if not sku or sku != sku.strip() or len(sku) > _LONGEST_SKU or "/" in sku or not sku.isprintable():
        return f"the SKU must have 1 to {_LONGEST_SKU} printable characters, no slash and no blanks around it"
    if len(offer.rows) > MOST_PRICES:
        return f"an offer has at most {MOST_PRICES} prices, not {len(offer.rows)}"
    defaults = [row for row in offer.rows if row.is_default and row.kind is PriceKind.PRICE]
    if len(defaults) != 1:
        return f"an offer needs exactly one default price, not {len(defaults)}: what is not sent is deleted"
    return next((problem for row in offer.rows if (problem := _problem(row, decimals))), "") or _twice(offer.rows)


def price_table(offers: Sequence[OfferPrices], *, separator: str = ";") -> bytes:
    """The file for *offers* in UTF-8: all rows of an offer together, columns that nobody fills left out."""
    cells = [_cells(offer.sku, row) for offer in offers for row in offer.rows]
    used = [name for name in _COLUMNS if name in _ALWAYS or any(row[name] for row in cells)]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(used)
    writer.writerows([row[name] for name in used] for row in cells)
    return out.getvalue().encode()


def _problem(row: PriceRow, decimals: int) -> str:
    amounts = [row.price, *(price for _, price in (*row.ranges, *row.discount_ranges))]
    amounts += [] if row.discount_price is None else [row.discount_price]
    for amount in amounts:
        if not amount.is_finite() or amount < 0:
            return f"a price must be 0 or more, not {amount}"
        if _places(amount) > decimals:
            return f"the price {amount} has more than {decimals} decimals, and nothing is rounded here"
    if row.discount_price is not None and row.discount_price >= row.price:
        return f"the discount price {row.discount_price} must be less than the price {row.price}"
    for ranges in (row.ranges, row.discount_ranges):
        steps = [at for at, _ in ranges]
        if steps != sorted(set(steps)) or (steps and steps[0] < 1):
            return "ranges begin at 1 or more and rise"
    return _time_problem(row) or _list_problem(row)


def _twice(rows: Sequence[PriceRow]) -> str:
    """Why two rows cannot stand beside each other: one of them would be lost."""
    seen: set[object] = set()
    for row in rows:
        for channel in row.channels or ("",):
            whom = (frozenset(row.customer_organization_ids), frozenset(row.customer_group_ids))
            where = (row.kind, channel, whom, row.start, row.end)
            if where in seen:
                place = f"channel {channel}" if channel else "all channels"
                return f"two prices hold on {place} for the same customers and times"
            seen.add(where)
    return ""


def _time_problem(row: PriceRow) -> str:
    for start, end in ((row.start, row.end), (row.discount_start, row.discount_end)):
        if any(each is not None and each.tzinfo is None for each in (start, end)):
            return "a time needs its time zone"
        if start is not None and end is not None and end < start:
            return "a time ends before it begins"
    lower = row.discount_price is not None or bool(row.discount_ranges)
    if not lower and (row.discount_start is not None or row.discount_end is not None):
        return "a time of a discount needs a discount"
    return ""


def _list_problem(row: PriceRow) -> str:
    values = (*row.channels, *row.customer_organization_ids, *row.customer_group_ids)
    bad = next((each for each in values if not each.strip() or "|" in each or not each.isprintable()), None)
    return "" if bad is None else f"cannot write {bad!r} into a list that is separated by |"


def _places(amount: Decimal) -> int:
    # By its digits: normalize() would round in the caller's decimal context.
    _, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int) or not any(digits):
        return 0
    zeros = next(at for at, digit in enumerate(reversed(digits)) if digit)
    return max(0, -exponent - zeros)


def _cells(sku: ChannelSku, row: PriceRow) -> dict[str, str]:
    return {
        "offer-sku": str(sku),
        "price-type": "" if row.kind is PriceKind.PRICE else row.kind.value,
        "price": f"{row.price:f}",
        "price-ranges": _ranges(row.ranges),
        "discount-price": "" if row.discount_price is None else f"{row.discount_price:f}",
        "discount-ranges": _ranges(row.discount_ranges),
        "channels": "|".join(row.channels),
        "start-date": _time(row.start),
        "end-date": _time(row.end),
        "customer-organization-ids": "|".join(row.customer_organization_ids),
        "customer-group-ids": "|".join(row.customer_group_ids),
        "discount-start-date": _time(row.discount_start),
        "discount-end-date": _time(row.discount_end),
    }


def _ranges(ranges: tuple[tuple[int, Decimal], ...]) -> str:
    return ",".join(f"{at}|{price:f}" for at, price in ranges)


def _time(value: datetime | None) -> str:
    return "" if value is None else value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
