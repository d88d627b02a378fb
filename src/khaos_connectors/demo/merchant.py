"""The merchant of the demonstration: which systems, which rules. This is what a user would write for their own."""

from collections.abc import Mapping

import attrs

from khaos_connectors.calls.connection import Connection
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.acceptance import AcceptancePolicy
from khaos_connectors.core.availability import ListingPolicy
from khaos_connectors.core.buffers import Fixed, MaxOf, Percent
from khaos_connectors.core.couriers import CourierMap, CourierRule
from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, LocationId, StockCode
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.push import BreakerPolicy
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.channels.codes import Format
from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
from khaos_connectors.khaos_control.channels.erp import KhaosChannelsERP
from khaos_connectors.khaos_control.channels.settings import (
    ItemSettings,
    OrderDownloadSettings,
    PaymentTarget,
    ReturnDownloadSettings,
)
from khaos_connectors.khaos_control.channels.values import DataItem
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.erp import KhaosControlERP
from khaos_connectors.khaos_control.order_settings import OrderSettings, PaymentRule
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.pipelines.confirm_policy import ConfirmPolicy
from khaos_connectors.pipelines.import_policy import ImportPolicy
from khaos_connectors.pipelines.stock_push import PushPolicy
from khaos_connectors.store.mailbox import Mailbox
from khaos_connectors.testing.day.channels import CARRIAGE, GOODWILL
from khaos_connectors.testing.day.plan import CHANNEL_PASSWORD, CHANNEL_USER, SHOP_URN
from khaos_connectors.testing.day.server import Scene

__all__ = ["JOHN_LEWIS", "Merchant", "channels_config", "merchant_of"]

JOHN_LEWIS = AccountId("john-lewis")
KHAOS = AccountId("khaos-control")


@attrs.frozen(kw_only=True)
class Merchant:
    """The two connections and the three policies."""

    mirakl: MiraklConfig
    khaos: KhaosControlConfig | KhaosChannelsConfig
    imports: ImportPolicy
    pushes: PushPolicy
    confirms: ConfirmPolicy

    @property
    def connections(self) -> tuple[Connection, ...]:
        """What a runner has to reach."""
        if isinstance(self.khaos, KhaosChannelsConfig):
            return self.mirakl.connections()  # the ERP calls us, nobody calls it
        return (*self.mirakl.connections(), self.khaos.connection())

    def channel(self) -> MiraklChannel:
        """The marketplace as a port."""
        return MiraklChannel(self.mirakl)

    def erp(self, mailbox: Mailbox | None = None) -> KhaosControlERP | KhaosChannelsERP:
        """The ERP as a port: through its web service, or through the *mailbox* that its calls fill."""
        if not isinstance(self.khaos, KhaosChannelsConfig):
            return KhaosControlERP(self.khaos)
        if mailbox is None:
            raise ConfigError(
                field="mailbox", problem="is needed for an ERP that calls us: what it tells is kept there"
            )
        return KhaosChannelsERP(self.khaos, mailbox)

    def with_courier(self, courier: str, carrier: str) -> "Merchant":
        """The same merchant after somebody has mapped one more courier."""
        rules = (*self.confirms.couriers.rules, CourierRule(carrier=carrier, courier=courier))
        return attrs.evolve(self, confirms=attrs.evolve(self.confirms, couriers=CourierMap(rules)))


def channels_config(public_url: str, form: Format = Format.JSON) -> KhaosChannelsConfig:
    """The merchant's side of the ERP's channel, to be found at *public_url*."""
    return KhaosChannelsConfig(
        account=KHAOS,
        user=CHANNEL_USER,
        password=Secret(CHANNEL_PASSWORD),
        public_url=public_url,
        form=form,
        default_orders=OrderDownloadSettings(
            company_class=DataItem(name="John Lewis"),
            sales_source=DataItem(name="John Lewis"),
            site=DataItem(id="1"),
            payments={"marketplace": PaymentTarget(card_type="John Lewis", auth_code="JOHNLEWIS")},
        ),
        returns=ReturnDownloadSettings(
            default_reason=DataItem(name="Unwanted"),
            amount_only_code=StockCode(GOODWILL),
            shipping_code=StockCode(CARRIAGE),
            process=True,
        ),
        customer_urns={JOHN_LEWIS: SHOP_URN},
        items=ItemSettings(locations={1: LocationId("main")}),
    )


def merchant_of(scene: Scene, khaos: KhaosChannelsConfig | None = None) -> Merchant:
    """A cautious merchant: accepts what is on the shelf, keeps a little back, leaves the rest to people.

    *khaos* is the ERP's channel where there is one; None: its web service at the scene's address.
    """
    skus = _skus(scene.packs)
    return Merchant(
        mirakl=MiraklConfig(
            account=JOHN_LEWIS,
            base_url=scene.mirakl_url,
            api_key=Secret(scene.api_key),
            shop_id=scene.shop_id,
        ),
        khaos=khaos
        or KhaosControlConfig(
            account=KHAOS,
            base_url=scene.khaos_url,
            default_orders=OrderSettings(
                company_class="John Lewis",
                sales_source="John Lewis",
                payments={"marketplace": PaymentRule(auth_code="JOHNLEWIS")},
            ),
        ),
        imports=ImportPolicy(
            skus=skus,
            orders=OrderPolicy(payment_method="marketplace", default_country="GB"),
            acceptance=AcceptancePolicy(),
            owner="demo",
        ),
        pushes=PushPolicy(
            skus=skus,
            listing=ListingPolicy(pool_buffer=MaxOf(Fixed(1), Percent("5%"))),
            # A trading day in half a minute empties shelves faster than any real one.
            breaker=BreakerPolicy(min_skus=10_000),
            owner="demo",
        ),
        confirms=ConfirmPolicy(skus=skus, couriers=CourierMap(()), owner="demo"),
    )


def _skus(packs: Mapping[str, tuple[str, int]]) -> SkuMap:
    channel = ChannelId(JOHN_LEWIS)
    return SkuMap(
        {(channel, ChannelSku(sku)): Target(StockCode(code), pack) for sku, (code, pack) in packs.items()},
    )
