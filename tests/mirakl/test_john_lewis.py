"""John Lewis: where it is, what nobody has published of it, and who settles each of those questions."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from khaos_connectors.calls.decode import Unrecognised, parse_json, read
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl import john_lewis
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import InvoiceWay, MiraklConfig, ShipmentWay
from khaos_connectors.mirakl.instance.checking import DROPSHIP
from khaos_connectors.mirakl.instance.operators import GENERIC
from khaos_connectors.mirakl.instance.settling import InstanceFacts, Source
from khaos_connectors.mirakl.models.codes import OrderTaxMode, ShopModel
from khaos_connectors.mirakl.models.platform import CustomField, Platform, PlatformModel, PlatformSettings, Reason
from khaos_connectors.mirakl.models.platform_codes import ReasonType
from khaos_connectors.mirakl.models.shipping import Carrier, ShippingType
from khaos_connectors.mirakl.models.shops import Account
from khaos_connectors.protocols import Health
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import transport

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def jl() -> MiraklConfig:
    """John Lewis as the defaults have it."""
    return john_lewis.configure(AccountId("john-lewis"), api_key=Secret("k"))


def test_where_john_lewis_is(jl: MiraklConfig) -> None:
    """One call gives a working configuration; the address and everything else can be changed."""
    assert jl.connection().base_url == "https://johnlewisuk-prod.mirakl.net"
    other = attrs.evolve(jl, base_url=john_lewis.LIKELY_TEST_HOSTS[0] + "/api", shop_id=5)
    assert other.base_url == "https://johnlewisuk-preprod.mirakl.net"


def test_every_question_has_a_place_and_a_default(jl: MiraklConfig) -> None:
    """Each of the open questions is answered, once, whatever the instance told."""
    settled = john_lewis.settle(jl, InstanceFacts())
    assert [each.question for each in settled] == [each.name for each in john_lewis.QUESTIONS]
    assert len({each.name for each in john_lewis.QUESTIONS}) == len(john_lewis.QUESTIONS) == 19
    assert all(each.answer and each.read_in for each in settled)
    told = {each.question for each in settled if each.source is not Source.DEFAULT}
    assert told == {"VAT"}, "orders are asked for with taxes included, by configuration"


def answers(config: MiraklConfig, facts: InstanceFacts) -> dict[str, tuple[str, Source]]:
    return {each.question: (each.answer, each.source) for each in john_lewis.settle(config, facts)}


def test_the_instance_beats_the_defaults(jl: MiraklConfig, sample: Callable[[str], str]) -> None:
    """What A01, PC01, SH12 and SH21 say is taken over."""
    body = parse_json(Response(status=200, body=sample("platform.json").encode()), system="a", operation="PC01")
    facts = InstanceFacts(
        account=Account(shop_id=1, model=ShopModel.DROPSHIP, currency_iso_code="EUR"),
        platform=read(Platform, body, system="a", operation="PC01"),
        shipping_types=(
            ShippingType(code="STD", mandatory_tracking=True),
            ShippingType(code="CLC", mandatory_tracking=False),
        ),
        carriers=(Carrier(code="DPDUK"),),
    )
    found = answers(jl, facts)
    assert found["model"] == ("DROPSHIP", Source.INSTANCE)
    assert found["acceptance"] == ("NOT_AUTOMATIC", Source.INSTANCE)
    assert found["tracking"] == ("for STD", Source.INSTANCE)
    assert found["carriers"] == ("DPDUK; no others", Source.INSTANCE)
    assert found["several parcels"] == ("yes", Source.INSTANCE)
    assert found["returns"] == ("marketplace", Source.INSTANCE)
    assert found["invoices"] == ("no", Source.INSTANCE)
    assert found["currency"] == ("EUR", Source.INSTANCE)
    assert found["VAT"] == ("TAX_INCLUDED", Source.CONFIGURATION)


def test_the_configuration_beats_the_instance(jl: MiraklConfig) -> None:
    """A merchant who knows better says so once."""
    facts = InstanceFacts(account=Account(shop_id=1, model=ShopModel.DROPSHIP), several_shipments=True)
    known = attrs.evolve(
        jl,
        model=ShopModel.MARKETPLACE,
        shipment_way=ShipmentWay.ORDER,
        needs_acceptance=False,
        locale="en_GB",
        free_text_carriers=True,
    )
    found = answers(known, facts)
    for question, answer in (
        ("model", "MARKETPLACE"),
        ("several parcels", "no"),
        ("acceptance", "AUTOMATIC"),
        ("language", "en_GB"),
        ("carriers", "registered ones and others by name"),
    ):
        assert found[question] == (answer, Source.CONFIGURATION)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [({"drop_ship": True}, "DROPSHIP"), ({"drop_ship": True, "marketplace": True}, "MARKETPLACE"), ({}, "MARKETPLACE")],
)
def test_a_platform_with_several_kinds_does_not_say_which(
    kinds: dict[str, bool], expected: str, jl: MiraklConfig
) -> None:
    """The platform's model counts only where it leaves no choice."""
    settings = PlatformSettings(platform_model=PlatformModel(**kinds))
    answer, source = answers(jl, InstanceFacts(platform=Platform(platform_configuration=settings)))["model"]
    assert answer == expected
    assert (source is Source.INSTANCE) is (len(kinds) == 1)


