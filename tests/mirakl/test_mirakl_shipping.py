"""Confirming shipments: by ST01, by OR23 and OR24, and everything that is looked at before and after."""

import json
from collections.abc import Callable
from copy import deepcopy

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Lost, Response
from khaos_connectors.core.couriers import CarrierChoice
from khaos_connectors.core.despatch import ShipmentLine
from khaos_connectors.core.ids import DespatchId, LineId, OrderId
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig, ShipmentWay
from khaos_connectors.mirakl.endpoints import create_shipments
from khaos_connectors.mirakl.models.shipments import NewShipment, NewShipmentLine
from khaos_connectors.protocols import ShipmentNotice, ShipmentReceipt
from khaos_connectors.testing.play import Played, play

Answer = Callable[..., Response]
Document = Callable[[str], dict[str, object]]
Change = Callable[..., MiraklConfig]

ORDER = OrderId("JL70000001-A")
DPD = CarrierChoice(code="DPDUK", rule=1, why="mapped")
VAN = CarrierChoice(name="Our van", url="https://van.example.com", rule=7, why="free text")
MISSING = {"status": 404, "message": "Not found"}


def notice(
    *,
    carrier: CarrierChoice = DPD,
    tracking: str = "T-1",
    final: bool = True,
    lines: tuple[tuple[str, int], ...] = (("JL70000001-A-1", 2),),
) -> ShipmentNotice:
    return ShipmentNotice(
        order_id=ORDER,
        despatch_id=DespatchId("D-1"),
        lines=tuple(ShipmentLine(line_id=LineId(line), quantity=units) for line, units in lines),
        carrier=carrier,
        tracking=tracking,
        final=final,
    )


def operations(played: Played[object]) -> list[str]:
    return [send.operation for send in played.of(Send)]


def body(played: Played[object], operation: str) -> object:
    return next(json.loads(send.request.body) for send in played.of(Send) if send.operation == operation)


@pytest.fixture
def several(change: Change) -> MiraklChannel:
    """A port that is told to use shipments and to let anything through."""
    return MiraklChannel(change(shipment_way=ShipmentWay.SHIPMENTS, free_text_carriers=True, mandatory_tracking=False))


@pytest.fixture
def single(change: Change) -> MiraklChannel:
    """A port that is told to confirm orders as a whole."""
    return MiraklChannel(change(shipment_way=ShipmentWay.ORDER, free_text_carriers=True, mandatory_tracking=False))


@pytest.fixture
def carriers(answer: Answer, sample: Callable[[str], str]) -> Response:
    """SH21's answer."""
    return answer(sample("carriers.json"))


@pytest.fixture
def order(answer: Answer, document: Document) -> Callable[..., Response]:
    """The sample order in a state, with a tracking number."""

    def made(state: str, tracking: str | None = None) -> Response:
        page = document("orders.json")
        found = page["orders"][0]
        found["order_state"] = state
        found["shipping_tracking"] = tracking
        for line in found["order_lines"]:
            line["order_line_state"] = state
        return answer(page)

    return made


@pytest.fixture
def told(answer: Answer) -> Callable[..., Response]:
    """ST01's 201 with an error inside."""
    return lambda message: answer(
        {"shipment_success": [], "shipment_errors": [{"order_id": ORDER, "message": message}]}, 201
    )


@pytest.fixture
def created(answer: Answer, document: Document) -> Response:
    """ST01's 201 with the shipment."""
    row = deepcopy(document("shipments.json")["data"][0])
    return answer({"shipment_success": [row], "shipment_errors": []}, 201)


STATE = "The order status must be 'SHIPPING' but it is 'SHIPPED'."


# --- with shipments ------------------------------------------------------------------------------------------------


def test_a_shipment_in_one_call(several: MiraklChannel, carriers: Response, created: Response) -> None:
    """ST01 creates and confirms, with one tracking, by the carrier's code."""
    played = play(several.confirm(notice()), [carriers, created])
    assert operations(played) == ["SH21", "ST01"]
    assert body(played, "ST01") == {
        "shipments": [
            {
                "order_id": ORDER,
                "shipment_lines": [{"order_line_id": "JL70000001-A-1", "quantity": 2}],
                "shipped": True,
                "tracking": {"carrier_code": "DPDUK", "tracking_number": "T-1"},
            }
        ]
    }
    assert played.result == ShipmentReceipt(order_id=ORDER, shipment_id="11111111-0000-4000-8000-000000000001")


