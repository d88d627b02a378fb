"""Changing single fields of offers where only whole ones can be written: read, merge, write (OF21, OF22, OF24).

For stock and prices there are ``push_stock`` and ``push_prices``, which touch nothing else. This is for other fields,
and for instances without a stock import. What cannot be read whole is refused, never written in half.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.new_offers import NewOffer
from khaos_connectors.mirakl.models.offer_imports import OfferImportStatus
from khaos_connectors.mirakl.models.offers import Offer
from khaos_connectors.mirakl.models.rows import Broken, Row
from khaos_connectors.mirakl.offers.import_push import (
    Door,
    ImportLook,
    ImportReceipt,
    import_state,
    push_rows,
    reshaped,
)
from khaos_connectors.mirakl.offers.in_flight import InFlight, Turn
from khaos_connectors.mirakl.offers.merge import NotWhole, OfferChange, merged
from khaos_connectors.protocols import RowRefusal

__all__ = ["Rewriting", "listed", "rewrite_offers", "rewrites"]

T = TypeVar("T")

_PER_CALL = 200
"""How many offers go in one call; Mirakl publishes no number."""

_LISTED_FROM = 50
"""From how many offers on the whole list is walked instead of asking for each by its SKU."""

_ADVICE = "this instance lets nobody write offers as JSON (OF24): ask the operator, or use the back office"

_EMPTY = "the change names no field: nothing was read or written"


@attrs.frozen(kw_only=True)
class Rewriting:
    """An offer that is to be changed, and *whole*, what is to be written, once it was read."""

    sku: ChannelSku
    change: OfferChange
    whole: NewOffer | None = None


def rewrites() -> InFlight[Rewriting]:
    """What lets several rewrites of one account run at once: share it, and none undoes what another one changes."""

    def combined(older: Rewriting, newer: Rewriting) -> Rewriting:
        return attrs.evolve(newer, change=newer.change.over(older.change))

    return InFlight(_sku, combined)


def rewrite_offers(
    caller: Caller,
    config: MiraklConfig,
    changes: Mapping[ChannelSku, OfferChange],
    *,
    turn: Turn[Rewriting] | None = None,
) -> Flow[ImportReceipt]:
    """Change single fields of offers; every SKU ends as accepted, refused (with what would be lost) or pending.

    A change that names no field is refused, and its offer neither read nor written. Each other one is read whole just
    before it is written, and written with all that was read. A sale between the two is undone in Mirakl's stock until
    the next push: where *changes* does not name a quantity, push stock afterwards. *turn* is its place among the
    rewrites that share ``rewrites``: a later one holds the changes of an earlier one that may not show yet.
    """
    rows = [Rewriting(sku=sku, change=change) for sku, change in changes.items() if not change.names_nothing]
    empty = [RowRefusal(sku=sku, message=_EMPTY) for sku, change in changes.items() if change.names_nothing]
    door = _door(caller, config, [row.sku for row in rows])
    return (yield from push_rows(caller, config, door, rows, refused=empty, turn=turn))


def _sku(row: Rewriting) -> ChannelSku:
    return row.sku


def _read_and_merged(
    caller: Caller, config: MiraklConfig, rows: Sequence[Rewriting], numbers: Mapping[ChannelSku, int | str]
) -> Flow[tuple[list[Rewriting], Sequence[RowRefusal]]]:
    """*rows* with what is to be written, and those that cannot be, with why: only a read by number tells all."""
    ready: list[Rewriting] = []
    refused: list[RowRefusal] = []
    for row in rows:
        found = yield from _read_one(caller, config, row, numbers.get(row.sku, "there is no offer with this SKU"))
        if isinstance(found, NewOffer):
            ready.append(attrs.evolve(row, whole=found))
        else:
            refused.append(RowRefusal(sku=row.sku, message=found))
    return ready, refused


def _read_one(caller: Caller, config: MiraklConfig, row: Rewriting, number: int | str) -> Flow[NewOffer | str]:
    if isinstance(number, str):
        return number
    try:
        offer = yield from caller.perform(endpoints.get_offer(config.scope, number))
    except (errors.NotFound, errors.Undecodable) as trouble:
        return f"the offer cannot be read whole: {trouble.detail()}"
    if ChannelSku(offer.shop_sku) != row.sku:  # numbers are not stable: this one is somebody else's by now
        return f"the offer's number {number} now leads to {offer.shop_sku!r}"
    return _merged(config, row, offer)


def _merged(config: MiraklConfig, row: Rewriting, offer: Offer) -> NewOffer | str:
    """What is to be written, or why nothing can be."""
    found = merged(offer, row.change, complete=True)
    if isinstance(found, NotWhole):
        return f"not written, because something would be lost: {found}"
    try:
        endpoints.write_offers(config.scope, [found])
    except errors.Invalid as invalid:  # alone it costs itself, among others it would cost them all
        return "; ".join(f"{field.field} {field.problem}" for field in invalid.fields)
    return found


def listed(
    caller: Caller, config: MiraklConfig, skus: Collection[ChannelSku], keep: Callable[[Row[Offer]], T]
) -> Flow[dict[ChannelSku, T]]:
    """What *keep* makes of each offer of *skus* that the list (OF21) tells, by SKU."""
    wanted = frozenset(skus)
    found: dict[ChannelSku, T] = {}
    if len(wanted) >= _LISTED_FROM:
        firsts = [endpoints.list_offers(config.scope)]
    else:
        firsts = [endpoints.list_offers(config.scope, endpoints.OfferFilter(sku=str(sku))) for sku in sorted(wanted)]
    for first in firsts:
        call: Call[Page[Row[Offer]]] | None = first
        while call is not None:
            page = yield from caller.perform(call)
            for row in page.items:
                sku = ChannelSku(row.id)
                if sku in wanted:
                    found[sku] = keep(row)
            call = page.next
    return found


def _number(row: Row[Offer]) -> int | str:
    if isinstance(row, Broken):
        return f"the offer cannot be read whole: {row.problem}"
    number = str(row.record.offer_id or "")
    return int(number) if number.isascii() and number.isdecimal() and int(number) else "Mirakl does not tell its number"


def _door(caller: Caller, config: MiraklConfig, skus: Collection[ChannelSku]) -> Door[Rewriting]:
    scope = config.scope
    numbers: dict[ChannelSku, int | str] = {}

    def prepare(part: Sequence[Rewriting]) -> Flow[tuple[list[Rewriting], Sequence[RowRefusal]]]:
        if not numbers:
            numbers.update((yield from listed(caller, config, skus, _number)))
        return (yield from _read_and_merged(caller, config, part, numbers))

    def upload(part: Sequence[Rewriting]) -> Call[str]:
        offers = [row.whole for row in part if row.whole is not None]
        return reshaped(endpoints.write_offers(scope, offers), lambda found: str(found.import_id))

    return Door(
        operation="OF24",
        prepare=prepare,
        upload=upload,
        look=lambda ticket: reshaped(endpoints.offer_import_status(scope, int(ticket)), _look),
        report=lambda ticket: endpoints.offer_import_errors(scope, int(ticket)),
        sku=_sku,
        lines=lambda _: 1,
        per_file=_PER_CALL,
        poll_seconds=config.import_poll_seconds,
        recognises_repeats=True,
        capability="offers written as JSON",
        advice=_ADVICE,
    )


def _look(found: OfferImportStatus) -> ImportLook:
    look = ImportLook(
        state=import_state(found.status),
        has_report=bool(found.has_error_report),
        in_error=found.lines_in_error,
        in_success=found.lines_in_success,
        reason=found.reason_status or "",
        created_at=found.date_created,
    )
    # Lines that wait for the operator's catalogue are neither taken nor refused.
    return attrs.evolve(look, in_success=0) if found.lines_in_pending and look.in_success is None else look
