"""Where an order stands: offered, fetched, told of; and what of it has left. Pure but for the mailbox it reads."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import attrs

from khaos_connectors.core.despatch import Despatch
from khaos_connectors.core.ids import DespatchId, ErpOrderCode, LineId, OrderRef
from khaos_connectors.core.orders import ErpOrder
from khaos_connectors.errors import Undecodable
from khaos_connectors.khaos_control.channels import boxes, mapping
from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
from khaos_connectors.khaos_control.channels.orders import SalesOrder
from khaos_connectors.khaos_control.channels.overdue import Standing
from khaos_connectors.khaos_control.channels.reading import read_row
from khaos_connectors.khaos_control.channels.statuses import SalesOrderStatus
from khaos_connectors.protocols import Unreadable
from khaos_connectors.store.mailbox import Mailbox, Message

__all__ = ["PushedOrders"]

_PART = 20


@attrs.frozen
class PushedOrders:
    """What the mailbox holds about orders. Blocking; flows call it through ``do``."""

    config: KhaosChannelsConfig
    mailbox: Mailbox

    def document(self, reference: OrderRef) -> SalesOrder | None:
        """The order as it is offered, None if it was never offered, or withdrawn."""
        message = self._one(boxes.ORDERS, self._key(reference))
        return (
            read_row(SalesOrder, message.payload, self.config.by) if message is not None and message.payload else None
        )

    def find(self, reference: OrderRef) -> ErpOrder | None:
        """The order as the ERP told of it, else as it waits to be told of; None if it was never offered."""
        document = self.document(reference)
        gross = document.header.gross_total if document is not None else None
        told = self._told([reference]).get(reference)
        if told:
            found = mapping.erp_order(self._row(told[-1]), reference, self.config.statuses)
            return attrs.evolve(found, gross=gross, known_since=self._known_since(reference))
        if document is None:
            return None
        stage = "offered" if self._one(boxes.fetched_box(boxes.ORDERS), self._key(reference)) is None else "fetched"
        return ErpOrder(code=ErpOrderCode(""), reference=reference, pending=True, stage=stage, gross=gross)

    def withdraw(self, reference: OrderRef, *, at: datetime) -> bool:
        """Take the order out of what the ERP can fetch; whether it is certain that the ERP does not get it."""
        if self._known_since(reference) is not None:
            return False
        key = self._key(reference)
        given = boxes.given_box(boxes.ORDERS)
        self.mailbox.withdraw(self.config.account, boxes.ORDERS, (key,), unless=given, at=at)
        left = self._one(boxes.ORDERS, key)
        return left is not None and not left.payload

    def standings(self, references: Iterable[OrderRef]) -> Iterator[Standing]:
        """How far each order has come, with the moments that are known."""
        for reference in references:
            key = self._key(reference)
            offered = self._one(boxes.ORDERS, key)
            fetched = self._one(boxes.fetched_box(boxes.ORDERS), key)
            yield Standing(
                reference=reference,
                offered_at=offered.at if offered is not None and offered.payload else None,
                fetched_at=fetched.at if fetched is not None else None,
                told_at=self._known_since(reference),
            )

    def order_items(self, reference: OrderRef) -> dict[LineId, str]:
        """The ERP's own id of each channel line, as far as shipments have told it."""
        found: dict[LineId, str] = {}
        for row in map(self._row, self._told([reference]).get(reference, ())):
            for item in (item for shipment in row.shipments for item in shipment.items if item.order_item_id):
                found.update((LineId(line), item.order_item_id) for line in item.import_ref.split(",") if line)
        return found

    # --- what has left -----------------------------------------------------------------------------------------------

    def despatches(self, references: Sequence[OrderRef]) -> tuple[list[Despatch], list[Unreadable]]:
        """Everything of these orders that has left, by any status that ever told so, in its latest words."""
        found: list[Despatch] = []
        broken: list[Unreadable] = []
        for start in range(0, len(references), _PART):
            for reference, messages in self._told(references[start : start + _PART]).items():
                left: dict[DespatchId, Despatch] = {}
                for message in messages:
                    good, bad = self._left(reference, message)
                    left.update((each.despatch_id, each) for each in good)
                    broken += bad
                found += left.values()
        return found, list({each.key: each for each in broken}.values())

    def _left(self, reference: OrderRef, message: Message) -> tuple[Sequence[Despatch], Sequence[Unreadable]]:
        try:
            row = self._row(message)
        except Undecodable as problem:
            return (), (Unreadable(key=message.key, problem=str(problem), payload=message.payload),)
        account, rules = self.config.account, self.config.statuses
        return mapping.despatches(row, account=account, reference=reference, rules=rules, read_at=message.at)

    def _row(self, message: Message) -> SalesOrderStatus:
        return read_row(SalesOrderStatus, message.payload, self.config.by)

    def changed(self, *, after: int, most: int) -> tuple[list[OrderRef], list[Unreadable], int | None]:
        """The orders of which something was pushed after that number, what cannot be read of it any more, and the
        number to go on from; None at the end. Orders that have no reference are not ours.
        """
        page = self.mailbox.messages(self.config.account, boxes.STATUSES, after=after, limit=most)
        told: dict[OrderRef, None] = {}
        broken: list[Unreadable] = []
        for message in page:
            try:
                row = self._row(message)
            except Undecodable as problem:
                broken.append(Unreadable(key=message.key, problem=str(problem), payload=message.payload))
            else:
                told.update({self.config.references.read(row.associated_ref): None} if row.associated_ref else {})
        return list(told), broken, page[-1].sequence if len(page) == most else None

    def number_before(self, moment: datetime) -> int:
        """From where ``changed`` finds everything that was pushed at *moment* or later."""
        return boxes.number_before(self.mailbox, self.config.account, boxes.STATUSES, moment)

    def _told(self, references: Sequence[OrderRef]) -> dict[OrderRef, list[Message]]:
        """The statuses of each order in the sequence in which they came; orders without any are left out."""
        keys = {key: each for each in references for name in self._names(each) for key in boxes.status_keys(name)}
        page = self.mailbox.messages(self.config.account, boxes.STATUSES, keys=list(keys), limit=max(1, len(keys)))
        told: dict[OrderRef, list[Message]] = {}
        for message in page:
            told.setdefault(keys[message.key], []).append(message)
        return told

    def _known_since(self, reference: OrderRef) -> datetime | None:
        notes = [self._one(boxes.IMPORTED, boxes.key_of(name)) for name in self._names(reference)]
        return min((note.at for note in notes if note is not None), default=None)

    def _names(self, reference: OrderRef) -> tuple[str, ...]:
        """The names under which the ERP may speak of an order: as its channel writes references, and as we sent it."""
        settings = self.config.references
        sent = settings.sent(reference)
        return tuple(dict.fromkeys((settings.channel_format.replace("{0}", sent), sent)))

    def _key(self, reference: OrderRef) -> str:
        return boxes.key_of(self.config.references.sent(reference))

    def _one(self, box: str, key: str) -> Message | None:
        found = self.mailbox.messages(self.config.account, box, keys=(key,), limit=1)
        return found[0] if found else None
