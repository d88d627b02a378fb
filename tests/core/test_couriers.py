"""The courier ladder: which carrier a channel is told, and which step decided."""

import pytest

from khaos_connectors.core.couriers import Carrier, CarrierChoice, CourierMap, CourierRule

LIVE = (
    Carrier(code="DPD-UK", label="DPD", standard_code="dpd-uk"),
    Carrier(code="RM", label="Royal Mail", standard_code="royal-mail"),
    Carrier(code="EVRI_UK", label="Evri", standard_code="myhermes-uk"),
    Carrier(code="UPS", label="UPS", standard_code="ups"),
    Carrier(code="C7", label="Sample Couriers Ltd"),
)
UPS_NUMBER = "1Z 5R8 939 03 5756 712 7"


def choose(
    *rules: CourierRule,
    courier: str = "Warehouse van",
    service: str = "",
    country: str = "",
    channel: str = "jl",
    free_text: bool = False,
    live: tuple[Carrier, ...] = LIVE,
    tracking: str = "",
    aliases: dict[str, str] | None = None,
) -> CarrierChoice:
    return CourierMap(rules, aliases=aliases or {}).choose(
        courier=courier,
        service=service,
        country=country,
        channel=channel,
        live=live,
        free_text=free_text,
        tracking=tracking,
        tracking_url="https://example.com/t",
    )


def told(choice: CarrierChoice) -> tuple[str, int]:
    return choice.code or choice.name, choice.rule


class TestRules:
    """Domain 7.2, steps 1 to 4."""

    LADDER = (
        CourierRule(carrier="UPS", courier="VAN"),
        CourierRule(carrier="C7", courier="VAN", channel="jl"),
        CourierRule(carrier="RM", courier="VAN", service="48", channel="jl"),
        CourierRule(carrier="DPD-UK", courier="VAN", service="48", country="IE", channel="jl"),
    )

    @pytest.mark.parametrize(
        ("service", "country", "channel", "hit"),
        [
            ("48", "IE", "jl", ("DPD-UK", 1)),
            ("48", "GB", "jl", ("RM", 2)),
            ("24", "IE", "jl", ("C7", 3)),
            ("48", "IE", "bq", ("UPS", 4)),
        ],
    )
    def test_the_more_a_rule_names_the_earlier_it_is_tried(
        self, service: str, country: str, channel: str, hit: tuple[str, int]
    ) -> None:
        """Steps 1 to 4, whatever the order in which the rules are written."""
        for rules in (self.LADDER, self.LADDER[::-1]):
            assert told(choose(*rules, courier="VAN", service=service, country=country, channel=channel)) == hit

    def test_step_4_has_the_same_keys_without_a_channel(self) -> None:
        """Courier, service and country before courier and service before courier."""
        rules = (
            CourierRule(carrier="UPS", courier="VAN"),
            CourierRule(carrier="RM", courier="VAN", service="48"),
            CourierRule(carrier="C7", courier="VAN", service="48", country="IE"),
        )

        assert told(choose(*rules, courier="VAN", service="48", country="IE")) == ("C7", 4)
        assert told(choose(*rules, courier="VAN", service="48", country="GB")) == ("RM", 4)
        assert told(choose(*rules, courier="VAN", service="24")) == ("UPS", 4)

    def test_a_blank_field_stands_for_anything(self) -> None:
        """Within a step, a rule that names the courier goes before one that does not."""
        rules = (
            CourierRule(carrier="RM", service="48"),
            CourierRule(carrier="UPS", courier="VAN"),
            CourierRule(carrier="C7", country="IE", channel="jl"),
        )

        assert told(choose(*rules, courier="ANY", service="48", channel="bq")) == ("RM", 4)
        assert told(choose(*rules, courier="VAN", service="48", channel="bq")) == ("UPS", 4)
        assert told(choose(*rules, courier="VAN", service="48", country="IE")) == ("C7", 3)

    def test_capitals_and_spaces_at_the_ends_do_not_matter(self) -> None:
        """ERPs pad their fields."""
        rule = CourierRule(carrier="RM", courier="Van 1", service="48H")

        assert told(choose(rule, courier=" VAN 1 ", service="48h")) == ("RM", 4)
        assert told(choose(rule, courier="VAN1", service="48h")) == ("", 8)

    def test_the_choice_says_which_rule_hit(self) -> None:
        """A person can find the row."""
        choice = choose(CourierRule(carrier="RM", courier="VAN", channel="jl"), courier="VAN")

        assert choice.why == "rule for courier 'VAN', channel 'jl': 'RM'"
        assert choice.mapped
        assert choose(CourierRule(carrier="RM")).why == "rule for anything: 'RM'"

    @pytest.mark.parametrize("carrier", ["RM", "rm", "royal-mail", "Royal Mail"])
    def test_a_rule_may_name_code_standard_code_or_label(self, carrier: str) -> None:
        """The channel is told its code."""
        assert told(choose(CourierRule(carrier=carrier, courier="VAN"), courier="VAN")) == ("RM", 4)

    def test_a_rule_for_a_carrier_that_the_channel_does_not_list(self) -> None:
        """Named as unregistered where that is allowed; otherwise passed over, and the result says so."""
        rules = (
            CourierRule(carrier="Pony Express", courier="DPD", channel="jl"),
            CourierRule(carrier="Camel", courier="VAN"),
        )

        allowed = choose(*rules, courier="VAN", free_text=True)
        assert (allowed.name, allowed.url, allowed.code, allowed.rule) == ("Camel", "https://example.com/t", "", 4)
        assert told(choose(*rules, courier="DPD")) == ("DPD-UK", 5)
        refused = choose(*rules, courier="VAN")
        assert (refused.mapped, refused.rule) == (False, 8)
        assert "'Camel', which the channel does not list" in refused.why

    def test_without_a_list_rules_are_taken_at_their_word(self) -> None:
        """The list could not be read; a configured code is still known."""
        assert told(choose(CourierRule(carrier="XYZ", courier="VAN"), courier="VAN", live=())) == ("XYZ", 4)

    def test_rules_do_not_contradict_each_other(self) -> None:
        """Two carriers for the same fields are found when the map is made; saying it twice is harmless."""
        rule = CourierRule(carrier="RM", courier="VAN")

        with pytest.raises(ValueError, match="two courier rules for courier 'van': 'RM' and 'UPS'"):
            CourierMap((rule, CourierRule(carrier="UPS", courier="van")))
        assert CourierMap([rule, rule]).rules == (rule, rule)

    def test_a_rule_names_a_carrier(self) -> None:
        """A rule that leads nowhere is refused."""
        with pytest.raises(ValueError, match="carrier"):
            CourierRule(carrier="", courier="VAN")


