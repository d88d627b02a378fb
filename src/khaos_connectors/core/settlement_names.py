"""Whose a line or a credit note is: orders by their ids and references, where no name is a name too."""

from collections.abc import Sequence

from khaos_connectors.core.settlement_types import ExpectedOrder

__all__ = ["Names", "is_blank"]


def is_blank(name: str) -> bool:
    """Whether there is nothing in *name*: then it names nothing, not even what has no name either."""
    return not name.strip()


class Names:
    """Where in *orders* the order of some name stands. A reference that two orders have is that of neither.

    *repeated* says that an id is there twice; it then stands for the first.
    """

    def __init__(self, orders: Sequence[ExpectedOrder]) -> None:
        self._ids: dict[str, int] = {}
        self._references: dict[str, int | None] = {}
        self.repeated = False
        for place, order in enumerate(orders):
            if not is_blank(order.order_id):
                self.repeated |= self._ids.setdefault(order.order_id, place) != place
            if not is_blank(order.reference):
                self._references[order.reference] = None if order.reference in self._references else place

    def by_id(self, order_id: str) -> int | None:
        """The place of the order with this id."""
        return self._ids.get(order_id)

    def find(self, order_id: str, reference: str = "") -> int | None:
        """The place of the order with this id; else of the one whose reference is *reference* (or *order_id*, where
        that is blank).
        """
        place = self._ids.get(order_id)
        if place is not None:
            return place
        return self._references.get(order_id if is_blank(reference) else reference)
