"""Reading stock through the port: sites, back orders, chunks, and codes that cannot be read."""

from collections.abc import Callable, Mapping
from xml.etree import ElementTree as ET

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.ids import AccountId, LocationId, StockCode
from khaos_connectors.khaos_control import (
    ChunkSizes,
    KhaosControlConfig,
    KhaosControlERP,
    Levels,
    Site,
    StockSettings,
)
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.khaos_control import KhaosSettings

Answers = Callable[[str, Mapping[str, str]], Response | Lost]


def _codes(*codes: str) -> list[StockCode]:
    return [StockCode(code) for code in codes]


class Scripted:
    """A transport that answers by operation and parameters, and remembers both."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def send(self, request: Request) -> Response | Lost:
        body = ET.fromstring(request.body)[0][0]
        operation = body.tag.split("}")[1]
        parameters = {each.tag: each.text or "" for each in body}
        self.asked.append((operation, parameters.get("StockCode", "")))
        return self.answers(operation, parameters)


def _erp(answers: Answers, **stock: object) -> tuple[KhaosControlERP, Runner, Scripted]:
    settings = StockSettings(**{"sites": (Site(site_id="1", location=LocationId("main")),), **stock})  # type: ignore[arg-type] # any setting
    config = KhaosControlConfig(
        account=AccountId("khaos"),
        base_url="https://erp.example.com/K.exe",
        stock=settings,
        chunks=ChunkSizes(export_stock_status=4, get_stock_potential=4),
    )
    transport = Scripted(answers)
    return KhaosControlERP(config), Runner({"khaos": transport}, clock=ManualClock(), chance=lambda: 0.0), transport


@pytest.fixture
def rows(texted: Callable[..., Response], enveloped: Callable[..., Response]) -> Callable[..., Response]:
    """The answer to either stock call: level 10 for each code asked for, unless another text stands for a code."""

    def build(operation: str, parameters: Mapping[str, str], other: Mapping[str, str] | None = None) -> Response:
        codes = parameters["StockCode"].split(",")
        other = other or {}
        if operation == "GetStockPotential":
            items = "".join(
                f"<item><StockCode>{code}</StockCode><Available>10</Available><OnOrder>0</OnOrder>"
                f"<BackOrder>1.5</BackOrder></item>"
                for code in codes
            )
            return enveloped(operation, f"<return>{items}</return>")
        inner = "".join(
            other.get(code, f'<STOCK_ITEM CODE="{code}"><LEVEL>10</LEVEL><STATUS>0</STATUS></STOCK_ITEM>')
            for code in codes
        )
        return texted(operation, f'<STOCK_STATUS SITE="Main Site">{inner}</STOCK_STATUS>')

    return build


@pytest.mark.parametrize("answers", ["inline", "multiref"])
def test_available_per_site_and_back_order_on_the_default_one(house: Callable[..., object], answers: str) -> None:
    """Every site has a figure; what was sold without stock is counted once, on the default site."""
    home = house(KhaosSettings(answers=answers, bom=True))
    snapshot = home.runner.run(home.erp.stock(_codes("MUG-RED", "TEA-1KG", "GIFTWRAP", "OLD", "NO-SUCH")))

    told = [(each.stock_code, each.location, each.available) for each in snapshot.figures]
    assert told[:2] == [("MUG-RED", "main", 20), ("MUG-RED", "leeds", 5)]
    assert (snapshot.complete, snapshot.missing, snapshot.full) == (True, ("NO-SUCH",), False)
    by_code = {each.stock_code: each for each in snapshot.figures if each.location == "main"}
    assert (by_code["GIFTWRAP"].stock_controlled, by_code["GIFTWRAP"].available) == (False, None)
    assert by_code["OLD"].discontinued


def test_a_full_snapshot_lists_the_codes_first(house: Callable[..., object]) -> None:
    """Without codes everything is read, and the moment is that before the first read."""
    home = house()
    before = home.clock.now()
    snapshot = home.runner.run(home.erp.stock())

    assert (snapshot.full, snapshot.complete, snapshot.as_of) == (True, True, before)
    assert {each.stock_code for each in snapshot.figures} == {"MUG-RED", "TEA-1KG", "GIFTWRAP", "OLD"}


def test_a_shelf_is_one_however_its_id_is_written() -> None:
    """Read as two sites it would be sold twice."""
    twice = tuple(Site(site_id=each, location=LocationId(each)) for each in ("1", "01"))
    with pytest.raises(errors.ConfigError, match="given once"):
        StockSettings(sites=twice)


def test_all_sites_together_is_a_setting(house: Callable[..., object]) -> None:
    """With GetStockPotential alone there is one figure a code, on the default site."""
    settings = StockSettings(levels=Levels.ALL_SITES, sites=(Site(location=LocationId("all")),))
    home = house(None, {"stock": settings})
    snapshot = home.runner.run(home.erp.stock(_codes("MUG-RED", "NO-SUCH")))

    assert [(each.location, each.available, each.back_order) for each in snapshot.figures] == [("all", 25, 0)]
    assert snapshot.missing == ("NO-SUCH",)
    assert not home.runner.run(home.erp.capabilities()).stock_per_location


def test_fractions_round_against_us(rows: Callable[..., Response]) -> None:
    """A level of 2.9 promises 2, one of -2.1 owes 3, and 1.5 sold without stock is 2."""
    other = {
        "A": '<STOCK_ITEM CODE="A"><LEVEL>2.9</LEVEL></STOCK_ITEM>',
        "B": '<STOCK_ITEM CODE="B"><LEVEL>-2.1</LEVEL></STOCK_ITEM>',
    }
    erp, runner, _ = _erp(lambda operation, parameters: rows(operation, parameters, other))

    figures = runner.run(erp.stock(_codes("A", "B"))).figures

    assert [(each.available, each.back_order) for each in figures] == [(2, 2), (-3, 2)]


def test_build_potential_is_added_only_when_asked(rows: Callable[..., Response]) -> None:
    """What could be built counts as available by a setting alone."""
    item = '<STOCK_ITEM CODE="A"><LEVEL>2</LEVEL><BUILD_POTENTIAL_CHILDREN>3.5</BUILD_POTENTIAL_CHILDREN></STOCK_ITEM>'
    for wanted, available in ((False, 2), (True, 5)):
        erp, runner, _ = _erp(lambda op, parameters: rows(op, parameters, {"A": item}), add_build_potential=wanted)
        assert [each.available for each in runner.run(erp.stock(_codes("A"))).figures] == [available]


def test_codes_go_in_chunks_one_call_after_another(rows: Callable[..., Response]) -> None:
    """Nine codes at four a call are three calls, then three for the back orders; nothing twice."""
    erp, runner, transport = _erp(rows)
    runner.run(erp.stock(_codes(*"ABCDEFGHIA")))

    assert transport.asked == [
        (operation, codes)
        for operation in ("ExportStockStatus", "GetStockPotential")
        for codes in ("A,B,C,D", "E,F,G,H", "I")
    ]


@pytest.mark.parametrize(
    "row",
    [
        '<STOCK_ITEM CODE="B"><LEVEL>lots</LEVEL></STOCK_ITEM>',
        '<STOCK_ITEM CODE="B"><STATUS>0</STATUS></STOCK_ITEM>',
    ],
    ids=["broken", "no level"],
)
def test_a_bad_row_costs_its_own_code_only(rows: Callable[..., Response], row: str) -> None:
    """The code is missing, the snapshot incomplete, the others are told."""
    erp, runner, _ = _erp(lambda operation, parameters: rows(operation, parameters, {"B": row}))
    snapshot = runner.run(erp.stock(_codes("A", "B", "C")))

    assert [each.stock_code for each in snapshot.figures] == ["A", "C"]
    assert (snapshot.complete, snapshot.missing) == (False, ("B",))


def test_a_row_that_names_nobody_spoils_its_chunk_only(rows: Callable[..., Response]) -> None:
    """A row without a code could be any of those asked for in that call; other calls are not concerned."""
    erp, runner, _ = _erp(
        lambda operation, parameters: rows(operation, parameters, {"B": "<STOCK_ITEM><LEVEL>1</LEVEL></STOCK_ITEM>"})
    )
    snapshot = runner.run(erp.stock(_codes(*"ABCDE")))

    assert [each.stock_code for each in snapshot.figures] == ["E"]
    assert (snapshot.complete, snapshot.missing) == (False, tuple("ABCD"))


def test_a_code_that_makes_the_server_fault_is_found(
    rows: Callable[..., Response], fault: Callable[..., Response]
) -> None:
    """The chunk is halved until the culprit stands alone."""

    def answer(operation: str, parameters: Mapping[str, str]) -> Response:
        return fault("Access violation") if "F" in parameters["StockCode"] else rows(operation, parameters)

    erp, runner, transport = _erp(answer)
    snapshot = runner.run(erp.stock(_codes(*"ABCDEFGH")))

    assert (snapshot.complete, snapshot.missing) == (False, ("F",))
    assert [each.stock_code for each in snapshot.figures] == list("ABCDEGH")
    assert [codes for operation, codes in transport.asked if operation == "ExportStockStatus"] == [
        "A,B,C,D",
        "E,F,G,H",
        "E,F",
        "E",
        "F",
        "G,H",
    ]


def test_a_chunk_that_is_never_answered_leaves_the_rest(rows: Callable[..., Response]) -> None:
    """After all repeats its codes are missing; the others stand."""

    def answer(operation: str, parameters: Mapping[str, str]) -> Response | Lost:
        slow = "E" in parameters["StockCode"]
        return Lost(sent=True, reason="read timed out") if slow else rows(operation, parameters)

    erp, runner, _ = _erp(answer)
    snapshot = runner.run(erp.stock(_codes(*"ABCDEF")))

    assert (snapshot.complete, snapshot.missing) == (False, ("E", "F"))


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Lost(sent=False, reason="no route"), errors.NotSent),
        (Lost(sent=True, reason="read timed out"), errors.Unanswered),
        (Response(status=401, body=b"<html>"), errors.AuthFailed),
        (Response(status=200, body=b"<html>maintenance"), errors.Undecodable),
    ],
)
def test_a_service_that_is_down_raises(outcome: Response | Lost, expected: type[errors.CallError]) -> None:
    """An empty snapshot would look like a shop that sold out: when nothing can be read, that is an error."""
    erp, runner, transport = _erp(lambda _operation, _parameters: outcome)

    with pytest.raises(expected):
        runner.run(erp.stock(_codes(*"ABCDEFGHIJKL")))
    assert len(transport.asked) <= 32


def test_a_fault_for_everything_raises_the_fault(fault: Callable[..., Response]) -> None:
    """Eight attempts are enough to know that it is not one code."""
    erp, runner, transport = _erp(lambda _operation, _parameters: fault("Interface not supported"))

    with pytest.raises(errors.Refused, match="Interface not supported"):
        runner.run(erp.stock(_codes(*"ABCDEFGHIJKL")))
    assert len(transport.asked) == 8


def test_the_only_code_that_fails_raises(fault: Callable[..., Response]) -> None:
    """A snapshot of nothing tells nobody why."""
    erp, runner, _ = _erp(lambda _operation, _parameters: fault("Access violation"))

    with pytest.raises(errors.Refused, match="Access violation"):
        runner.run(erp.stock(_codes("A")))


def test_a_code_with_a_comma_costs_nothing_else(rows: Callable[..., Response]) -> None:
    """It cannot be asked for: missing and incomplete, the others go on."""
    erp, runner, transport = _erp(rows)
    snapshot = runner.run(erp.stock(_codes("A", "B,C", "")))

    assert (snapshot.complete, snapshot.missing) == (False, ("B,C", ""))
    assert transport.asked[0] == ("ExportStockStatus", "A")


def test_the_wrong_site_is_never_counted(rows: Callable[..., Response]) -> None:
    """A server that ignores the site would have one shelf sold once per site: loud, by the setting's name."""
    site = Site(site_id="2", name="Leeds", location=LocationId("leeds"))
    erp, runner, _ = _erp(rows, sites=(site,))

    with pytest.raises(errors.ConfigError, match="Leeds"):
        runner.run(erp.stock(_codes("A")))