def test_an_unregistered_carrier_goes_by_name(several: MiraklChannel, carriers: Response, created: Response) -> None:
    """Where names are allowed, name and link stand in the code's place, if no registered carrier has that name."""
    played = play(several.confirm(notice(carrier=VAN)), [carriers, created])
    tracking = body(played, "ST01")["shipments"][0]["tracking"]
    assert tracking == {"carrier_name": "Our van", "tracking_number": "T-1", "tracking_url": "https://van.example.com"}


def test_silence_is_not_repeated(several: MiraklChannel, carriers: Response) -> None:
    """A second ST01 would be a second shipment, so the outcome is unknown and the caller looks."""
    with pytest.raises(errors.Unanswered):
        play(several.confirm(notice()), [carriers, Lost(sent=True, reason="x")])


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_gateway_leaves_the_outcome_unknown(
    status: int, several: MiraklChannel, carriers: Response, answer: Answer
) -> None:
    """A 5xx does not say whether the shipment was created."""
    with pytest.raises(errors.Unanswered):
        play(several.confirm(notice()), [carriers, answer("<html>", status)])


@pytest.mark.parametrize("message", [STATE, "Shipment quantity is invalid."])
def test_the_same_shipment_is_done_already(
    *,
    message: str,
    several: MiraklChannel,
    carriers: Response,
    told: Callable[..., Response],
    answer: Answer,
    sample: Callable[[str], str],
) -> None:
    """Refused inside a 201, and ST11 holds it with our tracking: it was there before; blanks and case do not count."""
    outcomes = [carriers, told(message), answer(sample("shipments.json"))]
    played = play(several.confirm(notice(tracking="ab 123456785 gb")), outcomes)
    assert operations(played) == ["SH21", "ST01", "ST11"]
    assert ("order_id", ORDER) in played.of(Send)[-1].request.query
    assert played.result.already
    assert played.result.shipment_id == "11111111-0000-4000-8000-000000000001"


def test_one_number_may_cover_two_shipments(
    several: MiraklChannel,
    carriers: Response,
    told: Callable[..., Response],
    answer: Answer,
    sample: Callable[[str], str],
) -> None:
    """Another shipment with our number does not hold what we tell: its units were never told."""
    more = notice(tracking="AB123456785GB", lines=(("JL70000001-A-1", 3),))
    outcomes = [carriers, told("Shipment quantity is invalid."), answer(sample("shipments.json")), answer({"data": []})]
    with pytest.raises(errors.Invalid):
        play(several.confirm(more), outcomes)


def test_another_tracking_is_a_conflict(
    several: MiraklChannel,
    carriers: Response,
    told: Callable[..., Response],
    answer: Answer,
    sample: Callable[[str], str],
) -> None:
    """It left, but not with our number: a person has to see both."""
    with pytest.raises(errors.Conflict, match="AB123456785GB"):
        play(several.confirm(notice()), [carriers, told(STATE), answer(sample("shipments.json"))])


@pytest.mark.parametrize(
    ("message", "field", "advice"),
    [
        ("Shipment quantity is invalid.", "lines.quantity", "2 of line JL70000001-A-1 told, 0 left to ship; read the"),
        ("Tracking is mandatory", "tracking", "give the parcel's number"),
        ("The carrier with code 'X' is not registered", "carrier.code", "carrier_map"),
        ("The order line 'L' does not exist.", "lines.line_id", "read the order again"),
        ("The order does not exist.", "order_id", "check the shop"),
        ("No.", "shipment", "says no more"),
    ],
)
def test_other_failures_inside_a_201_are_refusals(
    *,
    message: str,
    field: str,
    advice: str,
    several: MiraklChannel,
    carriers: Response,
    told: Callable[..., Response],
    answer: Answer,
) -> None:
    """They tell Mirakl's words once, the field that they are about, what to do, and how many units may still leave."""
    nothing = answer({"data": []})
    with pytest.raises(errors.Invalid) as caught:
        play(several.confirm(notice()), [carriers, told(message), *[nothing] * (2 if "quantity" in message else 1)])
    (problem,) = caught.value.fields
    assert problem.field == field
    assert advice in problem.problem
    assert str(caught.value).count(message) == 1


