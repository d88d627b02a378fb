"""Less was found than was to be picked: what becomes of the order, and in which sequence the systems are told.

The warehouse's correction goes to the ERP first and what may be sold goes to the channels next; only then is the order
itself dealt with. A short pick is open until every leg of that way is posted.
"""

from collections.abc import Collection, Mapping
from enum import Enum

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import not_blank, typed
from khaos_connectors.core.ids import LineId, OrderId, StockCode
from khaos_connectors.core.quantities import whole
from khaos_connectors.core.skus import Target

__all__ = [
    "Leg",
    "ShortPick",
    "ShortPickPlan",
    "ShortageCode",
    "ShortagePolicy",
    "Step",
    "plan_short_pick",
    "shortage_code",
]


class ShortagePolicy(Enum):
    """What becomes of a line of which not all was found.

    WAIT for the rest; PART_SHIP what there is and the rest later; CANCEL_LINE for what was not found; SUBSTITUTE
    something else for it.
    """

    WAIT = "wait"
    PART_SHIP = "part ship"
    CANCEL_LINE = "cancel line"
    SUBSTITUTE = "substitute"


class Leg(Enum):
    """One system that has to be told of a short pick, in the order in which that may be done."""

    ERP_ADJUSTMENT = "stock adjusted in the ERP"
    STOCK_PUSH = "stock pushed to the channels"
    SHIP_PICKED = "what was picked is shipped"
    CHANNEL_CANCEL = "cancelled in the channel"
    ERP_CANCEL = "cancelled in the ERP"
    ERP_SUBSTITUTE = "line changed in the ERP"
    RELEASE_SUBSTITUTE = "substitute released to the warehouse"
    PICK_REST = "the rest is picked"


