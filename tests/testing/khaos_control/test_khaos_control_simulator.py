"""The simulated web service: its doors, envelopes, faults, and how it reads parameters."""

from xml.etree import ElementTree as ET

import pytest

from khaos_connectors.calls.messages import Request
from khaos_connectors.testing.simulators.khaos_control import KhaosSettings


def figures(document: ET.Element, name: str) -> dict[str, str | None]:
    return {row.get("CODE", ""): row.findtext(name) for row in document}


class TestService:
    def test_version(self, soap) -> None:
        """The health check gives the version string and changes nothing."""
        assert soap.text("GetVersion") == KhaosSettings().version

    @pytest.mark.parametrize("path", ["/soap/IKosWeb", "/khaosdemo.EXE/SOAP/ikosweb", "/KhaosDemo.exe/soap/IKosWeb"])
    def test_paths_do_not_mind_the_case(self, soap, path: str) -> None:
        """The web server in front is not case-sensitive, and a base URL may hold the executable."""
        assert soap.send("GetVersion", {}, path=path).status == 200

    def test_another_path_is_a_page(self, soap) -> None:
        """What is not there is an HTML page, not SOAP."""
        answer = soap.send("GetVersion", {}, path="/Other.exe/soap/IKosWeb")

        assert (answer.status, answer.headers["content-type"]) == (404, "text/html")

    def test_only_the_right_method_is_taken(self, soap) -> None:
        """A GET at the SOAP door is refused by the web server."""
        assert soap.simulator.handle(Request(method="GET", path="/soap/IKosWeb")).status == 405

    def test_down_is_a_page_that_is_no_xml(self, soap) -> None:
        """When the service is down the web server answers with HTML that no XML parser takes."""
        soap.simulator.down = True
        answer = soap.send("GetVersion", {})

        assert answer.status == 503
        with pytest.raises(ET.ParseError):
            ET.fromstring(answer.body)

    def test_basic_auth(self, make_soap) -> None:
        """With Basic authentication in front, only the right user and password come through."""
        soap = make_soap(KhaosSettings(basic_auth=("user", "pass")))

        assert soap.send("GetVersion", {}).status == 401
        assert soap.send("GetVersion", {}, authorization="Basic dXNlcjpwYXNz").status == 200

    def test_body_credentials(self, make_soap) -> None:
        """Some installations want credentials as extra parameters; they do not disturb the others."""
        soap = make_soap(KhaosSettings(body_credentials={"User": "u", "Password": "p"}))

        assert soap.fault("GetVersion", User="u", Password="x")[0] == "ELoginException"
        assert soap.document("ExportStock", User="u", Password="p", StockCode="MUG")[0].findtext("STOCK_CODE") == "MUG"

    def test_unknown_operation(self, soap) -> None:
        """An operation that is not offered is a fault which blames the client."""
        assert soap.fault("CancelOrder", OrderCode="SO000001") == ("EIntfCastError", "Interface not supported")

    @pytest.mark.parametrize("action", ["urn:Other#GetVersion", '"urn:IKosWebIntf-IKosWeb#GetSiteList"'])
    def test_action_must_fit(self, soap, action: str) -> None:
        """A SOAPAction of another service or operation is refused."""
        assert b"Interface not supported" in soap.send("GetVersion", {}, action=action).body

    @pytest.mark.parametrize("action", ["", '""', "urn:ikoswebintf-ikosweb#getversion"])
    def test_action_may_be_empty(self, soap, action: str) -> None:
        """No SOAPAction is no reason to refuse, nor is its case."""
        assert soap.send("GetVersion", {}, action=action).status == 200

    @pytest.mark.parametrize("body", [b"", b"<a>", b"\xff\xfe", b"plain text", b"<a/>"])
    def test_malformed(self, soap, body: bytes) -> None:
        """What is no envelope is a fault with the parser's exception class."""
        answer = soap.simulator.handle(Request(method="POST", path="/soap/IKosWeb", body=body))

        assert answer.status == 500
        assert b"DomConvertError" in answer.body or b"EDOMParseError" in answer.body

    @pytest.mark.parametrize(
        ("inside", "problem"),
        [
            ("<e:Header/>", b"no Body"),
            ("<e:Body/>", b"no Body"),
            ('<e:Body><GetVersion xmlns="urn:Other"/></e:Body>', b"Interface not supported"),
        ],
    )
    def test_envelopes_without_a_call(self, soap, inside: str, problem: bytes) -> None:
        """An envelope without a call, or with one of another service, is a fault."""
        body = f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">{inside}</e:Envelope>'
        answer = soap.simulator.handle(Request(method="POST", path="/soap/IKosWeb", body=body.encode()))

        assert problem in answer.body

    def test_soap_12_is_refused(self, soap) -> None:
        """The service speaks SOAP 1.1."""
        body = b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body/></e:Envelope>'

        assert soap.simulator.handle(Request(method="POST", path="/soap/IKosWeb", body=body)).status == 500

    def test_entities_are_refused(self, soap) -> None:
        """A document type is refused before its entities are expanded."""
        body = b'<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
        answer = soap.simulator.handle(Request(method="POST", path="/soap/IKosWeb", body=body))

        assert b"DTD is prohibited" in answer.body
        assert b"bbbb" not in answer.body

    @pytest.mark.parametrize("status", [200, 500])
    def test_fault_status(self, make_soap, status) -> None:
        """Faults come with 500 or, from older servers, with 200."""
        assert make_soap(KhaosSettings(fault_status=status)).send("Nothing", {}).status == status

    def test_remotable_fault_names_no_class(self, make_soap) -> None:
        """The other form of the detail is empty and its actor says nothing."""
        answer = make_soap(KhaosSettings(fault_detail="remotable")).send("Nothing", {})

        assert b"ERemotableException" in answer.body
        assert b"EIntfCastError" not in answer.body

    def test_wsdl(self, soap) -> None:
        """The WSDL lists every operation with its parameters, in RPC style and encoded use."""
        request = Request(method="GET", path="/KhaosDemo.exe/wsdl/IKosWeb", headers={"host": "erp.example.com"})
        root = ET.fromstring(soap.simulator.handle(request).body)
        spaces = {"w": "http://schemas.xmlsoap.org/wsdl/", "s": "http://schemas.xmlsoap.org/wsdl/soap/"}
        message = root.find("w:message[@name='ExportStockStatusRequest']", spaces)
        address = root.find(".//s:address", spaces)

        assert {one.get("name") for one in root.findall("w:portType/w:operation", spaces)} >= {
            "GetVersion",
            "ImportOrders",
        }
        assert [one.get("name") for one in message or ()][:2] == ["StockCode", "MappingType"]
        assert address is not None
        assert address.get("location") == "http://erp.example.com/KhaosDemo.exe/soap/IKosWeb"
        assert {one.get("use") for one in root.iter(f"{{{spaces['s']}}}body")} == {"encoded"}

    def test_operation_is_named(self, soap) -> None:
        """A fault injector can ask which operation a request is for."""
        body = (
            b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
            b'<ImportOrders xmlns="urn:IKosWebIntf-IKosWeb"/></e:Body></e:Envelope>'
        )

        assert soap.simulator.operation(Request(method="POST", path="/soap/IKosWeb", body=body)) == "ImportOrders"
        assert soap.simulator.operation(Request(method="GET", path="/x")) == "GET /x"