@pytest.mark.parametrize("look", [[403], [500] * 4, ["broken"], ["another's"]])
def test_a_refusal_is_told_also_where_nobody_knows_what_is_left(
    several: MiraklChannel, carriers: Response, told: Callable[..., Response], answer: Answer, look: list[object]
) -> None:
    """ST12 may be refused or hold rows that cannot be read: the refusal stays, without a number."""
    rows = {"broken": {"order_id": ORDER, "shipment_lines": 7}, "another's": {"shipment_lines": 7}}
    after = [answer(None, each) if isinstance(each, int) else answer({"data": [rows[each]]}) for each in look]
    with pytest.raises(
        errors.Invalid, match=r"quantity is invalid\. \(lines\.quantity: read the order again"
    ) as caught:
        play(several.confirm(notice()), [carriers, told("Shipment quantity is invalid."), answer({"data": []}), *after])
    assert "left to ship" not in str(caught.value)


def test_an_answer_about_nobody(several: MiraklChannel, carriers: Response, answer: Answer) -> None:
    """A 201 that speaks of no order of ours is no confirmation, and no refusal either."""
    with pytest.raises(errors.Unanswered, match="neither"):
        play(several.confirm(notice()), [carriers, answer({"shipment_success": [], "shipment_errors": []}, 201)])


def test_without_numbers_the_lines_tell(
    several: MiraklChannel, carriers: Response, told: Callable[..., Response], answer: Answer, document: Document
) -> None:
    """Where no tracking is wanted, the same lines are the same shipment and other lines are not."""
    rows = document("shipments.json")
    rows["data"][0]["tracking"]["tracking_number"] = None
    outcomes = [carriers, told("Shipment quantity is invalid."), answer(rows)]
    assert play(several.confirm(notice(tracking="")), outcomes).result.already
    with pytest.raises(errors.Invalid):
        play(
            several.confirm(notice(tracking="", lines=(("JL70000001-A-1", 1),))), [*outcomes[1:], answer({"data": []})]
        )


def test_known_shipments_page_by_page(several: MiraklChannel, answer: Answer, document: Document) -> None:
    """The token goes alone with the shop, and shipments of other orders are not ours."""
    first, second = document("shipments.json"), document("shipments.json")
    first["next_page_token"] = "t-2"
    second["data"][0]["order_id"] = "SOMEBODY"
    played = play(several.shipments(ORDER), [answer(first), answer(second)])
    assert played.of(Send)[1].request.query == (("page_token", "t-2"), ("shop_id", "2000"))
    assert [units.shipped for units in played.result] == [True, False, False]


def test_a_page_that_stands_still(several: MiraklChannel, answer: Answer, document: Document) -> None:
    """A token that leads back to its own page ends in one clear error."""
    page = document("shipments.json")
    page["next_page_token"] = "again"
    with pytest.raises(errors.CursorStuck, match="again"):
        play(several.shipments(ORDER), [answer(page)] * 2)


@pytest.mark.parametrize(
    "shipments",
    [
        [],
        [NewShipment(order_id="O", shipment_lines=())],
        [NewShipment(order_id="O", shipment_lines=(NewShipmentLine(order_line_id="L", quantity=0),))],
    ],
)
def test_shipments_that_mirakl_refuses_are_not_sent(shipments: list[NewShipment], config: MiraklConfig) -> None:
    """No shipment, no line, no unit: refused by name before anything is sent."""
    with pytest.raises(errors.Invalid) as caught:
        create_shipments(config.scope, shipments)
    assert caught.value.status is None


def test_a_shipment_with_everything(config: MiraklConfig) -> None:
    """Parcel, invoice and warehouse stand under Mirakl's names."""
    line = NewShipmentLine(order_line_id="L", quantity=1, package_reference="P1")
    whole = NewShipment(order_id="O", shipment_lines=(line,), invoice_reference="INV-1", warehouse_code="UK1")
    assert json.loads(create_shipments(config.scope, [whole]).request.body)["shipments"] == [
        {
            "order_id": "O",
            "shipment_lines": [{"order_line_id": "L", "quantity": 1, "package_reference": "P1"}],
            "shipped": False,
            "invoice_reference": "INV-1",
            "shipping_from": {"warehouse": {"code": "UK1"}},
        }
    ]


