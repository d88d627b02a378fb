"""Products, promotions and pick lists of the simulated marketplace, asked for as users do: through ``raw``."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from khaos_connectors import errors, mirakl
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.multipart import FilePart
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl import MiraklConfig
from khaos_connectors.mirakl.operations import OPERATIONS
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators import MiraklSettings, MiraklSimulator, OfferState, transport
from khaos_connectors.testing.simulators.mirakl.product_state import Product, ProductSettings
from khaos_connectors.testing.simulators.mirakl.simulator import operations_played

HEAD = "category;shop_sku;title;ean;description;colour\n"
GOOD = "TEAWARE;POT-1;A teapot;2900000000018;Holds tea;BLUE\n"
PLAIN = "TEAWARE;POT-2;A plain teapot;2900000000025;;\n"
WRONG = "SHEDS;SHED-1;A shed;2900000000032;;\n"
EMPTY = "TEAWARE;POT-3;;2900000000049;Holds tea;GREEN\n"


@attrs.define
class Shop:
    """A simulator, its clock, and a runner that reaches it."""

    sim: MiraklSimulator
    clock: ManualClock
    config: MiraklConfig
    runner: Runner

    def raw(self, code: str, **more: Any) -> Any:  # Any: what raw takes and gives
        call = mirakl.raw(code, self.config.scope, **more)
        return self.runner.run(self.config.caller().perform(call))

    def walk(self, code: str, **more: Any) -> list[Any]:  # Any: the same
        call = mirakl.raw_pages(code, self.config.scope, **more)
        return list(self.runner.run(self.config.caller().pages(call)))

    def hand_over(self, text: str, **fields: object) -> int:
        sent = FilePart(field="file", filename="products.csv", content=text.encode(), content_type="text/csv")
        return self.raw("P41", form=fields, files=[sent])["import_id"]

    def status(self, import_id: int) -> Mapping[str, Any]:  # Any: the answer is JSON
        return self.raw("P42", path={"import": import_id})


def shop(**settings: Any) -> Shop:  # Any: fields of MiraklSettings
    clock = ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    sim = MiraklSimulator(
        clock=clock.now,
        api_key="k",
        offers={
            "MUG": OfferState(price="9.99", quantity=10, title="A mug", category="TEAWARE"),
            "RUG": OfferState(price="120.00", quantity=1, category="FLOORS"),
        },
        settings=MiraklSettings(order_acceptance="AUTOMATIC", debit_seconds=0, **settings),
    )
    config = MiraklConfig(
        account=AccountId("shop"), base_url="https://shop.example.com", api_key="k", shop_id=2000, pace_factor=0
    )
    return Shop(sim=sim, clock=clock, config=config, runner=Runner({"shop": transport(sim)}, clock=clock))


@pytest.fixture(name="shop")
def _shop() -> Shop:
    """A shop with two offers."""
    return shop()


def test_every_operation_of_the_document_is_played_or_refused_by_name(shop: Shop) -> None:
    """Nothing looks like an empty shop: what is not played says so, and says what to use instead."""
    played, unplayed = operations_played()
    assert played | unplayed == set(OPERATIONS)
    assert not played & unplayed
    assert unplayed == {code for code, known in OPERATIONS.items() if not known.integration}
    for code in unplayed:
        names = {part.strip("{}"): "x" for part in OPERATIONS[code].path.split("/") if part.startswith("{")}
        body = {} if OPERATIONS[code].body.value == "json" else None
        with pytest.raises(errors.NotFound, match=f"the simulator does not play {code}: use "):
            shop.raw(code, path=names, body=body, against_advice=True)


def test_an_address_that_nobody_knows_is_no_empty_answer(shop: Shop) -> None:
    """A 404 that Mirakl would not give is told apart from one that it would."""
    nowhere = attrs.evolve(shop.config, base_url="https://shop.example.com/elsewhere")
    call = mirakl.raw("V01", nowhere.scope)
    moved = attrs.evolve(call, request=attrs.evolve(call.request, path="/elsewhere"))
    with pytest.raises(errors.NotFound, match="the simulator does not play GET /elsewhere"):
        shop.runner.run(nowhere.caller().perform(moved))


def test_products_are_found_by_the_references_that_offers_show(shop: Shop) -> None:
    """P31 finds what OF21 names, in the order of the operator's SKUs, and leaves out what nobody has."""
    (mug, rug) = sorted(shop.walk("OF21"), key=lambda each: each["shop_sku"])
    wanted = [f"EAN|{each['product_references'][0]['reference']}" for each in (rug, mug)]
    found = shop.raw("P31", query={"product_references": [*wanted, "EAN|1", "UPC|1"]})["products"]
    assert [each["product_sku"] for each in found] == [mug["product_sku"], rug["product_sku"]]
    assert found[0]["product_title"] == "A mug"
    assert (found[0]["category_code"], found[0]["category_label"]) == ("TEAWARE", "Teaware")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("P31", "product_references"),
        ("P11", "product_references"),
        ("P11", "shipping_zones"),
        ("P11", "offer_state_codes"),
        ("OF21", "offer_state_codes"),
    ],
)
def test_lists_of_codes_go_as_one_text(code: str, name: str, shop: Shop) -> None:
    """Mirakl reads these with commas; repeated, all but the last would be lost without a word."""
    call = mirakl.raw(code, shop.config.scope, query={name: ["A|1", "B|2"]})
    assert [value for key, value in call.request.query if key == name] == ["A|1,B|2"]


