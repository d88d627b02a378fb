"""What the tests of the Channels documents share: a draft, a credit note, our own samples."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from khaos_connectors.core.ids import AccountId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, DraftLine, ErpOrderDraft, Payment
from khaos_connectors.core.refund_records import CreditLine, CreditNoteDraft
from khaos_connectors.khaos_control.channels import (
    Conventions,
    DataItem,
    OrderDownloadSettings,
    PaymentTarget,
    ReturnDownloadSettings,
)

_SAMPLES = Path(__file__).parents[2] / "samples" / "khaos_control"
_HOME = Address(
    forename="Ada",
    surname="Example",
    line1="1 Example Street",
    town="Sampleton",
    postcode="AB1 2CD",
    country="GB",
    phone="01234 567890",
    email="ada@example.com",
)


@pytest.fixture
def sample() -> Callable[[str], bytes]:
    """One of our own sample documents."""
    return lambda name: (_SAMPLES / name).read_bytes()


@pytest.fixture
def by() -> Conventions:
    """The conventions of an account with every default."""
    return Conventions(account="khaos")


@pytest.fixture
def home() -> Address:
    """An invented person's address."""
    return _HOME


@pytest.fixture
def draft() -> ErpOrderDraft:
    """Three mugs for 10.00 (which does not divide) and delivery for 4.95."""
    line = DraftLine(
        stock_code=StockCode("MUG"),
        units=3,
        gross=Decimal("10.00"),
        net=Decimal("8.33"),
        vat=Decimal("1.67"),
        vat_rate=Decimal(20),
        description="A mug,\n blue",
        source=(LineId("L1"), LineId("L2")),
    )
    return ErpOrderDraft(
        account=AccountId("john-lewis"),
        reference=OrderRef("JL-1001"),
        order_id=OrderId("C-1"),
        placed_at=datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
        currency="GBP",
        lines=(line,),
        shipping_gross=Decimal("4.95"),
        shipping_net=Decimal("4.13"),
        shipping_vat=Decimal("0.82"),
        total=Decimal("14.95"),
        delivery=_HOME,
        billing=_HOME,
        customer_key="buyer-1",
        customer_number="PO-7",
        service="next-day",
        deliver_by=datetime(2026, 7, 3, 16, 0, tzinfo=UTC),
        payments=(Payment(method="marketplace", amount=Decimal("14.95"), reference="T-1"),),
    )


@pytest.fixture
def settings() -> OrderDownloadSettings:
    """Settings that suit the draft."""
    return OrderDownloadSettings(
        company_class=DataItem(name="Marketplace"),
        sales_source=DataItem(name="WEB"),
        site=DataItem(id="1"),
        couriers={"next-day": DataItem(id="14")},
        payments={
            "marketplace": PaymentTarget(card_type="Marketplace", auth_code="MARKETPLACE"),
            "invoice": PaymentTarget(kind="account"),
        },
    )


@pytest.fixture
def credit() -> CreditNoteDraft:
    """One of the mugs given back."""
    line = CreditLine(
        line_id=LineId("L1"),
        stock_code=StockCode("MUG"),
        net=Decimal("2.78"),
        vat=Decimal("0.56"),
        vat_rate=Decimal(20),
        quantity=1,
        reason="broken",
    )
    return CreditNoteDraft(
        account=AccountId("john-lewis"),
        refund_id="R-1",
        order_id=OrderId("C-1"),
        against="INV1",
        currency="GBP",
        lines=(line,),
        shipping_net=Decimal(0),
        shipping_vat=Decimal(0),
        commission=Decimal(0),
        complete=True,
    )


@pytest.fixture
def returns() -> ReturnDownloadSettings:
    """Settings that suit the credit note."""
    return ReturnDownloadSettings(reasons={"broken": DataItem(id="6")})