# --- the fallback --------------------------------------------------------------------------------------------------


def test_an_order_as_a_whole(
    single: MiraklChannel, carriers: Response, order: Callable[..., Response], answer: Answer
) -> None:
    """OR23 before OR24, after a look at the state."""
    played = play(single.confirm(notice()), [carriers, order("SHIPPING"), answer(None, 204), answer(None, 204)])
    assert operations(played) == ["SH21", "OR11", "OR23", "OR24"]
    assert body(played, "OR23") == {"carrier_code": "DPDUK", "tracking_number": "T-1"}
    assert played.result == ShipmentReceipt(order_id=ORDER)


def test_the_link_has_another_name_here(
    single: MiraklChannel, carriers: Response, order: Callable[..., Response], answer: Answer
) -> None:
    """OR23 calls carrier_url what shipments call tracking_url."""
    outcomes = [carriers, order("SHIPPING"), answer(None, 204), answer(None, 204)]
    played = play(single.confirm(notice(carrier=VAN)), outcomes)
    assert body(played, "OR23") == {
        "carrier_name": "Our van",
        "carrier_url": "https://van.example.com",
        "tracking_number": "T-1",
    }


def test_what_left_already_is_not_overwritten(
    single: MiraklChannel, carriers: Response, order: Callable[..., Response]
) -> None:
    """OR23 would replace the number that the customer has, so the order is looked at first."""
    played = play(single.confirm(notice()), [carriers, order("SHIPPED", "t-1")])
    assert operations(played) == ["SH21", "OR11"]
    assert played.result.already
    with pytest.raises(errors.Conflict, match="OTHER"):
        play(single.confirm(notice()), [order("RECEIVED", "OTHER")])


@pytest.mark.parametrize("state", ["WAITING_ACCEPTANCE", "WAITING_DEBIT", "CANCELED", "REFUSED"])
def test_only_from_shipping(
    state: str, single: MiraklChannel, carriers: Response, order: Callable[..., Response]
) -> None:
    """The bare 400 of a wrong state is explained instead of fetched."""
    with pytest.raises(errors.Conflict, match=state):
        play(single.confirm(notice()), [carriers, order(state)])


def test_a_repeated_or24(
    single: MiraklChannel, carriers: Response, order: Callable[..., Response], answer: Answer
) -> None:
    """The first OR24's answer was lost and the second is refused: the order shows that the first one counted."""
    outcomes = [
        carriers,
        order("SHIPPING"),
        answer(None, 204),
        Lost(sent=True, reason="x"),
        answer({"status": 400, "message": "Bad Request"}, 400),
        order("SHIPPED", "T-1"),
    ]
    played = play(single.confirm(notice()), outcomes)
    assert operations(played) == ["SH21", "OR11", "OR23", "OR24", "OR24", "OR11"]
    assert played.result.order_id == ORDER


def test_a_refused_or24_stays_refused(
    single: MiraklChannel, carriers: Response, order: Callable[..., Response], answer: Answer
) -> None:
    """If the order has not left, Mirakl's words are raised."""
    refusal = answer({"status": 400, "message": "tracking details are mandatory for this shipping method"}, 400)
    with pytest.raises(errors.Invalid, match="mandatory"):
        play(
            single.confirm(notice()),
            [carriers, order("SHIPPING"), answer(None, 204), refusal, order("SHIPPING", "T-1")],
        )


def test_a_part_cannot_be_told(single: MiraklChannel, carriers: Response) -> None:
    """OR24 confirms the whole order: telling it a part would lose the rest."""
    with pytest.raises(errors.Unsupported, match="whole order"):
        play(single.confirm(notice(final=False)), [carriers])


def test_an_order_that_is_not_there(single: MiraklChannel, carriers: Response, answer: Answer) -> None:
    """Not there for this shop is its own error."""
    with pytest.raises(errors.NotFound, match=ORDER):
        play(single.confirm(notice()), [carriers, answer({"orders": []})])


