"""What an installation's description tells, and what of a configuration does not exist there."""

from collections.abc import Callable

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.erp_jobs import Job
from khaos_connectors.khaos_control import (
    CourierTarget,
    CustomLook,
    CustomOperation,
    Dialect,
    JobSettings,
    KhaosControlERP,
    OrderSettings,
    ResultReader,
)
from khaos_connectors.khaos_control.describe import compared, wsdl_call
from khaos_connectors.khaos_control.guide import GUIDE
from khaos_connectors.khaos_control.wsdl import OfferedOperation, OfferedParameter, ServiceDescription, read_wsdl
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators import KhaosSettings

_WSDL = """<?xml version="1.0"?>
<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="http://tempuri.org/">
  <w:message name="M0Request"><w:part name="StockCodes" type="x:string"/>
    <w:part name="MappingType" type="x:int"/></w:message>
  <w:message name="M0Response"><w:part name="return" type="t:TThing"/></w:message>
  <w:message name="M1Request"/>
  <w:portType name="IKosWeb">
    <w:operation name="ExportStock"><w:input message="t:M0Request"/><w:output message="t:M0Response"/></w:operation>
    <w:operation name="Nudge"><w:input message="t:M1Request"/></w:operation>
    <w:operation name="Nudge"><w:input message="t:M0Request"/></w:operation>
  </w:portType>
  <w:binding name="b" type="t:IKosWeb">
    <s:binding style="rpc"/>
    <w:operation name="ExportStock"><s:operation soapAction="urn:site/ExportStock"/>
      <w:input><s:body use="encoded" namespace="urn:site"/></w:input></w:operation>
    <w:operation name="Nudge"><s:operation soapAction="urn:site/Nudge"/>
      <w:input><s:body use="encoded" namespace="urn:site"/></w:input></w:operation>
  </w:binding>
  <w:service name="s"><w:port name="p"><s:address location="https://erp.example.com/x.exe/soap/IKosWeb"/></w:port></w:service>
</w:definitions>"""


def test_operations_with_parameters_result_namespace_and_action() -> None:
    """Everything that a call needs is read, whatever the prefixes; an operation told twice counts once."""
    read = read_wsdl(_WSDL, system="khaos")

    assert [str(each) for each in read.operations] == [
        "ExportStock(StockCodes: string, MappingType: int) -> TThing",
        "Nudge()",
    ]
    assert (read.namespace, read.soap_action) == ("urn:site", "{namespace}/{operation}")
    assert read.address == "https://erp.example.com/x.exe/soap/IKosWeb"
    assert read.operation("exportstock") is read.operations[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<html><body>It works</body></html>", "XML, not HTML"),
        ("<definitions/>", "operations"),
        ("<other/>", "definitions"),
        ("<!DOCTYPE x><definitions/>", "document type"),
    ],
)
def test_what_is_no_description(text: str, expected: str) -> None:
    """A page of the web server, another document and an empty one are told apart from a description."""
    with pytest.raises(errors.Undecodable, match=expected):
        read_wsdl(text, system="khaos")


def test_the_dialect_is_taken_over_and_own_names_are_kept() -> None:
    """Namespace, SOAPAction and spellings come from the description; a spelling that was configured stays."""
    described = read_wsdl(_WSDL, system="khaos")
    told = compared(described, Dialect())
    kept = compared(described, Dialect(parameter_names={"ExportStock.StockCode": "Codes"}))

    assert (told.dialect.namespace, told.dialect.soap_action) == ("urn:site", "{namespace}/{operation}")
    assert told.dialect.parameter_names == {"ExportStock.StockCode": "StockCodes"}
    assert len(told.differences) == 3
    assert kept.dialect.parameter_names == {"ExportStock.StockCode": "Codes"}
    assert told.has("nudge")
    assert told.has("GetVersion") is False
    assert [each.name for each in told.beyond] == ["Nudge"]
    assert "GetVersion" in told.missing
    assert "ExportStock" not in told.missing