# --- what each row of the list of open questions reads -------------------------------------------------------------


def told(jl: MiraklConfig, question: str, **facts: object) -> tuple[str, Source]:
    return answers(jl, InstanceFacts(**facts))[question]


def test_reasons_are_those_that_a_shop_may_use(jl: MiraklConfig) -> None:
    """A reason that only the operator may use is no answer; none at all is one."""
    reasons = (
        Reason(code="14", type=ReasonType.REFUND, is_shop_right=True),
        Reason(code="15", type=Unrecognised("NEW"), is_shop_right=True),
        Reason(code="16", type=ReasonType.REFUND, is_shop_right=False),
    )
    assert told(jl, "reasons", reasons=reasons) == ("14 (REFUND), 15 (NEW)", Source.INSTANCE)
    assert told(jl, "reasons", reasons=()) == ("none", Source.INSTANCE)
    assert told(jl, "reasons") == ("none: they must be mapped", Source.DEFAULT)


def test_custom_fields_are_listed_shortly(jl: MiraklConfig) -> None:
    """The first dozen by code; those that must be filled in say so."""
    fields = tuple(CustomField(code=f"f{number}", required=number == 0) for number in range(14))
    answer, source = told(jl, "custom fields", custom_fields=fields)
    assert answer.startswith("f0 (required), f1, ")
    assert answer.endswith("f11, and 2 more")
    assert source is Source.INSTANCE


@pytest.mark.parametrize(
    ("days", "answer"),
    [((0, 14, 28, 43), "every 14 days, the last on 2026-04-14"), ((0,), None), ((), None)],
)
def test_the_settlement_cycle_is_read_from_its_dates(
    days: tuple[int, ...], answer: str | None, jl: MiraklConfig
) -> None:
    """The usual distance of the last billing cycles; one cycle alone tells nothing."""
    cycles = tuple(START + timedelta(days=each) for each in reversed(days))
    found = told(jl, "settlement", cycles=cycles)
    assert found == ((answer, Source.INSTANCE) if answer else ("unknown: look daily", Source.DEFAULT))


def test_documents_that_are_owed_outweigh_the_flag(jl: MiraklConfig) -> None:
    """What DR11 asks of the seller now is a duty, whatever PC01 says; a configured way is an answer of ours."""
    assert told(jl, "invoices", documents_owed=True) == ("yes; documents wait to be uploaded now", Source.INSTANCE)
    assert told(jl, "invoices", documents_owed=False) == ("no", Source.DEFAULT)
    for way, answer in (
        (InvoiceWay.ORDER_DOCUMENT, "no: beside the order, by OR74"),
        (InvoiceWay.ACCOUNTING_DOCUMENT, "yes, by DR74"),
    ):
        own = attrs.evolve(jl, invoice_way=way)
        assert told(own, "invoices", documents_owed=True) == (answer, Source.CONFIGURATION)


def test_country_language_and_deadline(jl: MiraklConfig) -> None:
    """Where the shop sends from, which languages are on, and how long an order may wait as the merchant was told."""
    assert told(jl, "country") == ("GBR", Source.DEFAULT)
    assert told(jl, "country", account=Account(shop_id=1, shipping_country="IRL")) == ("IRL", Source.INSTANCE)
    assert told(jl, "language", locales=("en_GB", "fr_FR")) == ("en_GB, fr_FR", Source.INSTANCE)
    patient = attrs.evolve(jl, accept_within=timedelta(hours=36))
    assert told(patient, "acceptance deadline") == ("36 hours", Source.CONFIGURATION)
    assert told(jl, "acceptance deadline")[1] is Source.DEFAULT


# --- check() -------------------------------------------------------------------------------------------------------


def checked(config: MiraklConfig, settings: MiraklSettings | None = None) -> Health:
    """What ``check()`` says of an account on a simulated marketplace."""
    clock = ManualClock(START)
    market = MiraklSimulator(
        clock=clock.now, api_key="k", offers={"MUG": OfferState(price="8.50", quantity=2)}, settings=settings
    )
    runner = Runner({config.account: transport(market)}, clock=clock)
    return runner.run(MiraklChannel(attrs.evolve(config, pace_factor=0)).check())


def test_check_prints_every_open_question_and_who_answered(jl: MiraklConfig) -> None:
    """Each question stands in the notes with its answer, and says configuration, instance or default."""
    notes = checked(jl).notes
    assert notes[0] == "shop 2000 Example Home Store"
    for question in john_lewis.QUESTIONS:
        lines = [note for note in notes if note.startswith(f"{question.name}: ")]
        assert len(lines) == 1, question.name
        assert re.search(r"\((configuration|instance: |default)", lines[0]), lines[0]
    assert (
        "VAT: TAX_INCLUDED (configuration, as the profile has it: "
        "inferred, consumer prices in the United Kingdom include VAT)"
    ) in notes
    assert any(note.startswith("acceptance: NOT_AUTOMATIC (instance: PC01 ") for note in notes)
    assert any(
        note.startswith("acceptance deadline: unknown: ") and "(default; told by no field" in note for note in notes
    )


