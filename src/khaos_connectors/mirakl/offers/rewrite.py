"""Changing single fields of offers where only whole ones can be written: read, merge, write (OF21, OF22, OF24).

For stock and prices there are ``push_stock`` and ``push_prices``, which touch nothing else. This is for other fields,
and for instances without a stock import. What cannot be read whole is refused, never written in half.
"""

from collections.abc import Mapping, Sequence

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
from khaos_connectors.mirakl.offers.merge import NotWhole, OfferChange, merged
from khaos_connectors.protocols import RowRefusal

__all__ = ["read_whole", "rewrite_offers"]

_PER_CALL = 200
"""How many offers go in one call; Mirakl publishes no number."""

_LISTED_FROM = 50
"""From how many offers on the whole list is walked instead of asking for each by its SKU."""

_ADVICE = "this instance lets nobody write offers as JSON (OF24): ask the operator, or use the back office"


def rewrite_offers(
    caller: Caller, config: MiraklConfig, changes: Mapping[ChannelSku, OfferChange]
) -> Flow[ImportReceipt]:
    """Change single fields of offers; every SKU ends as accepted, refused (with what would be lost) or pending.

    Each offer is read whole just before it is written, and written with all that was read. A sale between the two is
    undone in Mirakl's stock until the next push: where *changes* does not name a quantity, push stock afterwards.
    """
    offers, refused = yield from read_whole(caller, config, tuple(changes))
    rows: list[NewOffer] = []
    for sku, offer in offers.items():
        found = merged(offer, changes[sku], complete=True)
        if isinstance(found, NotWhole):
            refused = (*refused, RowRefusal(sku=sku, message=f"not written, because something would be lost: {found}"))
        else:
            rows.append(found)
    return (yield from push_rows(caller, config, _door(config), rows, refused=refused))


def read_whole(
    caller: Caller, config: MiraklConfig, skus: Sequence[ChannelSku]
) -> Flow[tuple[dict[ChannelSku, Offer], tuple[RowRefusal, ...]]]:
    """The offers of *skus* with every field that can be read, and which could not be read, with why.

    The list tells each offer's number, by which it is read once more: only that read tells all.
    """
    numbers = yield from _numbers(caller, config, skus)
    found: dict[ChannelSku, Offer] = {}
    refused: list[RowRefusal] = []
    for sku in dict.fromkeys(skus):
        number = numbers.get(sku, "there is no offer with this SKU")
        if isinstance(number, str):
            refused.append(RowRefusal(sku=sku, message=number))
            continue
        try:
            offer = yield from caller.perform(endpoints.get_offer(config.scope, number))
        except (errors.NotFound, errors.Undecodable) as trouble:
            refused.append(RowRefusal(sku=sku, message=f"the offer cannot be read whole: {trouble.detail()}"))
            continue
        if ChannelSku(offer.shop_sku) != sku:  # numbers are not stable: this one is somebody else's by now
            refused.append(RowRefusal(sku=sku, message=f"the offer's number {number} now leads to {offer.shop_sku!r}"))
            continue
        found[sku] = offer
    return found, tuple(refused)


def _numbers(caller: Caller, config: MiraklConfig, skus: Sequence[ChannelSku]) -> Flow[dict[ChannelSku, int | str]]:
    """Mirakl's number of each offer, or why it has none that can be used."""
    wanted = set(skus)
    found: dict[ChannelSku, int | str] = {}
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
                    found[sku] = _number(row)
            call = page.next
    return found


def _number(row: Row[Offer]) -> int | str:
    if isinstance(row, Broken):
        return f"the offer cannot be read whole: {row.problem}"
    number = str(row.record.offer_id or "")
    return int(number) if number.isascii() and number.isdecimal() and int(number) else "Mirakl does not tell its number"


def _door(config: MiraklConfig) -> Door[NewOffer]:
    scope = config.scope
    return Door(
        operation="OF24",
        upload=lambda part: reshaped(endpoints.write_offers(scope, part), lambda found: str(found.import_id)),
        look=lambda ticket: reshaped(endpoints.offer_import_status(scope, int(ticket)), _look),
        report=lambda ticket: endpoints.offer_import_errors(scope, int(ticket)),
        sku=lambda offer: ChannelSku(offer.shop_sku),
        lines=lambda _: 1,
        per_file=_PER_CALL,
        poll_seconds=config.import_poll_seconds,
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
    )
    # Lines that wait for the operator's catalogue are neither taken nor refused.
    return attrs.evolve(look, in_success=0) if found.lines_in_pending and look.in_success is None else look