def test_what_an_order_says_of_its_shipment(
    single: MiraklChannel, order: Callable[..., Response], answer: Answer
) -> None:
    """The order itself tells what left; before it left, nothing did."""
    (units,) = play(single.shipments(ORDER), [order("SHIPPED", "T-9")]).result
    assert (units.tracking, [line.quantity for line in units.lines]) == ("T-9", [2, 1])
    assert play(single.shipments(ORDER), [order("SHIPPING")]).result == ()
    assert play(single.shipments(ORDER), [answer({"orders": []})]).result == ()


# --- which way -----------------------------------------------------------------------------------------------------


def test_the_platform_says_which_way(
    change: Change, carriers: Response, created: Response, answer: Answer, sample: Callable[[str], str]
) -> None:
    """PC01's flag decides where nothing is configured."""
    channel = MiraklChannel(change(mandatory_tracking=False))
    played = play(channel.confirm(notice()), [carriers, answer(sample("platform.json")), created])
    assert operations(played) == ["SH21", "PC01", "ST01"]


def test_a_404_is_remembered(
    change: Change, carriers: Response, order: Callable[..., Response], answer: Answer, sample: Callable[[str], str]
) -> None:
    """The flag says yes and ST01 says 404: from then on the order is confirmed as a whole, without asking again."""
    channel = MiraklChannel(change(mandatory_tracking=False))
    empty = answer(None, 204)
    first = play(
        channel.confirm(notice()),
        [carriers, answer(sample("platform.json")), answer(MISSING, 404), order("SHIPPING"), empty, empty],
    )
    assert operations(first) == ["SH21", "PC01", "ST01", "OR11", "OR23", "OR24"]
    assert operations(play(channel.confirm(notice()), [order("SHIPPING"), empty, empty])) == ["OR11", "OR23", "OR24"]
    able = play(channel.capabilities(), [answer(sample("shipping_types.json"))]).result
    assert not able.several_shipments


def test_a_platform_that_does_not_say_is_probed(change: Change, answer: Answer, order: Callable[..., Response]) -> None:
    """No flag: one ST11 tells, and its 404 is the answer "no"."""
    channel = MiraklChannel(change(mandatory_tracking=False))
    outcomes = [answer(MISSING, 404), answer(MISSING, 404), order("SHIPPED", "T-9")]
    assert operations(play(channel.shipments(ORDER), outcomes)) == ["PC01", "ST11", "OR11"]


def test_an_explicit_way_is_not_left_silently(several: MiraklChannel, carriers: Response, answer: Answer) -> None:
    """Who insists on shipments is told that this platform has none."""
    with pytest.raises(errors.Unsupported, match="shipment_way"):
        play(several.confirm(notice()), [carriers, answer(MISSING, 404)])


# --- before anything is sent ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (notice(lines=()), "lines"),
        (notice(lines=(("L", 0),)), "lines"),
        (notice(carrier=CarrierChoice(code="NOBODY", rule=1, why="")), "carrier.code"),
        (notice(carrier=CarrierChoice(rule=8, why="")), "carrier"),
        (notice(carrier=VAN), "carrier.name"),
        (notice(tracking=" "), "tracking"),
    ],
)
def test_preflight(
    *,
    given: ShipmentNotice,
    field: str,
    change: Change,
    carriers: Response,
    answer: Answer,
    sample: Callable[[str], str],
    order: Callable[..., Response],
) -> None:
    """What Mirakl would refuse is refused with the field's name, and no write is made."""
    channel = MiraklChannel(change(free_text_carriers=False))
    outcomes: list[Response] = []
    if field in {"carrier.code", "carrier.name", "tracking"}:
        outcomes.append(carriers)
    if field == "tracking":
        outcomes += [answer(sample("shipping_types.json")), order("SHIPPING")]
    with pytest.raises(errors.Invalid) as caught:
        play(channel.confirm(given), outcomes)
    assert caught.value.status is None
    assert caught.value.fields[0].field == field
    if field == "carrier.code":
        assert "'NOBODY' is not among the operator's carriers (SH21); known: " in str(caught.value)


