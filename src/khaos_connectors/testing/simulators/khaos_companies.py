"""COMPANYS and DELETED_ENTRIES as the simulated Khaos Control writes them."""

from collections.abc import Iterable

from khaos_connectors.testing.simulators.khaos_customers import Customer, DeletedCustomer, KhaosAddress, KhaosContact
from khaos_connectors.testing.simulators.khaos_settings import KhaosSettings, plain
from khaos_connectors.testing.simulators.khaos_xml import Page, flag, leaf, leaves, node

__all__ = ["CompanyDocuments"]

_PAYMENTS = {1: "Cash", 2: "Credit Card", 3: "Account"}


class CompanyDocuments:
    """Writes customers as one installation is set up to write them."""

    def __init__(self, settings: KhaosSettings) -> None:
        self._settings = settings
        self._page = Page(settings)
        self._countries = {one.code2: one.name for one in settings.reference.countries}

    def companies(self, customers: Iterable[Customer]) -> str:
        """COMPANYS: customers and suppliers, their web passwords in plain text."""
        return self._page.whole(node("COMPANYS", [self._company(one) for one in customers]))

    def deleted(self, entries: Iterable[DeletedCustomer]) -> str:
        """DELETED_ENTRIES: the ids of records that are gone."""
        rows = [
            node(
                "DELETED_ENTRY",
                leaves(
                    [
                        ("HEADER_ID", one.company_id),
                        ("DOCUMENT_TYPE", "5"),
                        ("ADDITIONAL_REF", one.merged_into),
                        ("DELETION_DATE", self._page.day(one.at)),
                        ("PARENT_ID", ""),
                    ]
                ),
            )
            for one in entries
        ]
        return self._page.whole(node("DELETED_ENTRIES", rows))

    def _company(self, one: Customer) -> str:
        parts = [
            *leaves([("COMPANY_ID", one.company_id), ("COMPANY_CODE", one.urn)]),
            self._page.free("COMPANY_NAME", one.name),
            *leaves(
                [
                    ("OTHER_REF", one.other_ref),
                    ("WEB_SITE", one.web_site),
                    ("COMPANY_CLASS", one.company_class),
                    ("COMPANY_TYPE", one.company_type),
                    ("COMPANY_STATUS", one.status),
                    ("SOURCE_CODE", one.source_code),
                    ("SALE_SOURCE", one.sales_source),
                    ("CURRENCY_CODE", one.currency),
                    ("DATE_CREATED", self._page.iso_day(one.created_at)),
                    *self._country(one.country),
                    ("WEB_USER", one.web_user),
                    ("WEB_PASSWORD", one.web_password),
                    ("AGENT_NAME", one.agent),
                    ("TAX_REFERENCE", one.tax_reference),
                    ("HIDE_COMPANY", flag(one.hidden)),
                    ("HOLD_DATA", flag(one.held)),
                    ("MAILING_STATUS", one.mailing_status),
                    ("PROFORMA", flag(one.proforma)),
                    ("SORDER_LOCKED", flag(one.locked)),
                    ("CUSTOMER_DISCOUNT", plain(one.discount)),
                    ("SUPPLIER", flag(one.supplier)),
                    ("EC_COMPANY", flag(one.ec_company)),
                    ("PAYS_VAT", flag(one.pays_vat)),
                    ("POCODE_REQUIRED", flag(one.po_required)),
                    ("REWARD_POINT_BALANCE", "0"),
                    ("REWARD_POINTS_UPDATED", "1899-12-30"),
                    ("PAYMENT_TYPE", _PAYMENTS[one.payment]),
                    ("EARN_AND_REDEEM_REWARD_POINTS", "0"),
                    ("VAT_RELIEF_QUALIFIED", ""),
                ]
            ),
            *(leaf("ADDITIONAL", value, [("NAME", name)]) for name, value in one.additional),
            node("PRICE_LISTS", [self._price_list(name, one) for name in one.price_lists]),
            node("ADDRESSES", [self._address(each) for each in one.addresses]),
        ]
        return node("COMPANY", parts)

    def _country(self, code: str) -> list[tuple[str, str]]:
        return [("COUNTRY", self._countries.get(code, "")), ("COUNTRY_CODE", code)]

    def _price_list(self, name: str, customer: Customer) -> str:
        net = flag(self._settings.company_classes.get(customer.company_class) == "net")
        attributes = [("IS_NET", net), ("CURRENCY_CODE", customer.currency), ("PRICELIST_TYPE", "")]
        return leaf("PRICE_LIST", name, attributes)

    def _address(self, one: KhaosAddress) -> str:
        parts = [
            *leaves([("ADDRESS_ID", one.address_id)]),
            self._page.free("ADDR1", one.line1),
            *leaves(
                [
                    ("ADDR2", one.line2),
                    ("ADDR3", one.line3),
                    ("TOWN", one.town),
                    ("COUNTY", one.county),
                    ("POSTCODE", one.postcode),
                    ("ORGANISATION", one.organisation),
                    ("ADDRTYPE", str(one.kind)),
                    ("EMAIL", one.email),
                    ("TEL", one.telephone),
                    ("FAX", one.fax),
                    *self._country(one.country),
                    ("INACTIVE", flag(one.inactive)),
                    ("HIDE_ADDRESS", "0"),
                    ("HOLD_DATA", "0"),
                    ("IS_PREFERRED_DELIVERY", flag(one.preferred_delivery)),
                ]
            ),
        ]
        if one.contacts:  # recorded answers leave CONTACTS out where there is nobody
            parts.append(node("CONTACTS", [self._contact(each) for each in one.contacts]))
        return node("ADDRESS", parts)

    def _contact(self, one: KhaosContact) -> str:
        parts = leaves(
            [
                ("CONTACT_ID", one.contact_id),
                ("TITLE", one.title),
                ("FORENAME", one.forename),
                ("SURNAME", one.surname),
                ("JOBTITLE", one.job_title),
                ("TEL", one.telephone),
                ("FAX", one.fax),
                ("MOBILE", one.mobile),
                ("EMAIL", one.email),
            ]
        )
        parts.append(self._page.free("NOTE", one.note))
        parts += leaves(
            [
                ("EMAILSUBSCRIBE", flag(one.subscribed)),
                ("DOB", one.born),
                ("INACTIVE", flag(one.inactive)),
                ("HIDE_CONTACT", "0"),
                ("HOLD_DATA", "0"),
                ("IS_PREFERRED", flag(one.preferred)),
                ("IS_PREFERRED_INVOICE", flag(one.preferred_invoice)),
                ("IS_PREFERRED_DELIVERY", flag(one.preferred_delivery)),
                ("MAILING_FLAG", "3"),
            ]
        )
        return node("CONTACT", parts)