def test_a_code_that_comes_twice_is_promised_at_its_lower_level(rows: Callable[..., Response]) -> None:
    """Doubled rows do not double the stock."""
    twice = '<STOCK_ITEM CODE="A"><LEVEL>7</LEVEL></STOCK_ITEM><STOCK_ITEM CODE="A"><LEVEL>3</LEVEL></STOCK_ITEM>'
    erp, runner, _ = _erp(lambda operation, parameters: rows(operation, parameters, {"A": twice}))

    assert [each.available for each in runner.run(erp.stock(_codes("A"))).figures] == [3]


def test_half_a_code_is_no_figure(rows: Callable[..., Response], fault: Callable[..., Response]) -> None:
    """A code whose second site (or back order) could not be read has no figures at all."""
    sites = (Site(site_id="1", location=LocationId("main")), Site(site_id="2", location=LocationId("leeds")))

    def answer(operation: str, parameters: Mapping[str, str]) -> Response:
        broken = parameters.get("SiteID") == "2" and "A" in parameters["StockCode"]
        return fault("Access violation") if broken else rows(operation, parameters)

    erp, runner, _ = _erp(answer, sites=sites)
    snapshot = runner.run(erp.stock(_codes("A", "B")))

    assert {each.stock_code for each in snapshot.figures} == {"B"}
    assert (snapshot.complete, snapshot.missing) == (False, ("A",))