@pytest.mark.parametrize(("method", "wanted"), [("STD", True), ("CLC", False), ("NEW", True)])
def test_tracking_is_mandatory_by_method(
    *,
    method: str,
    wanted: bool,
    change: Change,
    carriers: Response,
    created: Response,
    answer: Answer,
    sample: Callable[[str], str],
    document: Document,
) -> None:
    """SH12 tells it for the order's own method; a method that SH12 does not know wants it."""
    page = document("orders.json")
    page["orders"][0]["shipping_type_code"] = method
    channel = MiraklChannel(change(shipment_way=ShipmentWay.SHIPMENTS))
    asked = [carriers, answer(sample("shipping_types.json")), answer(page)]
    if wanted:
        with pytest.raises(errors.Invalid, match="mandatory"):
            play(channel.confirm(notice(tracking="")), asked)
    else:
        assert play(channel.confirm(notice(tracking="")), [*asked, created]).result.shipment_id


def test_names_are_allowed_only_if_the_platform_says_so(
    change: Change, carriers: Response, created: Response, answer: Answer, document: Document
) -> None:
    """PC01 allows or forbids carriers by name; where it says nothing they are forbidden."""
    open_platform = document("platform.json")
    open_platform["features"]["disable_seller_alternative_carrier"] = False
    settings = {"shipment_way": ShipmentWay.SHIPMENTS, "mandatory_tracking": False}
    outcomes = [carriers, answer(open_platform), created]
    allowed = play(MiraklChannel(change(**settings)).confirm(notice(carrier=VAN)), outcomes)
    assert operations(allowed) == ["SH21", "PC01", "ST01"]
    with pytest.raises(errors.Invalid, match="registered carriers only"):
        play(MiraklChannel(change(**settings)).confirm(notice(carrier=VAN)), [carriers, answer({})])


@pytest.mark.parametrize(
    "given", [CarrierChoice(code="van", rule=1, why=""), CarrierChoice(name=" VAN ", rule=7, why="")]
)
def test_our_own_map_holds_where_carriers_may_not_be_read(
    given: CarrierChoice, change: Change, created: Response, answer: Answer
) -> None:
    """SH21 is refused to this key: a code and a name both go by our map, in any capitals, and Mirakl decides."""
    settings = {"shipment_way": ShipmentWay.SHIPMENTS, "mandatory_tracking": False, "carrier_map": {"Van": "OWN_VAN"}}
    forbidden = answer({"status": 403, "message": "no"}, 403)
    played = play(MiraklChannel(change(**settings)).confirm(notice(carrier=given)), [forbidden, created])
    assert body(played, "ST01")["shipments"][0]["tracking"]["carrier_code"] == "OWN_VAN"


def test_a_carrier_whose_row_cannot_be_read_is_registered_all_the_same(
    several: MiraklChannel, created: Response, answer: Answer
) -> None:
    """One field of its row breaks the contract: parcels go by its code, and the other carriers are known as before."""
    rows = {"carriers": [{"code": "DPDUK", "label": ["?"]}, {"code": "RM", "label": "Royal Mail"}, {"label": "nobody"}]}
    played = play(several.confirm(notice()), [answer(rows), created])
    assert body(played, "ST01")["shipments"][0]["tracking"]["carrier_code"] == "DPDUK"


@pytest.mark.parametrize(
    ("given", "field", "advice"),
    [
        (notice(carrier=VAN), "carrier.name", "carrier_map"),
        (notice(carrier=CarrierChoice(name=" ", code=" ", rule=7, why="")), "carrier", "SH21"),
        (notice(carrier=CarrierChoice(code="NOBODY", rule=1, why="")), "carrier.code", "carrier_map"),
        (notice(tracking=""), "tracking", "give the number"),
    ],
)
def test_a_refusal_before_sending_says_what_to_do(
    *,
    given: ShipmentNotice,
    field: str,
    advice: str,
    change: Change,
    carriers: Response,
    order: Callable[..., Response],
) -> None:
    """The field, why, and the way out."""
    channel = MiraklChannel(change(free_text_carriers=False, mandatory_tracking=True))
    with pytest.raises(errors.Invalid) as caught:
        play(channel.confirm(given), [carriers] if field != "carrier" else [])
    assert [each.field for each in caught.value.fields] == [field]
    assert advice in str(caught.value)