class TestNames:
    """Domain 7.2, step 5."""

    @pytest.mark.parametrize(
        ("courier", "code"),
        [
            ("dpd uk", "DPD-UK"),
            ("Royal-Mail", "RM"),
            ("sample couriers LTD", "C7"),
            ("Hermes", "EVRI_UK"),
            ("myHermes", "EVRI_UK"),
            ("United Parcel Service", "UPS"),
        ],
    )
    def test_names_and_old_names(self, courier: str, code: str) -> None:
        """By code, standard code or label, then by what people mean with the name."""
        assert told(choose(courier=courier)) == (code, 5)

    def test_an_alias_of_ones_own(self) -> None:
        """To a carrier of the list, or to a courier by our id."""
        assert told(choose(courier="Blue van", aliases={"BLUE-VAN": "C7"})) == ("C7", 5)
        assert told(choose(courier="Old H.", aliases={"old h": "evri"})) == ("EVRI_UK", 5)
        assert told(choose(courier="Blue van", aliases={"Blue van": "nobody"})) == ("", 8)

    def test_interlink_is_not_dpd(self) -> None:
        """DPD Local is a carrier of its own: without it in the list there is no hit."""
        local = Carrier(code="DPDL", label="DPD Local")

        assert told(choose(courier="Interlink")) == ("", 8)
        assert told(choose(courier="Interlink", live=(*LIVE, local))) == ("DPDL", 5)

    def test_an_ambiguous_list_decides_nothing(self) -> None:
        """Two carriers of one label, or two codes of one courier, are not chosen between."""
        twins = (Carrier(code="A", label="Pigeon"), Carrier(code="B", label="Pigeon"))
        evris = (Carrier(code="HERMES", label="one"), Carrier(code="MYHERMES", label="two"))

        assert told(choose(courier="Pigeon", live=twins)) == ("", 8)
        assert told(choose(courier="Evri", live=evris)) == ("", 8)
        assert told(choose(courier="Hermes", live=evris)) == ("HERMES", 5)

    def test_a_courier_without_a_name_is_no_label(self) -> None:
        """An empty name does not meet an empty standard code."""
        assert told(choose(courier=" ")) == ("", 8)


class TestNumber:
    """Domain 7.2, step 6."""

    def test_a_proven_number_decides(self) -> None:
        """Only UPS can have made it."""
        choice = choose(tracking=UPS_NUMBER)

        assert told(choice) == ("UPS", 6)
        assert choice.why == "number '1Z5R89390357567127' can only be of UPS"

    @pytest.mark.parametrize("number", ["RB123456785GB", "3318810025", "1Z5R89390357567128", ""])
    def test_a_number_that_only_fits_does_not(self, number: str) -> None:
        """Plausible, ambiguous or wrong numbers are no proof."""
        assert told(choose(tracking=number)) == ("", 8)

    def test_the_courier_must_be_in_the_list(self) -> None:
        """A proven courier that the channel does not know is no code."""
        assert told(choose(tracking=UPS_NUMBER, live=LIVE[:3])) == ("", 8)

    def test_a_name_goes_before_a_number(self) -> None:
        """Step 5 before step 6."""
        assert told(choose(courier="Royal Mail", tracking=UPS_NUMBER)) == ("RM", 5)


class TestTheEnd:
    def test_unregistered_only_where_allowed(self) -> None:
        """Domain 7.2, step 7: name and address for tracking."""
        choice = choose(courier=" Warehouse van ", free_text=True)

        assert choice == CarrierChoice(
            name="Warehouse van",
            url="https://example.com/t",
            rule=7,
            why="'Warehouse van' is not in the channel's list, which allows others",
        )

    def test_unmapped(self) -> None:
        """Domain 7.2, step 8: never a silent default."""
        choice = choose()

        assert (choice.mapped, choice.rule, choice.code, choice.name) == (False, 8, "", "")
        assert "Warehouse van" in choice.why

    def test_no_name_is_unmapped_even_where_free_text_is_allowed(self) -> None:
        """An empty name tells the customer nothing."""
        assert choose(courier=" ", free_text=True).rule == 8