@pytest.mark.parametrize("theirs", [("Stock Code", "1st", ""), ("x", "x", "x")])
def test_what_cannot_be_a_parameters_name_is_not_taken_over(theirs: tuple[str, ...]) -> None:
    """A name that XML cannot carry, or that several have, would make every call of the operation fail."""
    offered = OfferedOperation(name="ExportStock", parameters=tuple(OfferedParameter(each) for each in theirs))

    assert compared(ServiceDescription(operations=(offered,)), Dialect()).dialect == Dialect()


@pytest.mark.parametrize("action", ["{x}", "{", "{0}", "{namespace.__class__}"])
def test_a_template_of_an_action_is_checked_when_it_is_configured(action: str) -> None:
    """Not by the first call, as an error about formatting."""
    with pytest.raises(errors.ConfigError, match="soap_action"):
        Dialect(soap_action=action)


def test_parameters_in_another_order_are_not_renamed() -> None:
    """A name is another spelling only at the same place, and if neither side knows the other's name."""
    swapped = OfferedOperation(
        name="ExportOrders", parameters=(OfferedParameter("MappingType"), OfferedParameter("OrderCode"))
    )
    assert compared(ServiceDescription(operations=(swapped,)), Dialect()).dialect == Dialect()


@pytest.mark.parametrize("action", ["", "constant", "urn:a{b}#Nudge"])
def test_actions_of_any_shape_become_templates(action: str) -> None:
    """What the template makes of an operation is what its description says, braces included."""
    one = OfferedOperation(name="Nudge", namespace="urn:a{b}", soap_action=action)
    template = ServiceDescription(operations=(one,)).soap_action

    assert template is not None
    assert template.format(namespace="urn:a{b}", operation="Nudge") == action


def test_a_simulated_installation_describes_itself(house: Callable[..., object]) -> None:
    """Nothing of the guide is missing there, and what was bought or built is told."""
    home = house(KhaosSettings(namespace="urn:SiteIntf-IKosWeb", add_ons=frozenset({"ProcessReturn"})))
    told = home.runner.run(home.erp.describe())

    assert told.reached
    assert told.missing == ()
    assert told.bought == ("ProcessReturn: process a return that exists, with its credit note (add-on 025799)",)
    assert told.dialect.namespace == "urn:SiteIntf-IKosWeb"
    with pytest.raises(errors.Refused):  # it does not take the vendor's namespace
        home.runner.run(home.erp.check())
    assert home.runner.run(KhaosControlERP(told.applied_to(home.config)).check()).version


def test_the_guide_names_the_parameters_that_we_send(house: Callable[..., object]) -> None:
    """The table of the guide and what the simulated installation offers are the same, in the same order."""
    home = house()
    told = home.runner.run(home.erp.describe())
    offered = {each.name: tuple(part.name for part in each.parameters) for each in told.operations}

    assert {name: offered[name] for name in GUIDE} == dict(GUIDE)


def test_a_description_that_is_not_served_is_told(house: Callable[..., object]) -> None:
    """Where there is none, or it is elsewhere, nothing is known; that is no error."""
    home = house()
    away = attrs.evolve(
        home.config, base_url="", endpoint_url="https://erp.example.com/x", wsdl_url="https://files.example.com/k.wsdl"
    )
    nowhere = attrs.evolve(home.config, base_url="", endpoint_url="https://erp.example.com/x")
    page = play(home.erp.describe(), [Response(status=404, body=b"<html>no</html>")]).result

    assert page.problem.startswith("khaos.WSDL: refused (404)")
    assert page.has("GetVersion") is None
    assert page.dialect == home.config.dialect
    for config, words in ((away, "on another server"), (nowhere, "not known")):
        told = play(KhaosControlERP(config).describe(), []).result
        assert words in told.problem
        assert not told.reached


def test_the_address_of_the_description_keeps_its_query(house: Callable[..., object]) -> None:
    """Some installations want ``?wsdl``."""
    config = attrs.evolve(house().config, base_url="", wsdl_url="https://erp.example.com/a/K.exe/wsdl/IKosWeb?wsdl")
    call = wsdl_call(config)

    assert call is not None
    assert (call.request.path, call.request.query) == ("/wsdl/IKosWeb", (("wsdl", ""),))


