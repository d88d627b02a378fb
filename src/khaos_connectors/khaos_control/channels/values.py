"""The small records that the Channels documents are made of (vendor's web-service pages, "Types" and "Objects")."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.khaos_control.channels import fields
from khaos_connectors.khaos_control.channels.codes import Mapping

__all__ = ["Address", "Contact", "DataItem", "ItemMapping", "LockableDate", "Price"]


@attrs.frozen(kw_only=True)
class DataItem:
    """A thing of the ERP by one of its id, its code and its name (DataItem); the ERP itself may tell all three."""

    id: str = attrs.field(default="", metadata=fields.text("ID", place="attribute"))
    code: str = attrs.field(default="", metadata=fields.text("Code", place="attribute"))
    name: str = attrs.field(default="", metadata=fields.text("Name", place="attribute"))

    def __bool__(self) -> bool:
        return bool(self.id or self.code or self.name)


@attrs.frozen(kw_only=True)
class Price:
    """An amount without VAT (*net*) or with it (*gross*) (Price)."""

    net: Decimal | None = attrs.field(default=None, metadata=fields.number("Net"))
    gross: Decimal | None = attrs.field(default=None, metadata=fields.number("Gross"))

    def __bool__(self) -> bool:
        return self.net is not None or self.gross is not None


@attrs.frozen(kw_only=True)
class LockableDate:
    """A day that the ERP may move by its own rules unless it is *locked* (LockableDate)."""

    date: datetime = attrs.field(metadata=fields.moment("Date"))
    locked: bool | None = attrs.field(default=None, metadata=fields.flag("Locked"))


@attrs.frozen(kw_only=True)
class ItemMapping:
    """How an SKU finds its item; *mapping_item* is the kind of bar code to look among (ItemMapping)."""

    mapping: Mapping = attrs.field(metadata=fields.code("Mapping", Mapping))
    mapping_item: str = attrs.field(default="", metadata=fields.text("MappingItem"))


@attrs.frozen(kw_only=True)
class Address:
    """An address (Address). Personal data: left out of ``repr``."""

    line1: str = attrs.field(metadata=fields.text("Line1", 35), repr=False)
    line2: str = attrs.field(default="", metadata=fields.text("Line2", 35), repr=False)
    line3: str = attrs.field(default="", metadata=fields.text("Line3", 35), repr=False)
    town: str = attrs.field(metadata=fields.text("Town", 35), repr=False)
    county: str = attrs.field(default="", metadata=fields.text("County", 35), repr=False)
    postcode: str = attrs.field(default="", metadata=fields.text("Postcode", 10), repr=False)
    country: DataItem = attrs.field(metadata=fields.record("Country", DataItem))
    email: str = attrs.field(default="", metadata=fields.text("Email", 100), repr=False)
    telephone: str = attrs.field(default="", metadata=fields.text("Telephone", 25), repr=False)
    fax: str = attrs.field(default="", metadata=fields.text("Fax", 25), repr=False)
    organisation: str = attrs.field(
        default="", metadata=fields.text("Organisation", 50, also=("Organization",)), repr=False
    )
    show_company_name: bool | None = attrs.field(default=None, metadata=fields.flag("ShowCompanyName"))


@attrs.frozen(kw_only=True)
class Contact:
    """A person (Contact); a forename or a surname is needed. Personal data: left out of ``repr``."""

    title: str = attrs.field(default="", metadata=fields.text("Title", 20), repr=False)
    forename: str = attrs.field(default="", metadata=fields.text("Forename", 50), repr=False)
    surname: str = attrs.field(default="", metadata=fields.text("Surname", 50), repr=False)
    email: str = attrs.field(default="", metadata=fields.text("Email", 100), repr=False)
    mobile: str = attrs.field(default="", metadata=fields.text("Mobile", 30), repr=False)
    date_of_birth: datetime | None = attrs.field(default=None, metadata=fields.moment("DateOfBirth"), repr=False)
    opt_in_newsletter: bool | None = attrs.field(default=None, metadata=fields.flag("OptInNewsletter"))