@pytest.mark.parametrize("text", ["SHOP_SKU|MUG", "SKU|MUG", "EAN", ""])
def test_references_of_other_kinds_are_refused(text: str, shop: Shop) -> None:
    """A SKU is no reference there, and without references there is no question."""
    with pytest.raises(errors.Invalid):
        shop.raw("P31", query={"product_references": text or None})


def test_the_tree_is_told_around_a_category(shop: Shop) -> None:
    """H11 gives a category with its parents and children, no deeper than asked; offers' own categories are roots."""

    def codes(**query: object) -> list[tuple[str, int]]:
        return [(each["code"], each["level"]) for each in shop.raw("H11", query=query)["hierarchies"]]

    assert codes() == [("HOME", 1), ("KITCHEN", 2), ("TEAWARE", 3), ("BEDDING", 2), ("FLOORS", 1)]
    assert codes(max_level=1) == [("HOME", 1), ("FLOORS", 1)]
    assert codes(hierarchy="KITCHEN") == [("HOME", 1), ("KITCHEN", 2), ("TEAWARE", 3)]
    assert codes(hierarchy="HOME", max_level=1) == [("HOME", 1), ("KITCHEN", 2), ("BEDDING", 2)]
    with pytest.raises(errors.NotFound, match="SHEDS"):
        codes(hierarchy="SHEDS")


def test_attributes_and_lists_of_values_fit_together(shop: Shop) -> None:
    """PM11 tells the attributes of a category and those of all; the lists that they name are in VL11."""
    found = shop.raw("PM11", query={"hierarchy": "KITCHEN"})["attributes"]
    assert {"title", "colour", "capacity_ml"} < {each["code"] for each in found}
    assert "thread_count" not in {each["code"] for each in found}
    (colour,) = (each for each in found if each["code"] == "colour")
    (listed,) = shop.raw("VL11", query={"code": colour["type_parameters"][0]["value"]})["values_lists"]
    assert [each["code"] for each in listed["values"]] == ["BLUE", "RED", "WHITE"]
    assert all(each["roles"] for each in shop.raw("PM11", query={"with_roles": True})["attributes"])
    with pytest.raises(errors.NotFound, match="NONE"):
        shop.raw("VL11", query={"code": "NONE"})