def test_check_tells_what_exists_and_what_does_not(house: Callable[..., object], settings: OrderSettings) -> None:
    """Every configured name that is not there is found before an order is sent, with the likeliest one that is."""
    home = house()
    wrong = attrs.evolve(
        settings,
        company_class="web",
        sales_source="Intrenet",
        site="Mian Site",
        agent="Nobody",
        keycode="NONE",
        mailing_status="99",
        couriers={"express": CourierTarget(code="RMX"), "std": CourierTarget(name="Royal Mial")},
    )
    good = home.runner.run(home.erp.check())
    bad = home.runner.run(
        KhaosControlERP(attrs.evolve(home.config, default_orders=wrong, orders={"ebay": settings})).check()
    )

    assert good.problems == ()
    assert "couriers: RM Royal Mail" in good.notes
    assert any(note.startswith("sales sources: ") for note in good.notes)
    assert [each.split(":")[0] for each in bad.problems] == [
        f"default_orders.{name}"
        for name in (
            "company_class",
            "sales_source",
            "site",
            "agent",
            "keycode",
            "mailing_status",
            "couriers[express]",
            "couriers[std]",
        )
    ]
    assert "'web' does not exist there; known: Web" in bad.problems[0]
    assert not set(bad.problems) & set(bad.notes)


def test_check_says_what_it_could_not_look_up(house: Callable[..., object], settings: OrderSettings) -> None:
    """A brand has to exist there too, and the service lists none: whoever reads the check has to know."""
    home = house()
    used = attrs.evolve(settings, brand="Acme", inv_priority="High", client_name="")
    told = home.runner.run(KhaosControlERP(attrs.evolve(home.config, default_orders=used)).check())

    assert [each for each in told.notes if "not checked" in each] == [
        "default_orders.brand: 'Acme' is not checked, the service does not list them",
        "default_orders.inv_priority: 'High' is not checked, the service does not list them",
    ]
    assert told.problems == ()


def test_check_goes_on_without_a_list_that_is_refused(
    house: Callable[..., object], fault: Callable[..., Response], enveloped: Callable[..., Response]
) -> None:
    """An older service that lacks an operation is told of; what needs it is not judged."""
    home = house()
    version = enveloped("GetVersion", "<return>7</return>")
    sites = enveloped(
        "GetSiteList", "<return><List><i><SiteID>1</SiteID><SiteName>Main Site</SiteName></i></List></return>"
    )
    refused = fault("Interface not supported", kind="EIntfCastError")
    told = play(home.erp.check(), [version, sites, refused, refused, refused]).result

    assert told.version == "7"
    assert sum("could not be asked" in note for note in told.notes) == 3
    assert [each for each in told.problems if "default_orders" in each] == []


def test_check_looks_for_the_sites_own_operations(house: Callable[..., object]) -> None:
    """A custom operation that the description lacks is a problem; without a description it is only a note."""
    home = house(KhaosSettings(add_ons=frozenset({"ProcessReturn"})))
    look = CustomLook(name="FindReturn", result=ResultReader(code="."))
    operation = CustomOperation(name="ProcesReturn", job=Job.CREDIT_NOTE, look=look)
    config = attrs.evolve(home.config, jobs=JobSettings(operations=(operation,)))
    told = home.runner.run(KhaosControlERP(config).check())
    unknown = home.runner.run(KhaosControlERP(attrs.evolve(config, wsdl_url="https://x.example.com/w")).check())

    assert told.problems == (
        "jobs: 'ProcesReturn' is not among its operations; known: ProcessReturn, FTStockDataArray",
        "jobs: 'FindReturn' is not among its operations; known: FTStockDataArray, ProcessReturn",
    )
    assert unknown.problems == ()
    assert any("own operations are not known" in note for note in unknown.notes)
