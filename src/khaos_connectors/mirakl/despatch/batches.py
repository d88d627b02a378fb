"""Telling many shipments with few calls, each with its own outcome, none told twice because an answer was lost."""

from collections.abc import Mapping, Sequence

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import sleep
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch.checks import ShipmentChecks
from khaos_connectors.mirakl.despatch.known import Known, known_orders, known_shipments
from khaos_connectors.mirakl.despatch.ledger import Ledger, answered
from khaos_connectors.mirakl.despatch.shipping import Shipping
from khaos_connectors.mirakl.despatch.unconfirmed import Unconfirmed, confirm_unconfirmed
from khaos_connectors.mirakl.despatch.verdicts import (
    is_about_quantity,
    is_about_state,
    new_shipment,
    receipt_of,
    refused,
    unnamed,
)
from khaos_connectors.mirakl.endpoints.paging import chunked
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.instance.asked import Instance
from khaos_connectors.mirakl.models.codes import ShipmentStatus
from khaos_connectors.mirakl.models.shipment_outcomes import CreatedShipments
from khaos_connectors.mirakl.models.shipments import NewTracking
from khaos_connectors.protocols import ShipmentNotice, ShipmentReceipt

__all__ = ["ShipmentBatches", "ShipmentOutcome"]

_MOST_SHIPMENTS = 1000
_LOOKS, _SECONDS_BETWEEN = 3, 5.0