def test_a_file_of_products_ends_in_the_catalogue(shop: Shop) -> None:
    """P41 answers with a number; the rows are read, sent to the operator, answered, and then found and sold under."""
    import_id = shop.hand_over(HEAD + GOOD + PLAIN + WRONG + EMPTY)
    assert shop.status(import_id)["import_status"] == "TRANSFORMATION_WAITING"
    shop.clock.advance(20)
    assert shop.status(import_id)["import_status"] == "TRANSFORMATION_RUNNING"
    shop.clock.advance(10)
    sent = shop.status(import_id)
    lines = [sent[f"transform_lines_{name}"] for name in ("read", "in_success", "in_error", "with_warning")]
    assert (sent["import_status"], lines) == ("SENT", [4, 2, 2, 1])
    assert not shop.raw("P31", query={"product_references": "EAN|2900000000018"})["products"]
    shop.clock.advance(60)
    assert shop.status(import_id)["import_status"] == "COMPLETE"
    (found,) = shop.raw("P31", query={"product_references": "EAN|2900000000018"})["products"]
    assert found["product_title"] == "A teapot"
    offer = {"shop_sku": "POT", "product_id": "2900000000018", "product_id_type": "EAN", "price": 30}
    shop.raw("OF24", body={"offers": [{**offer, "state_code": "11", "quantity": 5}]})
    shop.clock.advance(60)
    (pot,) = shop.walk("OF21", query={"product_id": found["product_sku"]})
    assert (pot["shop_sku"], pot["product_title"], pot["category_code"]) == ("POT", "A teapot", "TEAWARE")


def test_a_file_with_the_ean_of_a_known_product_makes_no_second_one() -> None:
    """Whether the operator had it, an offer is on it or the file has it twice: one product, with all its references."""
    kept = (("EAN", "2900000000018"), ("UPC", "290000000001"))
    pot = Product(sku="MKP100000000001", title="Old pot", category="TEAWARE", references=kept)
    our = shop(products=ProductSettings(products=(pot,)))
    mug = next(each for each in our.walk("OF21") if each["shop_sku"] == "MUG")
    its_ean = mug["product_references"][0]["reference"]
    again = GOOD.replace("POT-1", "MUG").replace("2900000000018", its_ean)
    our.hand_over(HEAD + GOOD + PLAIN + again + PLAIN.replace("POT-2", "POT-4"))
    our.clock.advance(90)
    wanted = [f"EAN|{code}" for code in ("2900000000018", "2900000000025", its_ean)]
    found = our.raw("P31", query={"product_references": [*wanted, "UPC|290000000001"]})["products"]
    numbers = {f"{each['product_id_type']}|{each['product_id']}": each["product_sku"] for each in found}
    assert len(found) == len(numbers) == 4
    assert numbers["EAN|2900000000018"] == numbers["UPC|290000000001"] == pot.sku
    assert numbers[f"EAN|{its_ean}"] == mug["product_sku"]
    assert numbers["EAN|2900000000025"] not in (pot.sku, mug["product_sku"])


def test_what_a_file_did_not_bring_is_told_in_reports() -> None:
    """P47 tells of rows with complaints, P46 is what was passed on, P44 and P45 are what the operator made of it."""
    our = shop(products=ProductSettings(refused={"POT-2": "Too plain"}))
    import_id = our.hand_over(HEAD + GOOD + PLAIN + WRONG + EMPTY)
    our.clock.advance(90)
    names = {"P44": "error_report", "P45": "new_product_report", "P46": "transformed_file"}
    told = our.status(import_id)
    assert [told[f"has_{name}"] for name in (*names.values(), "transformation_error_report")] == [True] * 4
    assert told["integration_details"]["rejected_products"] == 1
    texts = {code: our.raw(code, path={"import": import_id}).decode() for code in (*names, "P47")}
    assert texts["P44"] == "shop_sku;error\nPOT-2;Too plain\n"
    assert texts["P45"] == "shop_sku;warning\nPOT-1;\n"
    assert texts["P46"] == HEAD + GOOD + PLAIN
    head, *rows = texts["P47"].splitlines()
    assert head == HEAD.strip() + ";line number;warnings;errors"
    assert [row.split(";")[6] for row in rows] == ["3", "4", "5"]
    assert rows[1].endswith(";;1001|Category SHEDS is unknown")
    assert "2004|" in rows[2]
    assert "1000|The attribute 'title'" in rows[2]


def test_longer_texts_than_allowed_are_complained_of(shop: Shop) -> None:
    """The longest that PM11 names is the longest that a file may have."""
    import_id = shop.hand_over(HEAD + GOOD.replace("A teapot", "A" * 121))
    shop.clock.advance(30)
    assert b"2005|The attribute 'title' has more than 120 characters" in shop.raw("P47", path={"import": import_id})
    (title,) = (each for each in shop.raw("PM11")["attributes"] if each["code"] == "title")
    assert title["validations"] == "MAX_LENGTH|120"


