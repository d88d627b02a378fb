"""Hypothesis strategies for the records of ``khaos_connectors.core``: the one place to import them from.

They draw what real sources send, the awkward part included: negative stock, several locations, orders that the ERP
got just before or after a snapshot, SKUs that differ in a leading zero. Values are small by default, because laws
break at small numbers and failures read better there. Needs the extra ``testing``.

    @given(figures_of_one_code(), demands(), listing_policies())
    def test_my_own_rule(figures, demand, policy): ...

The strategies stand in modules by topic and are loaded when a name is first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from khaos_connectors.testing.despatch_strategies import (
        carrier_choices,
        carriers,
        courier_maps,
        courier_rules,
        despatch_lines,
        despatches,
        order_despatches,
        parcels,
        shipment_lines,
        shipped,
        ssccs,
    )
    from khaos_connectors.testing.exception_strategies import (
        calendars,
        checks,
        due_moments,
        exception_items,
    )
    from khaos_connectors.testing.order_flow_strategies import (
        acceptance_policies,
        acceptances,
        address_rules,
        charges,
        erp_orders,
        histories,
        line_keys,
        line_verdicts,
        order_ages,
        order_events,
        order_keys,
        order_policies,
        order_progresses,
        order_values,
        payments,
        postcodes,
        vat_splits,
        window_policies,
    )
    from khaos_connectors.testing.order_strategies import (
        addresses,
        already_told,
        channel_orders,
        despatches_of,
        erp_order_drafts,
        order_lines,
        reasons,
        targets_of,
        tracking_numbers,
    )
    from khaos_connectors.testing.stock_strategies import (
        acknowledged_levels,
        buffers,
        demands,
        figures_of_one_code,
        incoming_receipts,
        instants,
        listing_policies,
        moneys,
        proportions,
        sku_maps,
        snapshots,
        stock_codes,
        stock_figures,
        wanted_levels,
    )

__all__ = [
    "acceptance_policies",
    "acceptances",
    "acknowledged_levels",
    "address_rules",
    "addresses",
    "already_told",
    "buffers",
    "calendars",
    "carrier_choices",
    "carriers",
    "channel_orders",
    "charges",
    "checks",
    "courier_maps",
    "courier_rules",
    "demands",
    "despatch_lines",
    "despatches",
    "despatches_of",
    "due_moments",
    "erp_order_drafts",
    "erp_orders",
    "exception_items",
    "figures_of_one_code",
    "histories",
    "incoming_receipts",
    "instants",
    "line_keys",
    "line_verdicts",
    "listing_policies",
    "moneys",
    "order_ages",
    "order_despatches",
    "order_events",
    "order_keys",
    "order_lines",
    "order_policies",
    "order_progresses",
    "order_values",
    "parcels",
    "payments",
    "postcodes",
    "proportions",
    "reasons",
    "shipment_lines",
    "shipped",
    "sku_maps",
    "snapshots",
    "ssccs",
    "stock_codes",
    "stock_figures",
    "targets_of",
    "tracking_numbers",
    "vat_splits",
    "wanted_levels",
    "window_policies",
]

_TOPICS = {
    "despatch_strategies": (
        "carrier_choices",
        "carriers",
        "courier_maps",
        "courier_rules",
        "despatch_lines",
        "despatches",
        "order_despatches",
        "parcels",
        "shipment_lines",
        "shipped",
        "ssccs",
    ),
    "exception_strategies": (
        "calendars",
        "checks",
        "due_moments",
        "exception_items",
    ),
    "order_flow_strategies": (
        "acceptance_policies",
        "acceptances",
        "address_rules",
        "charges",
        "erp_orders",
        "histories",
        "line_keys",
        "line_verdicts",
        "order_ages",
        "order_events",
        "order_keys",
        "order_policies",
        "order_progresses",
        "order_values",
        "payments",
        "postcodes",
        "vat_splits",
        "window_policies",
    ),
    "order_strategies": (
        "addresses",
        "already_told",
        "channel_orders",
        "despatches_of",
        "erp_order_drafts",
        "order_lines",
        "reasons",
        "targets_of",
        "tracking_numbers",
    ),
    "stock_strategies": (
        "acknowledged_levels",
        "buffers",
        "demands",
        "figures_of_one_code",
        "incoming_receipts",
        "instants",
        "listing_policies",
        "moneys",
        "proportions",
        "sku_maps",
        "snapshots",
        "stock_codes",
        "stock_figures",
        "wanted_levels",
    ),
}
_HOMES = {name: f"khaos_connectors.testing.{topic}" for topic, names in _TOPICS.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - it is only needed when a name is first used

    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
