"""Explain a listing's level from the ERP's figures, without any network: python examples/why_is_it_at_one.py."""

from datetime import UTC, datetime

from khaos_connectors.core.availability import ListingPolicy, available_to_sell, explain
from khaos_connectors.core.buffers import Fixed, MaxOf, Percent
from khaos_connectors.core.ids import AccountId, LineId, LocationId, OrderId, StockCode
from khaos_connectors.core.stock import CommitmentBasis, Demand, StockFigure, in_flight, pool

TEAPOT = StockCode("TEAPOT")
TEN = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


def main() -> None:
    """Two sites, one order that the snapshot cannot contain yet, a pack of two."""
    figures = [
        StockFigure(stock_code=TEAPOT, location=LocationId("main"), available=9, back_order=1),
        StockFigure(stock_code=TEAPOT, location=LocationId("shop"), available=-1),
    ]
    ordered = Demand(
        account=AccountId("john-lewis"),
        order_id=OrderId("JL1-A"),
        line_id=LineId("JL1-A-1"),
        stock_code=TEAPOT,
        ordered=3,
        erp_created_at=None,  # not in the ERP yet
    )
    claimed = in_flight([ordered], as_of=TEN, basis=CommitmentBasis.AVAILABLE)
    units = pool(figures, basis=CommitmentBasis.AVAILABLE, in_flight=claimed)
    result = available_to_sell(units, policy=ListingPolicy(pool_buffer=MaxOf(Fixed(1), Percent("10%")), pack=2))

    print(explain(result))
    assert result.value == 1


if __name__ == "__main__":
    main()