def test_many_operators_never_answer() -> None:
    """SENT may be the end: nothing is added, no report appears, however long one waits."""
    our = shop(products=ProductSettings(answer_seconds=None))
    import_id = our.hand_over(HEAD + GOOD)
    our.clock.advance(10 * 24 * 3600)
    assert our.status(import_id)["import_status"] == "SENT"
    with pytest.raises(errors.NotFound):
        our.raw("P45", path={"import": import_id})


@pytest.mark.parametrize(
    ("text", "fields", "status"),
    [
        ("title\nA shed\n", {}, "TRANSFORMATION_FAILED"),
        ("title\nA shed\n", {"operator_format": True}, "FAILED"),
        (HEAD + WRONG, {}, "COMPLETE"),
        (HEAD + GOOD, {"operator_format": True}, "SENT"),
    ],
)
def test_files_end_as_their_rows_allow(text: str, fields: Mapping[str, object], status: str, shop: Shop) -> None:
    """A file without the columns that matter fails as a whole; one without a good row is never sent on."""
    import_id = shop.hand_over(text, **fields)
    shop.clock.advance(30)
    assert shop.status(import_id)["import_status"] == status


def test_imports_of_products_are_listed(shop: Shop) -> None:
    """P51 gives them by their creation, a page at a time, by status, by change and by what there is to fetch."""
    first, second, third = (shop.hand_over(HEAD + row) for row in (GOOD, WRONG, PLAIN))

    def ids(**query: object) -> list[int]:
        return [each["import_id"] for each in shop.walk("P51", query=query, size=2)]

    assert ids() == [first, second, third]
    shop.clock.advance(30)
    assert ids(status="SENT") == ids(has_transformed_file=True) == [first, third]
    newest = shop.raw("P51", query={"order": "desc", "max": 1})["product_import_trackings"]
    assert [each["import_id"] for each in newest] == [third]
    with pytest.raises(errors.Invalid):
        ids(status="DONE")
    changed = shop.clock.now() + timedelta(seconds=1)
    fourth = shop.hand_over(HEAD + GOOD)
    shop.clock.advance(61)
    assert ids(last_request_date=changed) == [first, third, fourth]


def test_the_converter_is_asked_with_a_json_part(shop: Shop) -> None:
    """What is asked of the converter stands in the answer; other kinds of conversion are refused."""
    import_id = shop.hand_over(
        HEAD + GOOD, conversion_type="AI_CONVERTER", conversion_options={"ai_rewrite": {"status": "ENABLED"}}
    )
    told = shop.status(import_id)
    assert (told["conversion_type"], told["conversion_options"]) == (
        "AI_CONVERTER",
        {"ai_rewrite": {"status": "ENABLED"}},
    )
    for wrong in ({"conversion_type": "MAGIC"}, {"conversion_options": {"ai_rewrite": {"status": "YES"}}}):
        with pytest.raises(errors.Invalid):
            shop.hand_over(HEAD + GOOD, **wrong)
    with pytest.raises(errors.Invalid, match="the simulator does not play P41 with XLSX or XML"):
        shop.hand_over("<products/>")


def promotion(internal_id: str = "SPRING", **more: object) -> dict[str, object]:
    return {
        "internal_id": internal_id,
        "internal_description": "Two for less",
        "start_date": "2026-03-03T00:00:00Z",
        "end_date": "2026-03-10T00:00:00Z",
        "public_descriptions": [{"locale": "en_GB", "value": "Two for less"}],
        "trigger": {"type": "MINIMUM_QUANTITY", "quantity_purchased": 2, "selection": {"type": "ALL"}},
        "reward": {
            "type": "PERCENTAGE_OFF",
            "percentage_off": 10,
            "selection": {"type": "CATEGORY", "values": ["TEAWARE"]},
        },
        **more,
    }


