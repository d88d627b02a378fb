"""What an installation is set up with, as far as orders and customers name it. All of it is the customer's own data."""

from datetime import datetime

import attrs

__all__ = ["CountryRow", "Keycode", "MailingStatus"]


@attrs.frozen(kw_only=True)
class CountryRow:
    """A country of GetCountryList with both of its codes."""

    name: str
    code2: str = ""
    code3: str = ""
    eu_member: bool = False
    pays_vat: bool = False
    currency_name: str = ""
    currency_code: str = ""
    zone: str = ""


@attrs.frozen(kw_only=True)
class Keycode:
    """A key code of GetKeycodes that has not expired (*expires* None: never). *source*: it may have won customers."""

    code: str
    description: str = ""
    type_description: str = ""
    source: bool = False
    created: datetime | None = None
    expires: datetime | None = None
    web_use: bool = False
    moto_use: bool = False


@attrs.frozen(kw_only=True)
class MailingStatus:
    """What a customer may be written to for; installations change the list."""

    status_id: str
    description: str = ""
