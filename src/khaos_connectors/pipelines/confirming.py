"""Telling a channel about one despatch exactly once: compare with what it knows, write down, tell, look again."""

from collections import Counter
from collections.abc import Sequence, Set
from datetime import datetime
from typing import Literal

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now, step
from khaos_connectors.core.couriers import Carrier, CarrierChoice
from khaos_connectors.core.despatch import (
    Despatch,
    Parcel,
    ShipmentPart,
    ShipmentPlan,
    ShippedUnits,
    entity_of,
    plan_shipment,
)
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import DespatchId
from khaos_connectors.core.orders import ChannelOrder
from khaos_connectors.core.tracking import TrackingVerdict, check_tracking, courier_of, normalise
from khaos_connectors.errors import AuthFailed, CallError, Conflict, Refused, Unanswered
from khaos_connectors.pipelines.confirm_policy import ConfirmPolicy
from khaos_connectors.pipelines.failures import feed_reason, is_passing, raise_reasons
from khaos_connectors.protocols import ChannelCapabilities, ChannelPort, ShipmentNotice
from khaos_connectors.store.protocol import Intent, IntentState, Store

__all__ = ["CONFIRM_TYPES", "Confirmer", "Outcome", "Verdict"]

ACTION = "confirm shipment"

Verdict = Literal["confirmed", "already", "waiting", "held", "failed"]
"""What became of one despatch: told now; known already; another process is at it; somebody's work; passing trouble,
the next run tries again.
"""

CONFIRM_TYPES = (
    ExceptionType.COURIER_UNMAPPED,
    ExceptionType.TRACKING_MISSING,
    ExceptionType.TRACKING_INVALID,
    ExceptionType.DESPATCH_CONFIRM_FAILED,
    ExceptionType.DESPATCH_CONFIRM_REJECTED,
    ExceptionType.DESPATCH_DRIFT,
    ExceptionType.OVER_DESPATCH,
    ExceptionType.PARTIAL_NOT_SUPPORTED,
    ExceptionType.SCHEMA_DRIFT,
    ExceptionType.SKU_UNMAPPED,
    ExceptionType.UOM_MISMATCH,
)
"""The kinds of item that close when the despatch they speak of is confirmed."""


@attrs.frozen(kw_only=True)
class Outcome:
    """What became of one despatch; *error* is the call that failed, if one did."""

    verdict: Verdict
    exceptions: int = 0
    error: CallError | None = None