def test_a_promotion_begins_and_ends_by_the_clock(shop: Shop) -> None:
    """PR03 writes it, PR01 shows the active ones unless told otherwise, with the offers that it means."""
    assert shop.raw("PR03", body=promotion()) is None
    assert shop.walk("PR01") == []
    (waiting,) = shop.walk("PR01", query={"states": "ALL"})
    numbers = {each["shop_sku"]: each["offer_id"] for each in shop.walk("OF21")}
    assert (waiting["state"], waiting["type"], waiting["percentage_off"]) == ("PENDING", "PERCENTAGE_OFF", 10)
    assert waiting["triggers"] == [{"type": "minimum_quantity", "quantity_purchased": 2, "same_item_purchased": False}]
    assert waiting["trigger_offer_ids"] == [numbers["MUG"], numbers["RUG"]]
    assert waiting["reward_offer_ids"] == [numbers["MUG"]]
    shop.clock.advance(24 * 3600)
    (running,) = shop.walk("PR01", query={"reward_offer_ids": str(numbers["MUG"])})
    assert running["state"] == "ACTIVE"
    assert shop.walk("PR01", query={"reward_offer_ids": str(numbers["RUG"])}) == []
    shop.clock.advance(7 * 24 * 3600)
    assert [each["internal_id"] for each in shop.walk("PR01", query={"states": "EXPIRED"})] == ["SPRING"]


def test_a_promotion_is_told_in_one_language_if_one_is_asked_for() -> None:
    """The language asked for, else the platform's; all of them when none is asked for."""
    our = shop(locales=("en", "en_GB", "fr"))
    texts = [{"locale": "en", "value": "Two"}, {"locale": "fr", "value": "Deux"}]
    reward = {
        "type": "PERCENTAGE_OFF",
        "percentage_off": 10,
        "max_quantity_to_discount": 3,
        "selection": {"type": "PURCHASED_ITEMS"},
    }
    mug = min(our.walk("OF21"), key=lambda each: each["shop_sku"])
    trigger = {
        "type": "EVERY_AMOUNT",
        "amount_purchased": 20,
        "selection": {"type": "PRODUCT", "values": [{"type": "SKU", "value": mug["product_sku"]}]},
    }
    our.raw("PR03", body=promotion(public_descriptions=texts, reward=reward, trigger=trigger))
    our.raw("PR03", body=promotion("SILENT", public_descriptions=None, trigger={**trigger, "selection": None}))

    def told(**query: object) -> list[list[str]]:
        rows = our.walk("PR01", query={"states": "ALL", **query}, sort="dateCreated")
        return [[each["value"] for each in row["public_descriptions"]] for row in rows]

    assert told() == [["Two", "Deux"], []]
    assert [told(locale=name)[0] for name in ("fr", "en_GB")] == [["Deux"], ["Two"]]
    assert told(locale="fr")[1] == []
    first, second = our.walk("PR01", query={"states": "ALL"}, sort="dateCreated")
    assert (first["trigger_offer_ids"], first["reward_offer_ids"]) == ([mug["offer_id"]], [])
    assert (first["reward_on_purchased_items"], first["max_quantity_to_discount"]) == (True, 3)
    assert second["trigger_offer_ids"] == []
    with pytest.raises(errors.Invalid):
        our.raw("PR01", query={"states": "SOMETIMES"})


def test_a_promotion_is_changed_but_for_its_amounts(shop: Shop) -> None:
    """PR04 takes times, texts and choices; what has ended is not changed, and nobody changes what is not there."""
    shop.raw("PR03", body=promotion())
    more = {"type": "PERCENTAGE_OFF", "percentage_off": 50, "selection": {"type": "PURCHASED_ITEMS"}}
    new = promotion(end_date=None, reward=more)
    del new["internal_id"]
    shop.raw("PR04", path={"promotion_internal_id": "SPRING"}, body={**new, "internal_description": "Longer"})
    (changed,) = shop.walk("PR01", query={"states": "PENDING"})
    assert (changed["internal_description"], changed["end_date"], changed["percentage_off"]) == ("Longer", None, 10)
    assert changed["reward_on_purchased_items"]
    with pytest.raises(errors.NotFound):
        shop.raw("PR04", path={"promotion_internal_id": "NONE"}, body=new)
    shop.raw("PR04", path={"promotion_internal_id": "SPRING"}, body={**new, "end_date": "2026-03-04T00:00:00Z"})
    shop.clock.advance(3 * 24 * 3600)
    with pytest.raises(errors.Invalid, match="cannot be changed"):
        shop.raw("PR04", path={"promotion_internal_id": "SPRING"}, body=new)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("internal_description", None),
        ("start_date", "soon"),
        ("end_date", "2026-03-01T00:00:00Z"),
        ("trigger", {"type": "SOMETIMES", "quantity_purchased": 1, "selection": {"type": "ALL"}}),
        ("trigger", {"type": "MINIMUM_QUANTITY", "selection": {"type": "ALL"}}),
        ("reward", {"type": "AMOUNT_OFF", "amount_off": 1, "selection": {"type": "BRAND", "values": []}}),
        ("reward", None),
    ],
)
def test_a_promotion_that_makes_no_sense_is_refused(field: str, value: object, shop: Shop) -> None:
    """What is missing or impossible is a 400, and nothing is written."""
    with pytest.raises(errors.Invalid):
        shop.raw("PR03", body=promotion(**{field: value}))
    assert shop.sim.operator.promotions == {}