class TestParameters:
    def test_unknown_names_go_by_position(self, soap) -> None:
        """A client that spells a name otherwise is served by position."""
        assert figures(soap.document("ExportStockStatus", StockCodes="MUG", MappingType="1"), "LEVEL") == {"MUG": "10"}

    def test_names_may_matter(self, make_soap) -> None:
        """An installation that goes by name alone does not see the misspelt list: it exports everything."""
        soap = make_soap(KhaosSettings(names_matter=True))

        assert len(soap.document("ExportStockStatus", StockCodes="MUG", MappingType="1")) == 6

    def test_omitted_may_be_refused(self, make_soap) -> None:
        """An installation may want every parameter, nil at least."""
        soap = make_soap(KhaosSettings(accepts_omitted=False))

        assert "MappingType" in soap.fault("GetStockPotential", StockCode="MUG")[1]
        assert len(soap.value("GetStockPotential", StockCode="1001", MappingType=None)) == 1

    def test_delphi_truth_is_false_on_the_wire(self, soap) -> None:
        """-1 is true inside documents only: as a parameter it is read as false."""
        assert len(soap.document("GetSOPData", Courier="-1")) == 0
        assert len(soap.document("GetSOPData", Courier="1")) == 1

    def test_not_a_number(self, soap) -> None:
        """A word where a number is due is a conversion fault."""
        assert soap.fault("ExportStock", StockCode="MUG", MappingType="code")[0] == "EConvertError"

    @pytest.mark.parametrize("value", ["rubbish", "2026-13-01", "1899-12-31T00:00:00", "1900-01-01", None])
    def test_unreadable_dates_select_everything(self, soap, value) -> None:
        """A date that cannot be read raises nothing: it is taken for none, like the values that mean none."""
        assert soap.value("GetStockList", DateType="0", DateValue=value).findtext("Count") == "6"

    @pytest.mark.parametrize(
        ("value", "count"),
        [("2026-07-01T10:30:00", "6"), ("2026-07-01T10:31:00", "0"), ("2026-07-01T09:31:00Z", "6")],
    )
    def test_dates_are_wall_time(self, soap, value: str, count: str) -> None:
        """Dates are London wall time (an hour ahead in July), and an offset is ignored."""
        assert soap.value("GetStockList", DateValue=value).findtext("Count") == count
