"""Countries of ISO 3166-1, by two- and three-letter code, English name and the spellings that UK customers type."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType

__all__ = ["ALPHA3", "COUNTRIES", "country_code", "fold_country"]

# Code, three-letter code, then names: the first is the usual one in English, the others are read too; one country may
# take several lines. Names that mean two countries (Congo, Korea, the Channel Islands) are left out: nothing is sent to
# a country by a guess. "NI" is Nicaragua, whose code it is: channels send codes, and a table that went by who is
# likelier to buy would change the address of the other. The parts of the United Kingdom are below.
_TABLE = """
AD AND Andorra
AE ARE United Arab Emirates|UAE
AF AFG Afghanistan
AG ATG Antigua and Barbuda
AI AIA Anguilla
AL ALB Albania
AM ARM Armenia
AO AGO Angola
AQ ATA Antarctica
AR ARG Argentina
AS ASM American Samoa
AT AUT Austria
AU AUS Australia
AW ABW Aruba
AX ALA Åland Islands|Aland
AZ AZE Azerbaijan
BA BIH Bosnia and Herzegovina|Bosnia
BB BRB Barbados
BD BGD Bangladesh
BE BEL Belgium
BF BFA Burkina Faso
BG BGR Bulgaria
BH BHR Bahrain
BI BDI Burundi
BJ BEN Benin
BL BLM St Barthélemy|St Barts
BM BMU Bermuda
BN BRN Brunei|Brunei Darussalam
BO BOL Bolivia
BQ BES Bonaire, Sint Eustatius and Saba|Caribbean Netherlands|Bonaire
BR BRA Brazil
BS BHS Bahamas
BT BTN Bhutan
BV BVT Bouvet Island
BW BWA Botswana
BY BLR Belarus
BZ BLZ Belize
CA CAN Canada
CC CCK Cocos Islands|Keeling Islands|Cocos (Keeling) Islands
CD COD Democratic Republic of the Congo|Congo, Democratic Republic|DR Congo|DRC|Congo Kinshasa
CF CAF Central African Republic
CG COG Republic of the Congo|Congo Brazzaville
CH CHE Switzerland
CI CIV Côte d'Ivoire|Ivory Coast
CK COK Cook Islands
CL CHL Chile
CM CMR Cameroon
CN CHN China|People's Republic of China|PRC
CO COL Colombia
CR CRI Costa Rica
CU CUB Cuba
CV CPV Cape Verde|Cabo Verde
CW CUW Curaçao
CX CXR Christmas Island
CY CYP Cyprus
CZ CZE Czechia|Czech Republic
DE DEU Germany
DJ DJI Djibouti
DK DNK Denmark
DM DMA Dominica
DO DOM Dominican Republic
DZ DZA Algeria
EC ECU Ecuador
EE EST Estonia
EG EGY Egypt
EH ESH Western Sahara
ER ERI Eritrea
ES ESP Spain
ET ETH Ethiopia
FI FIN Finland
FJ FJI Fiji
FK FLK Falkland Islands|Falklands
FM FSM Micronesia|Federated States of Micronesia
FO FRO Faroe Islands
FR FRA France
GA GAB Gabon
GB GBR United Kingdom|UK|Great Britain|Gt Britain|Britain|United Kingdom (UK)|United Kingdom (GB)|UK (GB)|GB (UK)
GB GBR United Kingdom of Great Britain and Northern Ireland|Great Britain and Northern Ireland|UK of GB and NI|GB and NI
GB GBR UK Mainland|Mainland UK|GB ENG|GB SCT|GB WLS|GB NIR|GB EAW|GB GBN|GB UKM
GD GRD Grenada
GE GEO Georgia
GF GUF French Guiana
GG GGY Guernsey|Bailiwick of Guernsey|Alderney|Sark|Herm|Jethou|Brecqhou
GH GHA Ghana
GI GIB Gibraltar
GL GRL Greenland
GM GMB Gambia
GN GIN Guinea
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea
GR GRC Greece
GS SGS South Georgia and the South Sandwich Islands|South Georgia and South Sandwich Islands
GT GTM Guatemala
GU GUM Guam
GW GNB Guinea-Bissau
GY GUY Guyana
HK HKG Hong Kong|Hong Kong SAR
HM HMD Heard and McDonald Islands|Heard Island and McDonald Islands
HN HND Honduras
HR HRV Croatia
HT HTI Haiti
HU HUN Hungary
ID IDN Indonesia
IE IRL Ireland|Republic of Ireland|Ireland, Republic of|Ireland (Republic)|Ireland (ROI)|Rep of Ireland|ROI|Eire|Éire
IE IRL Irish Republic|Southern Ireland|S Ireland|Ireland (Eire)
IL ISR Israel
IM IMN Isle of Man|IoM|I of Man|Isle of Mann
IN IND India
IO IOT British Indian Ocean Territory
IQ IRQ Iraq
IR IRN Iran|Islamic Republic of Iran
IS ISL Iceland
IT ITA Italy
JE JEY Jersey|Bailiwick of Jersey
JM JAM Jamaica
JO JOR Jordan
JP JPN Japan
KE KEN Kenya
KG KGZ Kyrgyzstan
KH KHM Cambodia
KI KIR Kiribati
KM COM Comoros
KN KNA St Kitts and Nevis
KP PRK North Korea
KR KOR South Korea|Republic of Korea
KW KWT Kuwait
KY CYM Cayman Islands
KZ KAZ Kazakhstan
LA LAO Laos|Lao People's Democratic Republic
LB LBN Lebanon
LC LCA St Lucia
LI LIE Liechtenstein
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania
LU LUX Luxembourg
LV LVA Latvia
LY LBY Libya
MA MAR Morocco
MC MCO Monaco
MD MDA Moldova|Republic of Moldova
ME MNE Montenegro
MF MAF St Martin|Saint Martin (French part)
MG MDG Madagascar
MH MHL Marshall Islands
MK MKD North Macedonia|Macedonia
ML MLI Mali
MM MMR Myanmar|Burma
MN MNG Mongolia
MO MAC Macao|Macau
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MR MRT Mauritania
MS MSR Montserrat
MT MLT Malta
MU MUS Mauritius
MV MDV Maldives
MW MWI Malawi
MX MEX Mexico
MY MYS Malaysia
MZ MOZ Mozambique
NA NAM Namibia
NC NCL New Caledonia
NE NER Niger
NF NFK Norfolk Island
NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands|Holland
NO NOR Norway
NP NPL Nepal
NR NRU Nauru
NU NIU Niue
NZ NZL New Zealand|Aotearoa New Zealand
OM OMN Oman
PA PAN Panama
PE PER Peru
PF PYF French Polynesia
PG PNG Papua New Guinea
PH PHL Philippines
PK PAK Pakistan
PL POL Poland
PM SPM St Pierre and Miquelon
PN PCN Pitcairn Islands|Pitcairn
PR PRI Puerto Rico
PS PSE Palestine|Palestinian Territories|State of Palestine
PT PRT Portugal
PW PLW Palau
PY PRY Paraguay
QA QAT Qatar
RE REU Réunion
RO ROU Romania
RS SRB Serbia
RU RUS Russia|Russian Federation
RW RWA Rwanda
SA SAU Saudi Arabia
SB SLB Solomon Islands
SC SYC Seychelles
SD SDN Sudan
SE SWE Sweden
SG SGP Singapore
SH SHN St Helena|Saint Helena, Ascension and Tristan da Cunha|Ascension Island|Tristan da Cunha
SI SVN Slovenia
SJ SJM Svalbard and Jan Mayen
SK SVK Slovakia
SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal
SO SOM Somalia
SR SUR Suriname
SS SSD South Sudan
ST STP São Tomé and Príncipe
SV SLV El Salvador
SX SXM Sint Maarten|Sint Maarten (Dutch part)
SY SYR Syria|Syrian Arab Republic
SZ SWZ Eswatini|Swaziland
TC TCA Turks and Caicos Islands
TD TCD Chad
TF ATF French Southern Territories
TG TGO Togo
TH THA Thailand
TJ TJK Tajikistan
TK TKL Tokelau
TL TLS Timor-Leste|East Timor
TM TKM Turkmenistan
TN TUN Tunisia
TO TON Tonga
TR TUR Türkiye|Turkey
TT TTO Trinidad and Tobago
TV TUV Tuvalu
TW TWN Taiwan
TZ TZA Tanzania|United Republic of Tanzania
UA UKR Ukraine
UG UGA Uganda
UM UMI United States Minor Outlying Islands|US Outlying Islands
US USA United States|United States of America|USA|US|U S|U S A|America
UY URY Uruguay
UZ UZB Uzbekistan
VA VAT Vatican City|Holy See
VC VCT St Vincent and the Grenadines
VE VEN Venezuela
VG VGB British Virgin Islands|Virgin Islands (British)
VI VIR US Virgin Islands|Virgin Islands (US)|United States Virgin Islands
VN VNM Vietnam|Viet Nam
VU VUT Vanuatu
WF WLF Wallis and Futuna
WS WSM Samoa|Western Samoa
YE YEM Yemen
YT MYT Mayotte
ZA ZAF South Africa
ZM ZMB Zambia
ZW ZWE Zimbabwe
"""

# Parts of a country and what people write beside them, before or after: "Scotland, UK", "Jersey C.I.". What belongs to
# the Crown and not to the United Kingdom keeps its own code whatever stands beside it.
_PARTS = (
    (
        "GB",
        "England|Scotland|Wales|Cymru|Northern Ireland|N Ireland|NIreland|Nth Ireland|North Ireland|Ireland Northern",
    ),
    ("GG", "Guernsey|Alderney|Sark|Herm"),
    ("JE", "Jersey"),
    ("IM", "Isle of Man|IoM"),
)
_BESIDE = {
    "GB": ("UK", "GB", "United Kingdom", "Great Britain", "Britain"),
    "GG": ("CI", "Channel Islands", "Channel Isles", "UK", "GB", "United Kingdom"),
    "JE": ("CI", "Channel Islands", "Channel Isles", "UK", "GB", "United Kingdom"),
    "IM": ("UK", "GB", "United Kingdom", "British Isles"),
}


def fold_country(name: str) -> str:
    """*name* as it is compared: without capitals, accents, signs, doubled spaces, a leading "the"; "saint" is "st"."""
    apart = unicodedata.normalize("NFKD", name.replace("&", " and "))
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    # Full stops and apostrophes stand inside words (U.K., Cote d'Ivoire), every other sign between them.
    words = re.sub(r"[\W_]+", " ", re.sub(r"[.'`\u2019]", "", bare.casefold())).split()
    if words[:1] == ["the"]:
        words = words[1:]
    return " ".join("st" if word == "saint" else word for word in words)


def _rows() -> list[tuple[str, str, list[str]]]:
    rows: list[tuple[str, str, list[str]]] = []
    lines: list[str] = list(_TABLE.strip().splitlines())
    for line in lines:
        alpha2, alpha3, names = line.split(" ", 2)
        rows.append((alpha2, alpha3, names.split("|")))
    return rows


def _parts() -> Iterator[tuple[str, str]]:
    """The parts of ``_PARTS`` alone and beside what they are a part of, each with its code. NI only beside it."""
    for alpha2, parts in _PARTS:
        for part in parts.split("|"):
            yield part, alpha2
            for whole in _BESIDE[alpha2]:
                yield from ((f"{part} {whole}", alpha2), (f"{whole} {part}", alpha2))
    for whole in _BESIDE["GB"]:
        yield from ((f"NI {whole}", "GB"), (f"{whole} NI", "GB"))


COUNTRIES: Mapping[str, str] = MappingProxyType(
    {fold_country(text): alpha2 for text, alpha2 in _parts()}
    | {fold_country(text): alpha2 for alpha2, alpha3, names in _rows() for text in (alpha2, alpha3, *names)}
)
"""Two-letter codes by every spelling that is known, folded (``fold_country``)."""

ALPHA3: Mapping[str, str] = MappingProxyType({alpha2: alpha3 for alpha2, alpha3, _ in _rows()})
"""Three-letter codes by two-letter code: every country of the standard."""

_NONE: Mapping[str, str] = MappingProxyType({})


def country_code(country: str, more: Mapping[str, str] = _NONE) -> str | None:
    """The two-letter code of *country* (a code or an English name), None if it is not known.

    *more* holds further spellings and goes first. Capitals, accents and signs do not matter. England, Scotland, Wales
    and Northern Ireland are GB; Guernsey (with Alderney, Sark and Herm), Jersey and the Isle of Man are countries of
    their own, GG, JE and IM. "NI" alone is the code of Nicaragua: a shop whose customers mean Northern Ireland by it
    says so, ``more={"NI": "GB"}``.
    """
    wanted = fold_country(country)
    own = {fold_country(name): code for name, code in more.items()} if more else more
    return own.get(wanted) or COUNTRIES.get(wanted)