def test_an_id_of_a_promotion_is_used_once(shop: Shop) -> None:
    """A repeat is refused: that is why PR03 is never repeated blindly."""
    shop.raw("PR03", body=promotion())
    with pytest.raises(errors.Invalid, match="already exists"):
        shop.raw("PR03", body=promotion())


def test_an_operator_may_approve_promotions() -> None:
    """Until it has, nothing begins; what is rejected stays so."""
    our = shop(promotions_approved=False)
    for name in ("A", "B"):
        our.raw("PR03", body=promotion(name))
    our.clock.advance(25 * 3600)
    assert our.walk("PR01") == []
    our.sim.operator.approve("A")
    our.sim.operator.reject("B")
    assert [each["internal_id"] for each in our.walk("PR01")] == ["A"]
    assert [each["internal_id"] for each in our.walk("PR01", query={"states": "REJECTED"})] == ["B"]


def test_pick_lists_follow_their_orders(shop: Shop) -> None:
    """PL11 tells what will be fetched when; what has left closes it, what was cancelled leaves nothing to prepare."""
    first, second = (shop.sim.buy([("MUG", 2)]) for _ in range(2))
    assert first is not None
    assert second is not None
    at = shop.clock.now() + timedelta(days=1)
    early = shop.sim.operator.call_for([first], pickup=at, run="VAN-1")
    late = shop.sim.operator.call_for([second], pickup=at + timedelta(days=1))
    listed = shop.walk("PL11", size=1)
    assert [each["id"] for each in listed] == [early, late]
    assert [line["quantity"] for line in listed[0]["picklist_lines"]] == [2]
    assert [each["id"] for each in shop.walk("PL11", query={"pickrun_code": "VAN-1"})] == [early]
    assert [each["id"] for each in shop.walk("PL11", query={"pickup_date_min": at + timedelta(hours=1)})] == [late]
    assert [each["id"] for each in shop.walk("PL11", query={"order_line_id": [f"{first}-1"]})] == [early]
    shop.sim.operator.prepare(early, "READY_FOR_PICKUP")
    assert shop.sim.cancel_order(second)
    assert [each["state"] for each in shop.walk("PL11")] == ["READY_FOR_PICKUP", "NOTHING_TO_PREPARE"]
    shop.raw("OR24", path={"order_id": first})
    assert [each["id"] for each in shop.walk("PL11", query={"picklist_state": ["CLOSED"]})] == [early]


def test_offers_on_a_product_do_not_tell_whose_they_are(shop: Shop) -> None:
    """P11 blanks what would: offer id 0, 999 in stock, no shop. Only what can be bought is shown unless asked."""
    skus = {each["shop_sku"]: each["product_sku"] for each in shop.walk("OF21")}
    (mug,) = shop.walk("P11", query={"product_ids": [skus["MUG"]]})
    (offer,) = mug["offers"]
    assert (offer["offer_id"], offer["quantity"], offer["shop_id"]) == (0, 999, None)
    assert shop.sim.buy([("RUG", 1)])
    assert shop.walk("P11", query={"product_ids": [skus["RUG"]]})[0]["offers"] == []
    assert len(shop.walk("P11", query={"product_ids": [skus["RUG"]], "all_offers": True})[0]["offers"]) == 1


def test_roles_of_users_are_listed(shop: Shop) -> None:
    """RO02 names what people of a shop may be."""
    assert "GROUP_SHOP_ADMIN" in {each["code"] for each in shop.raw("RO02")["roles"]}
