"""Reference data and promotions: names, key codes, countries, the parts of GetSOPData, recent order statuses."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.enums import CompanyClassKind, SopPart, Stage
from khaos_connectors.khaos_control.models import Courier, RecentStatus, SopData
from khaos_connectors.khaos_control.reference_models import CountryRow, Keycode, MailingStatus
from khaos_connectors.khaos_control.sop_models import (
    BarredItem,
    BarredType,
    BogofOffer,
    FreeGift,
    Restrictions,
    SopKeycodeDiscount,
    SopKeycodeItem,
)
from khaos_connectors.khaos_control.sop_prompts import Named, PromptAction, PromptCountry, PromptItem

_SERVICE = Service(system="khaos")


def _asked(call: Call[object]) -> dict[str, str | None]:
    root = ET.fromstring(call.request.body)
    return {each.tag: each.text for each in root[0][0]}


@pytest.mark.parametrize(
    ("call", "operation"),
    [
        (endpoints.get_sale_sources(_SERVICE), "GetSaleSource"),
        (endpoints.get_company_classes(_SERVICE), "GetCompanyClass"),
        (endpoints.get_company_statuses(_SERVICE), "GetCompanyStatus"),
        (endpoints.get_agents(_SERVICE), "GetAgentList"),
        (endpoints.get_keycode_types(_SERVICE), "GetKeycodeTypes"),
        (endpoints.get_price_lists(_SERVICE), "GetPriceLists"),
    ],
)
def test_names_are_a_list_of_texts(
    enveloped: Callable[..., Response], call: Call[tuple[str, ...]], operation: str
) -> None:
    """In their order and their own spelling; a nil list has none."""
    answer = enveloped(operation, "<return><item>Own website</item><item>eBay</item><item/></return>")
    nothing = enveloped(operation, '<return xsi:nil="true"/>')

    assert (call.operation, call.repeat) == (operation, "free")
    assert (call.decode(answer), call.decode(nothing)) == (("Own website", "eBay"), ())


def test_classes_can_be_asked_by_kind() -> None:
    """All, price lists, others."""
    kinds = [_asked(endpoints.get_company_classes(_SERVICE, kind))["CompanyClassType"] for kind in CompanyClassKind]

    assert kinds == ["0", "1", "2"]


def test_key_codes(enveloped: Callable[..., Response]) -> None:
    """The misspelt date, the empty expiry; a row without a code or with a bad truth is told apart."""
    answer = enveloped(
        "GetKeycodes",
        "<return><item><KeycodeCode>SPRING</KeycodeCode><KeycodeDesc>Spring</KeycodeDesc><SourceCode>false</SourceCode>"
        "<DateCrreated>2026-01-07T00:00:00.000Z</DateCrreated><ExpiryDate>1899-12-30T00:00:00.000Z</ExpiryDate>"
        "<WebUse>true</WebUse><MOTOUse>true</MOTOUse></item>"
        "<item><KeycodeCode>B</KeycodeCode><DateCreated>2026-01-08T00:00:00.000Z</DateCreated></item>"
        "<item><KeycodeCode>C</KeycodeCode><WebUse>maybe</WebUse></item><item/></return>",
    )

    rows = endpoints.get_keycodes(_SERVICE).decode(answer)

    assert rows.items == (
        Keycode(
            code="SPRING",
            description="Spring",
            created=datetime(2026, 1, 7, tzinfo=UTC),
            web_use=True,
            moto_use=True,
        ),
        Keycode(code="B", created=datetime(2026, 1, 8, tzinfo=UTC)),
    )
    assert [(each.key, each.path, each.expected) for each in rows.unread] == [
        ("C", "[2]/WebUse", "true or false"),
        ("", "[3]/KeycodeCode", "a text"),
    ]


def test_countries(enveloped: Callable[..., Response]) -> None:
    """Both codes; fewer than counted is an error, a broken one is told apart."""
    row = (
        "<item><CountryName>Ireland</CountryName><CountryCode2>IE</CountryCode2><CountryCode3>IRL</CountryCode3>"
        "<EUMember>true</EUMember><PaysVAT>true</PaysVAT><CurrencyCode>GBP</CurrencyCode></item>"
    )
    call = endpoints.get_countries(_SERVICE)

    rows = call.decode(
        enveloped("GetCountryList", f"<return><Count>2</Count><List>{row}<item><Zone>1</Zone></item></List></return>")
    )

    assert rows.items == (
        CountryRow(name="Ireland", code2="IE", code3="IRL", eu_member=True, pays_vat=True, currency_code="GBP"),
    )
    assert [each.path for each in rows.unread] == ["List[1]/CountryName"]
    with pytest.raises(errors.Undecodable, match="as Count says"):
        call.decode(enveloped("GetCountryList", f"<return><Count>2</Count><List>{row}</List></return>"))


def test_mailing_statuses(enveloped: Callable[..., Response]) -> None:
    """Ids are texts."""
    answer = enveloped(
        "GetMailingStatusList",
        "<return><item><ID>10</ID><Description>Incomplete</Description></item><item><Description/></item></return>",
    )

    rows = endpoints.get_mailing_statuses(_SERVICE).decode(answer)

    assert rows.items == (MailingStatus(status_id="10", description="Incomplete"),)
    assert len(rows.unread) == 1


# --- promotions ------------------------------------------------------------------------------------------------------


def test_only_what_is_asked_for_is_told() -> None:
    """Couriers alone unless more is wanted; nothing would be told of nothing."""
    everything = _asked(endpoints.get_sop_data(_SERVICE, list(SopPart)))
    couriers = _asked(endpoints.get_sop_data(_SERVICE))

    assert set(everything.values()) == {"true"}
    assert {name for name, value in couriers.items() if value == "true"} == {"Courier"}
    assert list(couriers) == [
        "Courier",
        "DelRate",
        "CourierBanding",
        "BOGOF",
        "SpecialOffer",
        "TelesalePrompt",
        "KeyCode",
        "BarredItems",
    ]
    with pytest.raises(ValueError, match="empty"):
        endpoints.get_sop_data(_SERVICE, ())


@pytest.fixture
def sop_data(texted: Callable[[str, str], Response], sample: Callable[[str], str]) -> SopData:
    """Our sample, read."""
    return endpoints.get_sop_data(_SERVICE, list(SopPart)).decode(texted("GetSOPData", sample("sop_data.xml")))


def test_couriers_and_charges(sop_data: SopData) -> None:
    """A courier without a code has its name; ranges, charges and priorities are exact."""
    assert sop_data.couriers == (Courier(code="RM48", name="Tracked 48"), Courier(name="Our own van"))
    (rate,), (band,) = sop_data.delivery_rates, sop_data.courier_bands
    assert (rate.postage, rate.postage_vat, rate.value_high, rate.weight_high, rate.priority) == (
        Decimal("4.95"),
        True,
        Decimal("49.99"),
        Decimal("2.5"),
        1,
    )
    assert (band.courier, band.weight_high) == ("RM48", Decimal(30))


def test_promotions(sop_data: SopData) -> None:
    """Key codes with their discounts and gifts, offers with their triggers, special prices."""
    (keycode,), (bogof,), (offer,) = sop_data.keycodes, sop_data.bogofs, sop_data.special_offers
    assert (keycode.code, keycode.source, keycode.expires) == ("SPRING", True, datetime(2026, 5, 31, 23, tzinfo=UTC))
    assert keycode.discounts == (
        SopKeycodeDiscount(order_low=Decimal(20), order_high=Decimal(50), percent=Decimal(10), delivery_active=False),
    )
    assert keycode.free_items == (
        SopKeycodeItem(stock_code="MUG", order_low=Decimal(50), qty=Decimal(1), amount=Decimal(0), auto_add=True),
    )
    assert (bogof.bogof_id, bogof.active, bogof.keycodes) == ("B1", False, ("SPRING",))
    assert (bogof.date_from, bogof.date_to) == (datetime(2026, 1, 1, tzinfo=UTC), None)
    (trigger,) = bogof.triggers
    assert (trigger.stock_code, trigger.company_class, trigger.qty) == ("MUG", "Retail", Decimal(2))
    assert trigger.offers == (BogofOffer(stock_code="MUG", qty=Decimal(1), discount=Decimal(100)),)
    assert (offer.stock_code, offer.sell_price, offer.price_is_net, offer.extended_description) == (
        "TEAPOT",
        Decimal("5.00"),
        True,
        ("While stocks last",),
    )


def test_prompts(sop_data: SopData) -> None:
    """When a prompt is raised, for whom, and what it does."""
    (prompt,) = sop_data.telesale_prompts

    assert (prompt.prompt_id, prompt.always_active, prompt.raised_by) == ("T1", True, None)
    assert prompt.applies == Named(code="SPRING", name="Spring")
    assert prompt.items == (PromptItem(stock_code="MUG", qty=Decimal(2)),)
    assert (prompt.company_classes, prompt.company_types) == (("Retail",), ())
    assert prompt.countries == (PromptCountry(code2="GB", code3="GBR", name="United Kingdom"),)
    assert prompt.currencies == (Named(code="GBP", name="Pound Sterling"),)
    assert prompt.action == PromptAction(apply=True, discount=Decimal(10), price_is_net=False)
    (condition,) = prompt.conditions
    assert (condition.condition_id, condition.parent_id, condition.stock_code, condition.value) == (
        "2",
        "1",
        "MUG",
        "100.99",
    )


def test_restrictions_and_gifts(sop_data: SopData) -> None:
    """What may not be sold to one customer or to a class, and what may be chosen as a gift."""
    assert sop_data.restrictions == (
        Restrictions(
            company_code="CU0000007",
            types=(BarredType(type_id="4", name="Knives", exempt=False),),
            items=(BarredItem(stock_code="KNIFE-3", exempt=True),),
        ),
        Restrictions(class_id="2", class_name="Retail"),
    )
    assert sop_data.free_gifts == (
        FreeGift(gift_id="G1", low_value=Decimal(50), high_value=Decimal(100), items=("MUG",)),
    )


def test_broken_rows_of_promotions_are_told_apart(sop_data: SopData) -> None:
    """A priority that is no number, a key code without a code: the others are there."""
    assert [(each.key, each.path, each.expected) for each in sop_data.unread] == [
        ("/SOPDATA/DELRATES[0]/RATE[1]", "/SOPDATA/DELRATES[0]/RATE[1]/PRIORITY", "a whole number"),
        ("K2", "/SOPDATA/KEYCODES[0]/KEYCODE[1]/CODE", "a key code"),
    ]


def test_a_special_offer_needs_its_item(texted: Callable[[str, str], Response]) -> None:
    """And a document of another kind is none."""
    call = endpoints.get_sop_data(_SERVICE)
    text = "<SOPDATA><SPECIAL_OFFERS><SPECIAL_OFFER><QTY>1</QTY></SPECIAL_OFFER></SPECIAL_OFFERS></SOPDATA>"

    assert [each.expected for each in call.decode(texted("GetSOPData", text)).unread] == ["a stock code"]
    with pytest.raises(errors.Undecodable):
        call.decode(texted("GetSOPData", "<COMPANYS/>"))


# --- recent statuses -------------------------------------------------------------------------------------------------


def test_recent_statuses(texted: Callable[[str, str], Response]) -> None:
    """A row per invoice, the stage as its text; unknown stages pass, rows without an order or a stage do not."""
    call = endpoints.export_recent_statuses(_SERVICE)
    document = (
        '<ORDER_STATUSES><ORDER REF="W1" ID="S1" INVOICE="I1" COMPLETE="-1" CONSIGNMENT="Z1" URN="C1">16</ORDER>'
        '<ORDER REF="W2" ID="S2" INVOICE="" COMPLETE="0">99</ORDER><ORDER REF="W3">10</ORDER>'
        '<ORDER ID="S4" REF="W4"/><ORDER/></ORDER_STATUSES>'
    )

    rows = call.decode(texted("ExportOrderStatus", document))

    assert _asked(call) == {}
    assert rows.items == (
        RecentStatus(
            associated_ref="W1",
            sorder_code="S1",
            stage_id=16,
            invoice_code="I1",
            complete=True,
            consignment_ref="Z1",
            urn="C1",
        ),
        RecentStatus(associated_ref="W2", sorder_code="S2", stage_id=99),
    )
    assert [each.stage for each in rows] == [Stage.ISSUE_INVOICES, None]
    assert [(each.key, each.expected) for each in rows.unread] == [("W3", "an order code"), ("W4", "a stage number")]
    with pytest.raises(errors.Undecodable):
        call.decode(texted("ExportOrderStatus", "<STATUS_LIST/>"))
