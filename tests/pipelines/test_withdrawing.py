"""An order that the channel cancelled before the ERP fetched it is taken back, and nobody has to see to it."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, OrderRef
from khaos_connectors.pipelines.failures import raise_reasons
from khaos_connectors.protocols import ERPPort, WithdrawingERP
from khaos_connectors.store.protocol import Progress

Rig = Any  # Any: it is built in conftest.py, which other modules cannot import

Gives = bool | errors.CallError

_SHOP = AccountId("john-lewis")


@attrs.frozen
class Lenient:
    """An ERP that gives orders back, or not, or fails to say so."""

    port: ERPPort
    gives: Gives
    asked: list[OrderRef] = attrs.field(factory=list[OrderRef])

    def __getattr__(self, name: str) -> object:
        return getattr(self.port, name)

    def withdraw_order(self, reference: OrderRef) -> Flow[bool]:
        yield from now()
        self.asked.append(reference)
        if isinstance(self.gives, errors.CallError):
            raise self.gives
        return self.gives


@pytest.fixture
def cancelled(rig: Callable[..., Rig]) -> Callable[[Gives], tuple[Rig, str, Lenient]]:
    """An order that was posted to such an ERP and then cancelled in the channel, with an item that it takes long."""

    def make(gives: Gives) -> tuple[Rig, str, Lenient]:
        made = rig()
        order_id: str = made.buy(("KC-1", 1))
        for _ in range(2):
            made.imports()
            made.pass_time(minutes=5)
        slow = Reason(type=ExceptionType.ORDER_STALLED, entity=order_id, message="not fetched", evidence={})
        made.drive(raise_reasons(made.store, _SHOP, [slow], now=made.clock.now()))
        made.mirakl.cancel_order(order_id)
        erp = Lenient(made.erp, gives)
        assert isinstance(erp, WithdrawingERP)
        made.erp = erp
        return made, order_id, erp

    return make


def test_what_was_taken_back_is_over(cancelled: Callable[[Gives], tuple[Rig, str, Lenient]]) -> None:
    """The ERP never gets the order: it is cancelled, wants no stock, and no item is open."""
    made, order_id, erp = cancelled(True)
    report = made.imports()
    assert (report.ended, report.exceptions, erp.asked) == (1, 0, [order_id])
    assert made.progress(order_id) is Progress.CANCELLED
    assert made.open_items() == {}
    assert made.store.demand() == []
    made.imports()
    assert erp.asked == [order_id]


def test_what_the_erp_may_have_is_work_as_before(cancelled: Callable[[Gives], tuple[Rig, str, Lenient]]) -> None:
    """An order that may have been fetched is somebody's work; that it was slow is no longer of interest."""
    made, order_id, _ = cancelled(False)
    report = made.imports()
    assert (report.ended, report.exceptions) == (1, 1)
    assert list(made.open_items()) == [("CANCEL_CONFLICT", order_id)]


def test_what_is_not_known_is_asked_again(
    cancelled: Callable[[Gives], tuple[Rig, str, Lenient]],
) -> None:
    """An ERP that cannot say leaves the order where it is, for the next run."""
    made, order_id, _ = cancelled(errors.NotSent(system="khaos", operation="withdraw", reason="down"))
    before = made.progress(order_id)
    report = made.imports()
    assert (report.ended, report.failed, made.progress(order_id)) == (0, 1, before)
    made.erp = Lenient(made.erp.port, True)
    assert made.imports().ended == 1