@attrs.frozen(kw_only=True)
class Confirmer:
    """What telling a channel about despatches needs; the carriers and capabilities are read once a run."""

    channel: ChannelPort
    store: Store
    policy: ConfirmPolicy
    able: ChannelCapabilities
    carriers: Sequence[Carrier]

    def confirm(self, despatch: Despatch, order: ChannelOrder, *, others: Sequence[Despatch] = ()) -> Flow[Outcome]:
        """Tell the channel about *despatch* of *order*, parcel by parcel. *others*: all despatches of the order."""
        try:
            known = yield from step("shipments", self.channel.shipments, order.order_id)
        except CallError as error:
            return (yield from self._failed(despatch, order, error))
        told = yield from self._told_before(others)
        plan = self._plan(despatch, order, known, others, told)
        if plan.reasons:
            return (yield from self._held(despatch, order, plan.reasons))
        if plan.done:
            return (yield from self.settled(despatch, "already"))
        if not plan.parts:
            return Outcome(verdict="waiting")
        numbers = _shipped_numbers(known)
        for place, part in enumerate(plan.parts, start=1):
            notice = self._notice(despatch, order, part)
            if isinstance(notice, Reason):
                return (yield from self._held(despatch, order, (notice,)))
            outcome = yield from self._tell(despatch, order, notice, place, numbers)
            if outcome.verdict != "confirmed":
                return outcome
            numbers[normalise(notice.tracking)] += 1
        return (yield from self.settled(despatch, "confirmed"))

    def _told_before(self, despatches: Sequence[Despatch]) -> Flow[Set[DespatchId]]:
        """Which of *despatches* were told by our own records; asked only where several have one number."""
        numbers = Counter(number for each in despatches for number in {normalise(p.tracking) for p in each.parcels})
        if not any(number and count > 1 for number, count in numbers.items()):
            return frozenset()
        done = yield from do(self.store.intents, self.channel.account, ACTION, state=IntentState.DONE)
        keys = {intent.key for intent in done}
        return {
            each.despatch_id
            for each in despatches
            if any(_intent_key(each, parcel.tracking) in keys for parcel in each.parcels)
        }

    def _plan(
        self,
        despatch: Despatch,
        order: ChannelOrder,
        known: Sequence[ShippedUnits],
        others: Sequence[Despatch],
        told: Set[DespatchId],
    ) -> ShipmentPlan:
        found = {line.sku: self.policy.skus.candidate(self.channel.channel, line.sku) for line in order.lines}
        return plan_shipment(
            despatch,
            order,
            targets={sku: target for sku, target in found.items() if target is not None},
            already=known,
            several_shipments=self.able.several_shipments,
            wait_full=self.policy.wait_full,
            others=others,
            told=told,
        )

    def _notice(self, despatch: Despatch, order: ChannelOrder, part: ShipmentPart) -> ShipmentNotice | Reason:
        """What to tell about one parcel, or why it cannot be told yet."""
        wrong = self._wrong_number(despatch, order, part.parcel)
        if wrong is not None:
            return wrong
        choice = self._carrier(order, part.parcel)
        if not choice.mapped:
            return _reason(
                ExceptionType.COURIER_UNMAPPED,
                despatch,
                order,
                f"courier {part.parcel.courier!r} has no carrier in the channel: {choice.why}",
                courier=part.parcel.courier,
                service=part.parcel.service,
            )
        return ShipmentNotice(
            order_id=order.order_id,
            despatch_id=despatch.despatch_id,
            lines=part.lines,
            carrier=choice,
            tracking=part.parcel.tracking,
            final=part.final,
        )

    def _wrong_number(self, despatch: Despatch, order: ChannelOrder, parcel: Parcel) -> Reason | None:
        if not parcel.tracking:
            if not self.able.mandatory_tracking:
                return None
            text = "the parcel has no tracking number, and the channel wants one"
            return _reason(ExceptionType.TRACKING_MISSING, despatch, order, text, courier=parcel.courier)
        courier = courier_of(parcel.courier)
        if courier is None or courier in self.policy.trusted:
            return None
        if check_tracking(courier, parcel.tracking) is not TrackingVerdict.INVALID:
            return None
        text = f"{parcel.tracking} is not a number of {parcel.courier}"
        return _reason(
            ExceptionType.TRACKING_INVALID, despatch, order, text, courier=parcel.courier, tracking=parcel.tracking
        )

    def _carrier(self, order: ChannelOrder, parcel: Parcel) -> CarrierChoice:
        return self.policy.couriers.choose(
            courier=parcel.courier,
            service=parcel.service,
            country=order.delivery.country if order.delivery is not None else "",
            channel=self.channel.channel,
            live=self.carriers,
            free_text=self.able.free_text_carriers,
            tracking=parcel.tracking,
            tracking_url=parcel.tracking_url,
        )

    def _tell(
        self, despatch: Despatch, order: ChannelOrder, notice: ShipmentNotice, place: int, numbers: Counter[str]
    ) -> Flow[Outcome]:
        at = yield from now()
        intent = yield from do(
            self.store.claim,
            self.channel.account,
            ACTION,
            _intent_key(despatch, notice.tracking or str(place)),
            digest=notice.tracking,
            owner=self.policy.owner,
            at=at,
            until=at + self.policy.lease,
        )
        if intent is None:
            return Outcome(verdict="waiting")
        try:
            if intent.taken_over:
                # What was seen before the claim may be old: whoever held it may have told the channel since.
                known = yield from step("shipments", self.channel.shipments, order.order_id)
                if _shipped_numbers(known)[normalise(notice.tracking)] > numbers[normalise(notice.tracking)]:
                    yield from do(self.store.settle, intent, IntentState.DONE, at=at)
                    return Outcome(verdict="confirmed")
            yield from step("confirm", self.channel.confirm, notice)
        except Unanswered as silence:
            return (yield from self._look_again(despatch, order, notice, intent, silence, numbers=numbers))
        except CallError as error:
            state = IntentState.OPEN if is_passing(error) else IntentState.FAILED
            yield from do(self.store.settle, intent, state, at=at, detail=error.detail())
            return (yield from self._failed(despatch, order, error))
        yield from do(self.store.settle, intent, IntentState.DONE, at=at)
        return Outcome(verdict="confirmed")

    def _look_again(
        self,
        despatch: Despatch,
        order: ChannelOrder,
        notice: ShipmentNotice,
        intent: Intent,
        silence: Unanswered,
        *,
        numbers: Counter[str],
    ) -> Flow[Outcome]:
        """Nobody answered: the channel's own list of shipments says whether it took the notice.

        It did if it has the number once more than before; without a number, one shipment without a number more.
        """
        at = yield from now()
        try:
            known = yield from step("shipments", self.channel.shipments, order.order_id)
        except CallError:
            known = ()
        number = normalise(notice.tracking)
        if _shipped_numbers(known)[number] > numbers[number]:
            yield from do(self.store.settle, intent, IntentState.DONE, at=at)
            return Outcome(verdict="confirmed")
        yield from do(self.store.settle, intent, IntentState.OPEN, at=at, detail=silence.detail())
        return (yield from self._failed(despatch, order, silence))

    def _failed(self, despatch: Despatch, order: ChannelOrder, error: CallError) -> Flow[Outcome]:
        """Trouble becomes work at once, with all that is needed to key it in by hand; the next run tries again."""
        at = yield from now()
        if isinstance(error, AuthFailed):
            reasons = [feed_reason(error, feed="despatches")]
            raised = yield from raise_reasons(self.store, self.channel.account, reasons, now=at)
            return Outcome(verdict="failed", exceptions=raised, error=error)
        kind = ExceptionType.DESPATCH_CONFIRM_FAILED
        if isinstance(error, Conflict):
            kind = ExceptionType.DESPATCH_DRIFT
        elif isinstance(error, Refused) and not error.retryable:
            kind = ExceptionType.DESPATCH_CONFIRM_REJECTED
        parcel = despatch.parcels[0] if despatch.parcels else Parcel()
        reason = _reason(kind, despatch, order, str(error), courier=parcel.courier, tracking=parcel.tracking)
        held = yield from self._held(despatch, order, (reason,))
        verdict: Verdict = "held" if kind is not ExceptionType.DESPATCH_CONFIRM_FAILED else "failed"
        return Outcome(verdict=verdict, exceptions=held.exceptions, error=error)

    def _held(self, despatch: Despatch, order: ChannelOrder, reasons: Sequence[Reason]) -> Flow[Outcome]:
        at = yield from now()
        raised = yield from raise_reasons(
            self.store, self.channel.account, reasons, now=at, order_deadline=order.ship_by
        )
        yield from self._close(
            despatch, at, besides={reason.type for reason in reasons}, because="no longer the reason"
        )
        return Outcome(verdict="held", exceptions=raised)

    def settled(self, despatch: Despatch, verdict: Verdict) -> Flow[Outcome]:
        """The channel knows *despatch*: nothing about it is anybody's work any more."""
        at = yield from now()
        yield from self._close(despatch, at, besides=frozenset(), because="confirmed in the channel")
        return Outcome(verdict=verdict)

    def _close(self, despatch: Despatch, at: datetime, *, besides: Set[ExceptionType], because: str) -> Flow[int]:
        return (
            yield from do(
                self.store.close_items,
                self.channel.account,
                types=[kind for kind in CONFIRM_TYPES if kind not in besides],
                entity=entity_of(despatch),
                because=because,
                at=at,
            )
        )


def _intent_key(despatch: Despatch, parcel: str) -> str:
    return f"{despatch.reference}/{despatch.despatch_id}/{parcel}"


def _shipped_numbers(known: Sequence[ShippedUnits]) -> Counter[str]:
    """How often the channel holds each tracking number as shipped."""
    return Counter(normalise(shipment.tracking) for shipment in known if shipment.shipped)


def _reason(kind: ExceptionType, despatch: Despatch, order: ChannelOrder, text: str, **evidence: str) -> Reason:
    return Reason(
        type=kind,
        entity=entity_of(despatch),
        message=f"despatch {despatch.despatch_id} of order {order.order_id}: {text}",
        evidence={
            "order": order.order_id,
            "reference": despatch.reference,
            "despatch": despatch.despatch_id,
            **evidence,
        },
    )
