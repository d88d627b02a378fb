"""Telling many shipments with few calls, each with its own outcome, none told twice because an answer was lost."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import sleep
from khaos_connectors.core.despatch import ShippedUnits
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch.checks import ShipmentChecks
from khaos_connectors.mirakl.despatch.shipping import Shipping
from khaos_connectors.mirakl.despatch.verdicts import is_exactly, judged, new_shipment, unnamed
from khaos_connectors.mirakl.endpoints.paging import chunked
from khaos_connectors.mirakl.instance.asked import Instance
from khaos_connectors.mirakl.models.rows import Broken
from khaos_connectors.mirakl.models.shipment_outcomes import CreatedShipments
from khaos_connectors.mirakl.models.shipments import NewTracking, Shipment
from khaos_connectors.protocols import ShipmentNotice, ShipmentReceipt

__all__ = ["ShipmentBatches", "ShipmentOutcome"]

_MOST_SHIPMENTS = 1000
_LOOKS, _SECONDS_BETWEEN = 3, 5.0

Known = Mapping[OrderId, tuple[ShippedUnits, ...]]


@attrs.frozen(kw_only=True)
class ShipmentOutcome:
    """What became of one notice: the *receipt* if the marketplace knows it now, else the *trouble*.

    ``Invalid`` and ``Conflict``: nothing was made of it. ``Unanswered``: it may have been made although it was looked
    for afterwards; look again before telling it once more.
    """

    notice: ShipmentNotice
    receipt: ShipmentReceipt | None = None
    trouble: errors.CallError | None = None

    @property
    def told(self) -> bool:
        """Whether the marketplace knows the shipment."""
        return self.receipt is not None


@attrs.frozen
class _Checked:
    """A notice that may be sent, with its place among those given."""

    place: int
    notice: ShipmentNotice
    tracking: NewTracking


class ShipmentBatches:
    """The shipment desk of one account for many notices at a time."""

    def __init__(self, config: MiraklConfig, caller: Caller, instance: Instance, desk: Shipping) -> None:
        self._config = config
        self._caller = caller
        self._instance = instance
        self._desk = desk
        self._checks = ShipmentChecks(config, caller, instance)

    def confirm_all(self, notices: Sequence[ShipmentNotice]) -> Flow[tuple[ShipmentOutcome, ...]]:
        """Tell *notices*, 1000 to a call; the outcomes come in their order: ST01, or OR23 and OR24 one by one.

        What is there beforehand is listed first (ST11), so that after a lost answer it shows what came of it. A batch
        that is refused as a whole is halved until the bad notice is found. Raises only before anything is sent.
        """
        outcomes: dict[int, ShipmentOutcome] = {}
        checked: list[_Checked] = []
        for place, notice in enumerate(notices):
            try:
                tracking = yield from self._checks.tracking(notice)
            except errors.Invalid as problem:
                outcomes[place] = ShipmentOutcome(notice=notice, trouble=problem)
            else:
                checked.append(_Checked(place, notice, tracking))
        if checked and (yield from self._instance.several_shipments()):
            try:
                before = yield from self._listed(checked)
            except errors.NotFound as missing:
                yield from self._desk.learn(missing)
            else:
                for batch in chunked(checked, _MOST_SHIPMENTS):
                    outcomes.update((yield from self._together(batch, before)))
                return tuple(outcomes[place] for place in range(len(notices)))
        for each in checked:
            outcomes[each.place] = yield from self._alone(each)
        return tuple(outcomes[place] for place in range(len(notices)))

    def _alone(self, each: _Checked) -> Flow[ShipmentOutcome]:
        try:
            receipt = yield from self._desk.as_order(each.notice, each.tracking)
        except errors.CallError as trouble:
            return ShipmentOutcome(notice=each.notice, trouble=trouble)
        return ShipmentOutcome(notice=each.notice, receipt=receipt)

    # --- many at a time --------------------------------------------------------------------------------------------

    def _together(self, batch: Sequence[_Checked], before: Known) -> Flow[dict[int, ShipmentOutcome]]:
        shipments = [new_shipment(each.notice, each.tracking) for each in batch]
        try:
            created = yield from self._caller.perform(endpoints.create_shipments(self._config.scope, shipments))
        except errors.Unanswered as silence:
            return (yield from self._found_after(batch, before, silence))
        except errors.Invalid as refused:
            if len(batch) == 1:
                return {batch[0].place: ShipmentOutcome(notice=batch[0].notice, trouble=refused)}
            # A 400 makes nothing, so both halves may be sent anew.
            half = len(batch) // 2
            first = yield from self._together(batch[:half], before)
            return {**first, **(yield from self._together(batch[half:], before))}
        except errors.NotFound as missing:
            yield from self._desk.learn(missing)
            found: dict[int, ShipmentOutcome] = {}
            for each in batch:
                found[each.place] = yield from self._alone(each)
            return found
        except errors.CallError as trouble:
            return {each.place: ShipmentOutcome(notice=each.notice, trouble=trouble) for each in batch}
        return _outcomes(self._config.account, batch, created, before)

    def _found_after(
        self, batch: Sequence[_Checked], before: Known, silence: errors.Unanswered
    ) -> Flow[dict[int, ShipmentOutcome]]:
        """What a call has made whose answer did not come: what is there now and was not there before."""
        outcomes: dict[int, ShipmentOutcome] = {}
        old = {units.shipment_id for known in before.values() for units in known}
        for turn in range(_LOOKS):
            if turn:
                yield from sleep(_SECONDS_BETWEEN)
            try:
                now = yield from self._listed([each for each in batch if each.place not in outcomes])
            except errors.CallError:
                break  # the look failed too; what is known is the silence
            taken = old | {outcome.receipt.shipment_id for outcome in outcomes.values() if outcome.receipt}
            for each in batch:
                fresh = [units for units in now.get(each.notice.order_id, ()) if units.shipment_id not in taken]
                same = next((units for units in fresh if is_exactly(units, each.notice)), None)
                if each.place not in outcomes and same is not None:
                    taken.add(same.shipment_id)
                    receipt = ShipmentReceipt(order_id=each.notice.order_id, shipment_id=same.shipment_id)
                    outcomes[each.place] = ShipmentOutcome(notice=each.notice, receipt=receipt)
            if len(outcomes) == len(batch):
                return outcomes
        missing = [each for each in batch if each.place not in outcomes]
        return {**outcomes, **{each.place: ShipmentOutcome(notice=each.notice, trouble=silence) for each in missing}}

    def _listed(self, wanted: Sequence[_Checked]) -> Flow[Known]:
        orders = list(dict.fromkeys(str(each.notice.order_id) for each in wanted))
        known: dict[OrderId, list[ShippedUnits]] = defaultdict(list)
        for call in endpoints.shipments_by_order(self._config.scope, orders):
            for row in (yield from self._caller.pages(call)):
                if isinstance(row, Broken):
                    # What cannot be read may be what we are about to tell: a guess here ships twice.
                    raise errors.Undecodable(
                        system=self._config.account, operation="ST11", path=row.path, expected=row.expected
                    )
                units = mapping.shipped_units(row.record)
                if units is not None:
                    known[units.order_id].append(units)
        return {order: tuple(units) for order, units in known.items()}


def _outcomes(
    account: str, batch: Sequence[_Checked], created: CreatedShipments, before: Known
) -> dict[int, ShipmentOutcome]:
    """Each notice's own outcome out of one answer. Pure: made shipments are matched before refusals are shared out."""
    outcomes: dict[int, ShipmentOutcome] = {}
    made = list(created.shipment_success or ())
    for each in batch:
        own = next((shipment for shipment in made if _answers(shipment, each.notice)), None)
        if own is not None:
            made.remove(own)
            receipt = ShipmentReceipt(order_id=each.notice.order_id, shipment_id=own.id)
            outcomes[each.place] = ShipmentOutcome(notice=each.notice, receipt=receipt)
    refused = list(created.shipment_errors or ())
    for each in batch:
        if each.place in outcomes:
            continue
        # A refusal of nobody may be about any notice of which the answer says nothing else.
        own_error = next(
            (e for e in refused if e.order_id is not None and OrderId(e.order_id) == each.notice.order_id), None
        ) or next((e for e in refused if e.order_id is None), None)
        if own_error is not None and own_error.order_id is not None:
            refused.remove(own_error)
        try:
            if own_error is None:
                raise unnamed(account, each.notice)
            known = before.get(each.notice.order_id, ())
            receipt = judged(account, each.notice, own_error.message or "no reason given", known)
            outcomes[each.place] = ShipmentOutcome(notice=each.notice, receipt=receipt)
        except errors.CallError as trouble:
            outcomes[each.place] = ShipmentOutcome(notice=each.notice, trouble=trouble)
    return outcomes


def _answers(shipment: Shipment, notice: ShipmentNotice) -> bool:
    """Whether *shipment* is what was made of *notice*: the same order, the same units, the same number."""
    units = mapping.shipped_units(shipment)
    if units is None or units.order_id != notice.order_id:
        return False
    return is_exactly(attrs.evolve(units, shipped=True), notice)
