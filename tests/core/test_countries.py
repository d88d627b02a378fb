"""Countries by code, name and the spellings of UK customers."""

import pytest

from khaos_connectors.core.addresses import country_code as same_function
from khaos_connectors.core.countries import ALPHA3, COUNTRIES, country_code, fold_country


def test_every_country_of_the_standard() -> None:
    """ISO 3166-1 has 249 entries, each with two codes of its own."""
    assert len(ALPHA3) == 249
    assert len(set(ALPHA3.values())) == 249
    assert all(len(two) == 2 and len(three) == 3 and (two + three).isupper() for two, three in ALPHA3.items())
    assert set(COUNTRIES.values()) == set(ALPHA3)


def test_every_code_leads_to_its_country() -> None:
    """No name of one country is the code of another."""
    assert all(country_code(two) == two == country_code(three.lower()) for two, three in ALPHA3.items())


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("UK", "GB"),
        ("u.k.", "GB"),
        ("England", "GB"),
        (" northern  ireland ", "GB"),
        ("United Kingdom (UK)", "GB"),
        ("Great Britain", "GB"),
        ("The Netherlands", "NL"),
        ("Holland", "NL"),
        ("Eire", "IE"),
        ("Éire", "IE"),
        ("Republic of Ireland", "IE"),
        ("U.S.A.", "US"),
        ("Cote d\u2019Ivoire", "CI"),
        ("Ivory Coast", "CI"),
        ("Turkey", "TR"),
        ("TÜRKİYE", "TR"),
        ("Trinidad & Tobago", "TT"),
        ("Saint Lucia", "LC"),
        ("St. Lucia", "LC"),
        ("Isle of Man", "IM"),
        ("Guinea-Bissau", "GW"),
        ("reunion", "RE"),
        ("NI", "NI"),  # the code of Nicaragua: an abbreviation never goes before a code
    ],
)
def test_what_people_write(written: str, code: str) -> None:
    """Domain 6.3: country to ISO-2 through a table."""
    assert country_code(written) == code


@pytest.mark.parametrize(
    "written",
    [
        *("N. Ireland", "N.Ireland", "n ireland", "Nth. Ireland", "North Ireland", "Ireland, Northern", "GB-NIR"),
        *("N. Ireland, UK", "Northern Ireland (UK)", "UK - Northern Ireland", "NI, UK", "N.I. UK", "UK (NI)"),
        *("Great Britain", "Gt. Britain", "GB", "G.B.", "Britain", "GB & NI", "Great Britain and Northern Ireland"),
        *("U.K", "United Kingdom", "UNITED KINGDOM (GB)", "The United Kingdom", "UK (GB)", "GBR", "Mainland UK"),
        *("England, UK", "England (United Kingdom)", "GB-ENG", "Scotland UK", "GB/Scotland", "Wales, Great Britain"),
        *("Scotland", "Wales", "Cymru", "GB-SCT", "GB-WLS", "United Kingdom, Wales"),
    ],
)
def test_the_united_kingdom(written: str) -> None:
    """Every way in which its people name it or the part of it that they live in is GB."""
    assert country_code(written) == "GB"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *((name, "GG") for name in ("Guernsey", "GGY", "Guernsey, C.I.", "Alderney", "Sark, Channel Islands", "Herm")),
        *((name, "GG") for name in ("Channel Islands, Guernsey", "Bailiwick of Guernsey", "Guernsey, UK")),
        *((name, "JE") for name in ("Jersey", "JEY", "Jersey C.I.", "Jersey (Channel Islands)", "Jersey, UK")),
        *((name, "IM") for name in ("Isle of Man", "IMN", "I.O.M.", "Isle of Man, UK", "The Isle of Man", "I. of Man")),
    ],
)
def test_crown_dependencies_have_codes_of_their_own(written: str, code: str) -> None:
    """They are no part of the United Kingdom, also where somebody writes it behind: customs and couriers tell."""
    assert country_code(written) == code


@pytest.mark.parametrize("written", ["Ireland", "Rep. of Ireland", "Ireland, Republic of", "R.O.I.", "S. Ireland"])
def test_ireland(written: str) -> None:
    """Ireland without a north is the republic."""
    assert country_code(written) == "IE"


@pytest.mark.parametrize(
    "written",
    ["", "   ", "Deutschland", "Congo", "Korea", "Channel Islands", "C.I. UK", "British Isles", "Ulster", "XX", "日本"],
)
def test_no_guess(written: str) -> None:
    """Unknown, and names that mean two countries, lead nowhere."""
    assert country_code(written) is None


def test_own_spellings_go_first() -> None:
    """In any script and any capitals."""
    assert country_code("日本", {"日本": "JP"}) == "JP"
    assert country_code("deutschland", {"Deutschland": "DE"}) == "DE"
    assert country_code("NI", {"ni": "GB"}) == "GB"
    assert country_code("France", {"Deutschland": "DE"}) == "FR"


def test_one_function() -> None:
    """Where it was before, it still is."""
    assert same_function is country_code
    assert fold_country(" The  Gambia ") == "gambia"