def test_what_somebody_should_answer_comes_first(jl: MiraklConfig) -> None:
    """Twenty lines are a haystack: contradictions come first, then the open questions, each group named and counted."""
    config = attrs.evolve(jl, needs_acceptance=False)
    notes = checked(config).notes
    start = next(at for at, note in enumerate(notes) if "contradicts the instance" in note)
    assert notes[start] == "1 setting contradicts the instance, and holds: acceptance"
    assert re.match(
        r"\d+ of \d+ questions are open, neither you nor the instance says: .*acceptance deadline", notes[start + 1]
    )
    names = notes[start + 1].partition("says: ")[2].split(", ")
    lines = notes[start + 2 : start + 2 + len(john_lewis.QUESTIONS)]
    assert [line.partition(": ")[0] for line in lines[: 1 + len(names)]] == ["acceptance", *names]
    assert not [line for line in lines[1 + len(names) :] if "(default" in line]
    assert sorted(line.partition(": ")[0] for line in lines) == sorted(each.name for each in john_lewis.QUESTIONS)


def test_what_only_the_profile_believes_is_open(jl: MiraklConfig) -> None:
    """A setting that nobody chose is an open question as a default is, until the instance or the merchant answers."""

    def is_open(config: MiraklConfig, question: str) -> bool:
        return next(
            each.open for each in john_lewis.PROFILE.settle(config, InstanceFacts()) if each.question == question
        )

    assert is_open(jl, "VAT")
    assert not is_open(attrs.evolve(jl, order_tax_mode=OrderTaxMode.TAX_EXCLUDED), "VAT")
    assert is_open(jl, "acceptance")
    assert not is_open(attrs.evolve(jl, needs_acceptance=True), "acceptance")


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        (OrderTaxMode.TAX_EXCLUDED, "VAT: TAX_EXCLUDED (configuration"),
        (OrderTaxMode.TAX_INCLUDED, "VAT: TAX_INCLUDED (configuration, as it is where nobody sets it"),
    ],
)
def test_what_nobody_set_is_not_told_as_configured(jl: MiraklConfig, mode: OrderTaxMode, shown: str) -> None:
    """A setting that has a value from the start says so: it is nobody's decision yet."""
    (line,) = [
        note for note in checked(attrs.evolve(jl, profile=None, order_tax_mode=mode)).notes if note.startswith("VAT: ")
    ]
    assert line.startswith(shown)
    assert ("nobody" in line) == (mode is OrderTaxMode.TAX_INCLUDED)


def test_a_configuration_that_contradicts_the_instance_is_told(jl: MiraklConfig) -> None:
    """The configuration holds, and the note says what the instance would have said."""
    notes = checked(attrs.evolve(jl, needs_acceptance=False)).notes
    assert "acceptance: AUTOMATIC (configuration; the instance says NOT_AUTOMATIC)" in notes


def test_the_supplier_direct_route_is_warned_of(jl: MiraklConfig) -> None:
    """Whoever checks an account of John Lewis reads that orders by SFTP files are another system; nobody else does."""
    warned = [note for note in checked(jl).notes if "SFTP" in note]
    assert warned == [f"John Lewis: {john_lewis.SUPPLIER_DIRECT}"]
    assert "Virtualstock" in warned[0]
    other = GENERIC.configure(AccountId("other"), base_url="https://other.example.com", api_key="k")
    assert not [note for note in checked(other).notes if "SFTP" in note]


def test_a_drop_ship_shop_is_named(jl: MiraklConfig) -> None:
    """By A01 or by the configuration: its prices are purchase prices and it is paid by other documents."""
    assert DROPSHIP in checked(jl, MiraklSettings(model="DROPSHIP")).notes
    assert DROPSHIP in checked(attrs.evolve(jl, model=ShopModel.DROPSHIP)).notes
    assert DROPSHIP not in checked(jl).notes
    assert (
        DROPSHIP not in checked(attrs.evolve(jl, model=ShopModel.MARKETPLACE), MiraklSettings(model="DROPSHIP")).notes
    )


# --- the words that merchants use ----------------------------------------------------------------------------------


def test_the_customer_order_number_is_the_commercial_id(jl: MiraklConfig) -> None:
    """What John Lewis prints on packing slips is one field; the key of everything is the other."""
    clock = ManualClock(START)
    market = MiraklSimulator(clock=clock.now, api_key="k", offers={"MUG": OfferState(price="8.50", quantity=2)})
    order_id = market.buy([("MUG", 1)])
    runner = Runner({jl.account: transport(market)}, clock=clock)
    found = runner.run(MiraklChannel(attrs.evolve(jl, pace_factor=0)).orders(since=START - timedelta(days=1)))
    order = found.items[0].order
    assert order.order_id == order_id
    assert order.order_id.startswith(f"{order.customer_number}-")
    assert john_lewis.PROFILE.names["customer order number"].startswith("commercial_id")
