"""Buyers who cannot exist: drama telephone numbers, a postcode outside the list, example addresses."""

import random

import attrs

from khaos_connectors.testing.simulators.mirakl.wire import Json

__all__ = ["Buyer", "invent"]

_FORENAMES = ("Ada", "Bryn", "Chloë", "Dougal", "Esme", "Fionn", "Greta", "Hamish", "Isla", "Jörg", "Keira", "Lachlan")
_SURNAMES = ("Testperson", "O'Testperson", "Testperson-Sample", "Van Testperson", "Mustertest", "Specimen")
_STREETS = ("Imaginary Lane", "Nowhere Street", "Placebo Gardens", "Sampler's Row", "Specimen Close")
_TOWNS = ("Exampleton", "Testbury", "Mockford", "Nether Sample")
_PHONES = ("020 7946 0{:03d}", "01632 960{:03d}", "07700 900{:03d}")


@attrs.frozen(kw_only=True)
class Buyer:
    """An invented customer and where the parcel goes."""

    customer_id: str
    firstname: str
    lastname: str
    company: str | None
    street_1: str
    street_2: str | None
    city: str
    zip_code: str
    phone: str
    email: str
    country_code: str | None

    def address(self, *, hidden: bool) -> dict[str, Json]:
        """The address as an order carries it; *hidden* keeps the names and blanks the rest."""
        return {
            "civility": None,
            "firstname": self.firstname,
            "lastname": self.lastname,
            "company": None if hidden else self.company,
            "street_1": "" if hidden else self.street_1,
            "street_2": None if hidden else self.street_2,
            "zip_code": None if hidden else self.zip_code,
            "city": "" if hidden else self.city,
            "state": None,
            "country": "United Kingdom",
            "country_iso_code": self.country_code,
            "phone": None if hidden else self.phone,
            "phone_secondary": None,
        }


def invent(seed: int, number: int, *, null_country: bool) -> Buyer:
    """The buyer of order *number*: the same one for the same seed."""
    chance = random.Random(f"buyer {seed} {number}")
    firstname, lastname = chance.choice(_FORENAMES), chance.choice(_SURNAMES)
    return Buyer(
        customer_id=f"C{number:06d}",
        firstname=firstname,
        lastname=lastname,
        company="Testperson & Sample Ltd" if chance.random() < 0.15 else None,
        street_1=f"{chance.randint(1, 199)} {chance.choice(_STREETS)}",
        street_2=f"Flat {chance.randint(1, 30)}" if chance.random() < 0.3 else None,
        city=chance.choice(_TOWNS),
        zip_code=f"ZZ99 {chance.randint(1, 9)}ZZ",
        phone=chance.choice(_PHONES).format(chance.randint(0, 999)),
        email=f"notification+{number:06d}@notification.example.com",
        country_code=None if null_country else "GBR",
    )
