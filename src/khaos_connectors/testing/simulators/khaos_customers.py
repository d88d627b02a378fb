"""The customers of the simulated Khaos Control: their records, and whom the web service takes people for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import attrs

__all__ = [
    "COMPANY_CRITERIA",
    "ORDER_CRITERIA",
    "Criterion",
    "Customer",
    "CustomerFile",
    "DeletedCustomer",
    "KhaosAddress",
    "KhaosContact",
]

Criterion = Literal["surname", "postcode", "town", "address", "name", "forename", "currency"]

ORDER_CRITERIA: tuple[Criterion, ...] = ("surname", "postcode", "town", "address", "name", "forename", "currency")
"""What an imported order is compared by, in the order in which it is dropped."""
COMPANY_CRITERIA: tuple[Criterion, ...] = ("surname", "postcode", "town", "address", "forename", "currency")
"""What an imported customer is compared by, in the order in which it is dropped."""


@attrs.frozen(kw_only=True)
class KhaosContact:
    """A person at an address. *born* is a date as text."""

    contact_id: str = ""
    title: str = ""
    forename: str = ""
    surname: str = ""
    job_title: str = ""
    telephone: str = ""
    fax: str = ""
    mobile: str = ""
    email: str = ""
    note: str = ""
    subscribed: bool = False
    born: str = ""
    inactive: bool = False
    preferred: bool = False
    preferred_invoice: bool = False
    preferred_delivery: bool = False


@attrs.frozen(kw_only=True)
class KhaosAddress:
    """An address of a customer; *kind* 1 is for invoices, 2 for deliveries. *country* is a two-letter code."""

    address_id: str = ""
    kind: Literal[1, 2] = 1
    line1: str = ""
    line2: str = ""
    line3: str = ""
    town: str = ""
    county: str = ""
    postcode: str = ""
    organisation: str = ""
    email: str = ""
    telephone: str = ""
    fax: str = ""
    country: str = "GB"
    inactive: bool = False
    preferred_delivery: bool = False
    contacts: tuple[KhaosContact, ...] = ()


_NOWHERE = KhaosAddress()
_NOBODY = KhaosContact()


@attrs.frozen(kw_only=True)
class Customer:
    """A customer record (suppliers are kept in the same file).

    *delivery_note* belongs to the delivery address and is overwritten by every order. *web_password* is kept as the
    real service keeps it: in plain text, and it is exported.
    """

    urn: str
    name: str
    company_class: str
    currency: str
    company_id: str = ""
    other_ref: str = ""
    web_user: str = ""
    web_password: str = attrs.field(default="", repr=False)
    delivery_note: str = ""
    addresses: tuple[KhaosAddress, ...] = ()
    company_type: str = ""
    status: str = "Active"
    source_code: str = ""
    sales_source: str = ""
    web_site: str = ""
    country: str = "GB"
    agent: str = ""
    tax_reference: str = ""
    mailing_status: str = "3"
    additional: tuple[tuple[str, str], ...] = ()
    hidden: bool = False
    held: bool = False
    proforma: bool = False
    locked: bool = False
    supplier: bool = False
    ec_company: bool = False
    pays_vat: bool = True
    po_required: bool = False
    discount: Decimal = Decimal(0)
    payment: Literal[1, 2, 3] = 2
    price_lists: tuple[str, ...] = ()
    credit_limit: Decimal = Decimal(0)
    balance: Decimal = Decimal(0)
    overdue: Decimal = Decimal(0)
    stopped: bool = False
    terms_days: int = 30
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def invoice_address(self) -> KhaosAddress:
        """The first address for invoices, an empty one where there is none."""
        return next((one for one in self.addresses if one.kind == 1), _NOWHERE)

    @property
    def contact(self) -> KhaosContact:
        """The first person at the invoice address, nobody where there is none."""
        return next(iter(self.invoice_address.contacts), _NOBODY)

    @property
    def surname(self) -> str:
        """The surname by which the customer is matched."""
        return self.contact.surname

    @property
    def postcode(self) -> str:
        """The postcode by which the customer is matched."""
        return self.invoice_address.postcode

    def shown(self, criterion: Criterion) -> str:
        """What the customer has of *criterion*, as matching compares it: without case, a postcode without spaces."""
        texts: dict[Criterion, str] = {
            "surname": self.surname,
            "postcode": self.postcode.replace(" ", ""),
            "town": self.invoice_address.town,
            "address": self.invoice_address.line1,
            "name": self.name,
            "forename": self.contact.forename,
            "currency": self.currency,
        }
        return texts[criterion].casefold().strip()


@attrs.frozen(kw_only=True)
class DeletedCustomer:
    """A customer record that is gone: deleted, or merged into the one with the id *merged_into*."""

    company_id: str
    at: datetime
    merged_into: str = ""


class CustomerFile:
    """Customers by URN.

    *fixed* are criteria that are never dropped: with the usual two, all people of one surname and postcode become one
    customer. *code_is_id*: a company code that is no URN is tried as an internal id (``MatchCodeOnID``).
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        fixed: Sequence[Criterion] = ("surname", "postcode"),
        code_is_id: bool = False,
    ) -> None:
        self._clock = clock
        self._fixed = frozenset(fixed)
        self._code_is_id = code_is_id
        self._customers: dict[str, Customer] = {}
        self._made = 0
        self._numbered = 0
        self.deleted: list[DeletedCustomer] = []

    @property
    def customers(self) -> Mapping[str, Customer]:
        """A copy of all customers by URN."""
        return dict(self._customers)

    def match(self, wanted: Customer, criteria: Sequence[Criterion] = ORDER_CRITERIA) -> Customer | None:
        """The customer that *wanted* would be taken for: by URN, other ref, web user, then by fewer and fewer criteria.

        The vendor's words leave open whether one criterion is dropped or one more each time; this is the second.
        """
        known = self._customers.get(wanted.urn) or self._of_id(wanted)
        if known is not None:
            return known
        keys: tuple[Callable[[Customer], str], ...] = (lambda one: one.other_ref, lambda one: one.web_user)
        for key in keys:
            hit = next((found for found in self._customers.values() if key(wanted) and key(found) == key(wanted)), None)
            if hit is not None:
                return hit
        compared: list[Criterion] = list(criteria)
        if not all(wanted.shown(one) for one in compared if one in self._fixed):
            return None  # nobody is taken for somebody because neither has a name
        while compared:
            hit = next((found for found in self._customers.values() if _alike(found, wanted, compared)), None)
            if hit is not None:
                return hit
            dropped: Criterion | None = next((one for one in compared if one not in self._fixed), None)
            if dropped is None:
                return None
            compared.remove(dropped)
        return None

    def _of_id(self, wanted: Customer) -> Customer | None:
        ids = {wanted.company_id, wanted.urn if self._code_is_id else ""} - {""}
        return next((found for found in self._customers.values() if found.company_id in ids), None)

    def keep(self, wanted: Customer, *, always_new: bool) -> Customer:
        """Store the customer of an order: a new one, or what the order says written over the one that it matches."""
        found = None if always_new else self.match(wanted)
        if found is None:
            return self.create(attrs.evolve(wanted, urn=""))
        told = attrs.evolve(
            found,
            name=wanted.name,
            currency=wanted.currency,
            company_type=wanted.company_type or found.company_type,
            addresses=wanted.addresses,
            other_ref=wanted.other_ref or found.other_ref,
            web_user=wanted.web_user or found.web_user,
            delivery_note=wanted.delivery_note or found.delivery_note,
        )
        return self.store(told)

    def create(self, wanted: Customer) -> Customer:
        """Store a new customer; a code that is free is kept, else one is given."""
        self._made += 1
        urn = wanted.urn if wanted.urn and wanted.urn not in self._customers else f"CU{self._made:07d}"
        return self.store(
            attrs.evolve(
                wanted,
                urn=urn,
                company_id=str(self._made),
                created_at=self._clock(),
            )
        )

    def store(self, customer: Customer) -> Customer:
        """Store *customer*, changed now; addresses that it had beyond those that are told now stay."""
        known = self._customers.get(customer.urn)
        addresses = self._with_ids(customer.addresses, known.addresses if known else ())
        stored = attrs.evolve(customer, addresses=addresses, updated_at=self._clock())
        self._customers[stored.urn] = stored
        return stored

    def remove(self, urn: str, *, merged_into: str = "") -> None:
        """Delete a customer, or merge it into another (both by URN)."""
        gone = self._customers.pop(urn)
        target = self._customers[merged_into].company_id if merged_into else ""
        self.deleted.append(DeletedCustomer(company_id=gone.company_id, at=self._clock(), merged_into=target))

    def _with_ids(self, addresses: Sequence[KhaosAddress], known: Sequence[KhaosAddress]) -> tuple[KhaosAddress, ...]:
        """Addresses and people with numbers: those that they had at the same place, else new ones."""
        numbered: list[KhaosAddress] = []
        for place, address in enumerate(addresses):
            before = known[place] if place < len(known) else _NOWHERE
            people = tuple(
                attrs.evolve(
                    one,
                    contact_id=one.contact_id
                    or (before.contacts[n].contact_id if n < len(before.contacts) else self._number()),
                )
                for n, one in enumerate(address.contacts)
            )
            number = address.address_id or before.address_id or self._number()
            numbered.append(attrs.evolve(address, address_id=number, contacts=people))
        return (*numbered, *known[len(numbered) :])

    def _number(self) -> str:
        self._numbered += 1
        return str(self._numbered)


def _alike(found: Customer, wanted: Customer, criteria: Sequence[Criterion]) -> bool:
    return all(found.shown(one) == wanted.shown(one) for one in criteria)