def test_a_controlled_code_without_a_back_order_is_not_complete(
    rows: Callable[..., Response], enveloped: Callable[..., Response]
) -> None:
    """GetStockPotential that leaves a code out may hide what was sold without stock."""

    def answer(operation: str, parameters: Mapping[str, str]) -> Response:
        return enveloped(operation, "<return/>") if operation == "GetStockPotential" else rows(operation, parameters)

    erp, runner, _ = _erp(answer)
    snapshot = runner.run(erp.stock(_codes("A")))

    assert (snapshot.figures, snapshot.complete, snapshot.missing) == ((), False, ("A",))


def test_back_orders_can_be_left_out(rows: Callable[..., Response]) -> None:
    """The second call is a setting."""
    erp, runner, transport = _erp(rows, back_orders=False)
    runner.run(erp.stock(_codes("A")))

    assert [operation for operation, _ in transport.asked] == ["ExportStockStatus"]


def test_health_names_the_sites_and_the_mistakes(house: Callable[..., object]) -> None:
    """Version, sites, and each configured site that the service does not know or calls otherwise."""
    home = house()
    changed = attrs.evolve(
        home.config,
        stock=StockSettings(
            sites=(
                Site(site_id="1", name="Mian Site", location=LocationId("main")),
                Site(site_id="9", location=LocationId("nowhere")),
            )
        ),
    )
    health = home.runner.run(home.erp.check())
    doubtful = home.runner.run(KhaosControlERP(changed).check())

    assert (health.version, health.notes[:2]) == ("8.190.36.0", ("site 1: Main Site (default)", "site 2: Leeds"))
    assert health.problems == ()
    assert doubtful.problems == (
        "the configured site 1 is called 'Main Site', not 'Mian Site'",
        "the configured site 9 is not among them",
    )