@attrs.frozen(kw_only=True)
class ShipmentOutcome:
    """What became of one notice: the *receipt* if the marketplace knows it now, else the *trouble*.

    ``Invalid`` and ``Conflict``: it was not told, and the error says why (one of ST24 names the shipment that is there
    and could not be confirmed). ``Unanswered``: it may have been made although it was looked for afterwards; look again
    before telling it once more.
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

    def confirm_all(
        self, notices: Sequence[ShipmentNotice], *, rerun: bool = False
    ) -> Flow[tuple[ShipmentOutcome, ...]]:
        """Tell *notices*, 1000 to a call; the outcomes come in their order: ST01, or OR23 and OR24 one by one.

        What is there beforehand is listed first (ST11), so that after a lost answer it shows what came of it. A batch
        that is refused as a whole is halved until the bad notice is found. Raises only before anything is sent.

        *rerun*: an earlier run may have told some of *notices*. What was there beforehand with the number and exactly
        the units of a notice is that notice then, one shipment for one notice, and is not told again. Without it, it is
        another parcel of the same consignment.
        """
        outcomes: dict[int, ShipmentOutcome] = {}
        checked: list[_Checked] = []
        notices = records(self._config.scope, "ST01", "notices", notices, ShipmentNotice)
        for place, notice in enumerate(notices):
            try:
                tracking = yield from self._checks.tracking(notice)
            except (errors.Invalid, errors.Undecodable) as problem:
                outcomes[place] = ShipmentOutcome(notice=notice, trouble=problem)
            else:
                checked.append(_Checked(place, notice, tracking))
        if checked and (yield from self._instance.several_shipments()):
            try:
                before = yield from self._listed(checked)
            except errors.NotFound as missing:
                yield from self._desk.learn(missing)
            else:
                ledger = Ledger(before)
                if rerun:
                    outcomes.update(_told_before(checked, before, ledger))
                for batch in chunked([each for each in checked if each.place not in outcomes], _MOST_SHIPMENTS):
                    outcomes.update((yield from self._together(batch, ledger)))
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

    def _together(self, batch: Sequence[_Checked], ledger: Ledger) -> Flow[dict[int, ShipmentOutcome]]:
        shipments = [new_shipment(each.notice, each.tracking) for each in batch]
        try:
            created = yield from self._caller.perform(endpoints.create_shipments(self._config.scope, shipments))
        except errors.Unanswered as silence:
            return (yield from self._found_after(batch, ledger, silence))
        except errors.Invalid as refusal:
            if len(batch) == 1:
                return {batch[0].place: ShipmentOutcome(notice=batch[0].notice, trouble=refusal)}
            # A 400 makes nothing, so both halves may be sent anew.
            half = len(batch) // 2
            first = yield from self._together(batch[:half], ledger)
            return {**first, **(yield from self._together(batch[half:], ledger))}
        except errors.NotFound as missing:
            try:
                yield from self._desk.learn(missing)
            except errors.Unsupported as trouble:  # earlier batches may have been told: theirs must not be lost
                return {each.place: ShipmentOutcome(notice=each.notice, trouble=trouble) for each in batch}
            found: dict[int, ShipmentOutcome] = {}
            for each in batch:
                found[each.place] = yield from self._alone(each)
            return found
        except errors.CallError as trouble:
            return {each.place: ShipmentOutcome(notice=each.notice, trouble=trouble) for each in batch}
        return (yield from self._sorted(batch, created, ledger))

    def _found_after(
        self, batch: Sequence[_Checked], ledger: Ledger, silence: errors.Unanswered
    ) -> Flow[dict[int, ShipmentOutcome]]:
        """What a call has made whose answer did not come: what is there now and was not there before."""
        outcomes: dict[int, ShipmentOutcome] = {}
        for turn in range(_LOOKS):
            if turn:
                yield from sleep(_SECONDS_BETWEEN)
            missing = [each for each in batch if each.place not in outcomes]
            try:
                now = yield from self._listed(missing)
            except errors.CallError:
                break  # the look failed too; what is known is the silence
            for each in missing:
                if (same := ledger.found(each.notice, now)) is not None:
                    outcomes[each.place] = ShipmentOutcome(notice=each.notice, receipt=receipt_of(same, already=False))
            if len(outcomes) == len(batch):
                return outcomes
        missing = [each for each in batch if each.place not in outcomes]
        return {**outcomes, **{each.place: ShipmentOutcome(notice=each.notice, trouble=silence) for each in missing}}

    def _listed(self, wanted: Sequence[_Checked]) -> Flow[Known]:
        return (yield from known_shipments(self._caller, self._config, [each.notice.order_id for each in wanted]))

    # --- one answer for many ---------------------------------------------------------------------------------------

    def _sorted(
        self, batch: Sequence[_Checked], created: CreatedShipments, ledger: Ledger
    ) -> Flow[dict[int, ShipmentOutcome]]:
        """Each notice's own outcome out of one answer."""
        said = answered([each.notice for each in batch], created)
        outcomes: dict[int, ShipmentOutcome] = {}
        unconfirmed: dict[int, tuple[_Checked, str]] = {}
        refusals: list[tuple[_Checked, str]] = []
        for place, each in enumerate(batch):
            if (own := said.made.get(place)) is not None:
                ledger.made(own.id)
                receipt = ShipmentReceipt(order_id=each.notice.order_id, shipment_id=own.id)
                outcomes[each.place] = ShipmentOutcome(notice=each.notice, receipt=receipt)
                if own.status is ShipmentStatus.SHIPPING:
                    unconfirmed[each.place] = (each, own.id)
            elif place in said.refused:
                refusals.append((each, said.refused[place]))
            else:
                trouble = unnamed(self._config.account, each.notice)
                outcomes[each.place] = ShipmentOutcome(notice=each.notice, trouble=trouble)
        by_shipments = {batch[place].notice.order_id for place in said.made}
        whole = [row for row in refusals if row[0].notice.order_id not in by_shipments]
        yield from self._learn_whole_orders(whole, ledger)
        already = {each.place: ledger.claim(each.notice, exactly=True) for each, _ in refusals}
        unfit: list[tuple[_Checked, str]] = []
        for each, message in refusals:
            same = already[each.place] or ledger.claim(each.notice, exactly=False)
            if same is not None:
                outcomes[each.place] = ShipmentOutcome(notice=each.notice, receipt=receipt_of(same))
            elif (prepared := ledger.prepared(each.notice)) is not None:
                receipt = receipt_of(prepared, already=False)
                outcomes[each.place] = ShipmentOutcome(notice=each.notice, receipt=receipt)
                unconfirmed[each.place] = (each, prepared.shipment_id)
            else:
                unfit.append((each, message))
        outcomes.update((yield from self._refused(unfit, ledger)))
        return {**outcomes, **(yield from self._confirm(unconfirmed))}

    def _refused(self, unfit: Sequence[tuple[_Checked, str]], ledger: Ledger) -> Flow[dict[int, ShipmentOutcome]]:
        """The outcomes of notices that are no shipment that is there; too many are told with what is left, if known."""
        wanted = [each.notice.order_id for each, message in unfit if is_about_quantity(message)]
        left = yield from self._desk.look.left_of(list(dict.fromkeys(wanted)))
        outcomes: dict[int, ShipmentOutcome] = {}
        for each, message in unfit:
            order_id = each.notice.order_id
            known = ledger.known(order_id)
            refusal = refused(self._config.account, each.notice, message, known, left.get(order_id))
            outcomes[each.place] = ShipmentOutcome(notice=each.notice, trouble=refusal)
        return outcomes

    def _learn_whole_orders(self, refusals: Sequence[tuple[_Checked, str]], ledger: Ledger) -> Flow[None]:
        """Look at orders that are refused for their state and have no shipments: they may have left by OR24."""
        orders = [
            each.notice.order_id
            for each, message in refusals
            if is_about_state(message) and not ledger.known(each.notice.order_id)
        ]
        if orders:
            try:
                whole = yield from known_orders(self._caller, self._config, list(dict.fromkeys(orders)))
            except errors.CallError:
                return  # the look failed; what is known is the refusal
            ledger.learn(whole.units)

    def _confirm(self, unconfirmed: Mapping[int, tuple[_Checked, str]]) -> Flow[dict[int, ShipmentOutcome]]:
        """The outcomes of notices whose shipments could not be confirmed."""
        if not unconfirmed:
            return {}
        shipments = [
            Unconfirmed(shipment_id=id_, order_id=each.notice.order_id, tracking=each.tracking)
            for each, id_ in unconfirmed.values()
        ]
        troubles = yield from confirm_unconfirmed(self._caller, self._config, shipments)
        return {
            place: ShipmentOutcome(notice=each.notice, trouble=troubles[id_])
            for place, (each, id_) in unconfirmed.items()
            if id_ in troubles
        }


def _told_before(checked: Sequence[_Checked], before: Known, ledger: Ledger) -> dict[int, ShipmentOutcome]:
    """The outcomes of notices that an earlier run told, and of those of which nobody can tell whether it did."""
    outcomes: dict[int, ShipmentOutcome] = {}
    for each in checked:
        trouble = before.unread.get(each.notice.order_id)
        if trouble is not None:
            outcomes[each.place] = ShipmentOutcome(notice=each.notice, trouble=trouble)
        elif (same := ledger.claim(each.notice, exactly=True)) is not None:
            outcomes[each.place] = ShipmentOutcome(notice=each.notice, receipt=receipt_of(same))
    return outcomes