def _no_more_than_wanted(pick: "ShortPick", _: object, picked: int) -> None:
    if picked >= pick.wanted:
        raise ValueError(f"picked must be less than the {pick.wanted} wanted, not {picked}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShortPick:
    """*picked* of *wanted* eaches of a line were found in *shipment_id*; *cause* is the warehouse's word for it."""

    order_id: OrderId
    shipment_id: str = attrs.field(validator=not_blank)
    line_id: LineId
    stock_code: StockCode
    wanted: int = attrs.field(validator=whole(least=1))
    picked: int = attrs.field(validator=[whole(least=0), _no_more_than_wanted])
    cause: str = ""

    @property
    def short(self) -> int:
        """How many eaches were not found."""
        return self.wanted - self.picked

    @property
    def entity(self) -> str:
        """What its exception item is about: one per line of a shipment."""
        return f"shipment:{self.shipment_id}/{self.line_id}"


@attrs.frozen(field_transformer=typed)
class Step:
    """A leg with the *units* (eaches) of *stock_code* that it is about, and whether it is *posted*."""

    leg: Leg
    stock_code: StockCode
    units: int
    posted: bool = False


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShortPickPlan:
    """What is done about a short pick: *policy* as it can be followed, *why*, and all *steps* in their sequence.

    *reasons* is not empty until every step is posted.
    """

    policy: ShortagePolicy
    why: str
    steps: tuple[Step, ...]
    reasons: tuple[Reason, ...]

    @property
    def due(self) -> tuple[Step, ...]:
        """The step to post now, if any: a later one never goes before an earlier one."""
        return next(((step,) for step in self.steps if not step.posted), ())

    @property
    def done(self) -> bool:
        """Whether every system has been told."""
        return not self.due


_FIRST = (Leg.ERP_ADJUSTMENT, Leg.STOCK_PUSH)


def plan_short_pick(
    pick: ShortPick,
    policy: ShortagePolicy,
    *,
    posted: Collection[Leg] = (),
    failed: Mapping[Leg, str] | None = None,
    substitute: Target | None = None,
    several_shipments: bool = True,
    line_cancel: bool = True,
) -> ShortPickPlan:
    """How *pick* is dealt with by *policy*, where *posted* are the legs that are done and *failed* those that are not,
    with what the system said.

    A channel that takes only whole shipments (*several_shipments* False) turns PART_SHIP into WAIT, one without
    cancellation of lines (*line_cancel* False) CANCEL_LINE; without a *substitute* (*pack* eaches of it for each one)
    SUBSTITUTE waits too. A refund is not a leg: it follows from the channel's cancellation.
    """
    followed, why = _followed(policy, substitute, several_shipments=several_shipments, line_cancel=line_cancel)
    steps = tuple(attrs.evolve(step, posted=step.leg in posted) for step in _steps(pick, followed, substitute))
    plan = ShortPickPlan(policy=followed, why=why, steps=steps, reasons=())
    if plan.done:
        return plan
    reasons = [_open(pick, plan)]
    if followed is not policy and policy is ShortagePolicy.PART_SHIP:
        reasons.append(_reason(pick, ExceptionType.PARTIAL_NOT_SUPPORTED, why, {}))
    trouble = (failed or {}).get(Leg.ERP_ADJUSTMENT)
    if trouble is not None and Leg.ERP_ADJUSTMENT not in posted:
        told = f"the adjustment of {-pick.short} {pick.stock_code} did not reach the ERP: {trouble}"
        reasons.append(_reason(pick, ExceptionType.ADJUSTMENT_FAILED, told, {"units": str(-pick.short)}))
    for leg, words in (failed or {}).items():
        if leg not in posted:
            reasons[0] = attrs.evolve(reasons[0], evidence={**reasons[0].evidence, f"failed: {leg.value}": words})
    return attrs.evolve(plan, reasons=tuple(reasons))


def _followed(
    policy: ShortagePolicy, substitute: Target | None, *, several_shipments: bool, line_cancel: bool
) -> tuple[ShortagePolicy, str]:
    """The policy that can be followed; WAIT where the wanted one cannot: nothing is shipped or cancelled by it."""
    if policy is ShortagePolicy.PART_SHIP and not several_shipments:
        return ShortagePolicy.WAIT, "the channel takes only whole shipments, so the rest is waited for"
    if policy is ShortagePolicy.CANCEL_LINE and not line_cancel:
        return ShortagePolicy.WAIT, "the channel cannot cancel a line, so somebody has to decide"
    if policy is ShortagePolicy.SUBSTITUTE and substitute is None:
        return ShortagePolicy.WAIT, "no substitute is named, so somebody has to decide"
    return policy, f"the policy is to {policy.value}"


def _steps(pick: ShortPick, policy: ShortagePolicy, substitute: Target | None) -> tuple[Step, ...]:
    code, short = pick.stock_code, pick.short
    first = tuple(Step(leg, code, short) for leg in _FIRST)
    picked = (Step(Leg.SHIP_PICKED, code, pick.picked),) if pick.picked else ()
    if policy is ShortagePolicy.WAIT:
        return (*first, Step(Leg.PICK_REST, code, short))
    if policy is ShortagePolicy.PART_SHIP:
        return (*first, *picked, Step(Leg.PICK_REST, code, short))
    if policy is ShortagePolicy.CANCEL_LINE:
        return (*first, Step(Leg.CHANNEL_CANCEL, code, short), Step(Leg.ERP_CANCEL, code, short), *picked)
    assert substitute is not None, "without a substitute the policy is WAIT"
    units = short * substitute.pack
    instead = (Leg.ERP_SUBSTITUTE, Leg.RELEASE_SUBSTITUTE)
    return (*first, *(Step(leg, substitute.stock_code, units) for leg in instead), *picked)


def _open(pick: ShortPick, plan: ShortPickPlan) -> Reason:
    waiting = [step.leg.value for step in plan.steps if not step.posted]
    message = (
        f"{pick.picked} of {pick.wanted} {pick.stock_code} found for order {pick.order_id}: {plan.why};"
        f" still to do: {', '.join(waiting)}"
    )
    evidence = {"policy": plan.policy.value, "short": str(pick.short), "next": waiting[0], "cause": pick.cause}
    return _reason(pick, ExceptionType.SHORT_PICK, message, evidence)


def _reason(pick: ShortPick, kind: ExceptionType, message: str, evidence: Mapping[str, str]) -> Reason:
    told = {"order": pick.order_id, "shipment": pick.shipment_id, "line": pick.line_id, "stock code": pick.stock_code}
    return Reason(type=kind, entity=pick.entity, message=message, evidence={**told, **evidence})


# --- the warehouse's own rule ----------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShortageCode:
    """The warehouse's own *code* for a policy; empty, with *reasons*, where none is set for it."""

    code: str
    why: str
    reasons: tuple[Reason, ...] = ()


def shortage_code(policy: ShortagePolicy, codes: Mapping[ShortagePolicy, str]) -> ShortageCode:
    """The code that a warehouse with shortage rules of its own is given with each release, out of *codes*.

    It comes from the same policy as the plan, so that warehouse and connector cannot disagree. The codes are the
    tenant's: none is made up.
    """
    code = codes.get(policy, "").strip()
    if code:
        return ShortageCode(code=code, why=f"{policy.value} is {code} there")
    why = f"no shortage code of the warehouse is set for {policy.value!r}"
    reason = Reason(
        type=ExceptionType.CONFIG_MISSING,
        entity=f"shortage code:{policy.value}",
        message=why,
        evidence={"policy": policy.value},
    )
    return ShortageCode(code="", why=why, reasons=(reason,))
