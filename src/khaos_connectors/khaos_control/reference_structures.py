"""Structured results around customers and reference data (TCompanyList and its like) from SOAP values."""

from khaos_connectors.calls.soap import SoapValue
from khaos_connectors.khaos_control.company_models import (
    CompanyInfo,
    CompanyListEntry,
    CustomerImportResult,
    ImportedCustomer,
    SkippedCustomer,
)
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.reference_models import CountryRow, Keycode, MailingStatus
from khaos_connectors.khaos_control.structure_fields import (
    flag_of,
    moment_of,
    needed_text,
    number_of,
    rows_of,
    rows_read,
    text_of,
    texts_in,
    whole_list,
    whole_of,
)

__all__ = ["company_infos", "company_list", "countries", "customer_import", "keycodes", "mailing_statuses"]


def customer_import(value: SoapValue, reading: Reading) -> CustomerImportResult:
    """TCustomerImportResult."""
    count = whole_of(value, "ImportedCount", "", reading)
    if count is None:
        raise reading.broken("ImportedCount", "a whole number")
    return CustomerImportResult(
        imported_count=count,
        imported=tuple(
            ImportedCustomer(
                urn=needed_text(row, "URN", f"CustomerImport[{index}]", reading),
                action=text_of(row, "Action"),
                other_ref=text_of(row, "OtherRef"),
                passed_reference=text_of(row, "PassedReference"),
                web_user=text_of(row, "WebUser"),
            )
            for index, row in enumerate(rows_of(value, "CustomerImport"))
        ),
        skipped=tuple(
            SkippedCustomer(
                customer_ref=text_of(row, "CustomerRef"),
                skip_reason=text_of(row, "SkipReason"),
                passed_reference=text_of(row, "PassedReference"),
            )
            for row in rows_of(value, "CustomerSkipped")
        ),
    )


def company_list(value: SoapValue, reading: Reading) -> tuple[CompanyListEntry, ...]:
    """TCompanyList; an entry without a code is an error, because its customer would go missing unseen.

    So is a list that is shorter than its own count, and a result that is no list at all.
    """

    def entry(row: SoapValue, path: str) -> CompanyListEntry:
        return CompanyListEntry(
            company_code=needed_text(row, "CompanyCode", path, reading),
            other_ref=text_of(row, "OtherRef"),
            last_updated=moment_of(row, "LastUpdated", path, reading),
        )

    return tuple(entry(row, path) for path, row in whole_list(value, reading))


def company_infos(value: SoapValue, reading: Reading) -> Rows[CompanyInfo]:
    """TCompanyInfo[]; a broken row never hides the others."""
    return rows_read(value.items(), "", lambda row, path: _company_info(row, path, reading), key="CompanyCode")


def _company_info(row: SoapValue, path: str, reading: Reading) -> CompanyInfo:
    lists = row.child("PriceLists")
    return CompanyInfo(
        company_code=needed_text(row, "CompanyCode", path, reading),
        company_name=text_of(row, "CompanyName"),
        other_ref=text_of(row, "OtherRef"),
        hide_company=flag_of(row, "HideCompany", path, reading),
        hold_data=flag_of(row, "HoldData", path, reading),
        credit_limit=number_of(row, "CreditLimit", path, reading),
        credit_balance=number_of(row, "CreditBalance", path, reading),
        credit_overdue=number_of(row, "CreditOverdue", path, reading),
        credit_pending=number_of(row, "CreditPending", path, reading),
        credit_unallocated=number_of(row, "CreditUnallocated", path, reading),
        outstanding_balance=number_of(row, "OutstandingBalance", path, reading),
        currency_code=text_of(row, "CurrencyCode"),
        terms_length=whole_of(row, "TermsLength", path, reading),
        terms_type=text_of(row, "TermsType"),
        terms_description=text_of(row, "TermsDesc"),
        credit_stop=flag_of(row, "CreditStop", path, reading),
        orders_held=flag_of(row, "OrdersHeld", path, reading),
        payment_type_id=whole_of(row, "PTypeID", path, reading),
        proforma=flag_of(row, "Proforma", path, reading),
        supplier=flag_of(row, "Supplier", path, reading),
        ec_company=flag_of(row, "ECCompany", path, reading),
        pays_vat=flag_of(row, "PaysVAT", path, reading),
        po_code_required=flag_of(row, "POCodeRequired", path, reading),
        price_lists=() if lists is None else texts_in(lists),
    )


def countries(value: SoapValue, reading: Reading) -> Rows[CountryRow]:
    """TCountryList; a broken row never hides the others, a list that is shorter than its count is an error."""

    def country(row: SoapValue, path: str) -> CountryRow:
        return CountryRow(
            name=needed_text(row, "CountryName", path, reading),
            code2=text_of(row, "CountryCode2"),
            code3=text_of(row, "CountryCode3"),
            eu_member=flag_of(row, "EUMember", path, reading),
            pays_vat=flag_of(row, "PaysVAT", path, reading),
            currency_name=text_of(row, "CurrencyName"),
            currency_code=text_of(row, "CurrencyCode"),
            zone=text_of(row, "Zone"),
        )

    return rows_read([row for _, row in whole_list(value, reading)], "List", country, key="CountryName")


def keycodes(value: SoapValue, reading: Reading) -> Rows[Keycode]:
    """TKeycode[]; a broken row never hides the others. The service misspells the date of creation."""

    def keycode(row: SoapValue, path: str) -> Keycode:
        created = moment_of(row, "DateCrreated", path, reading) or moment_of(row, "DateCreated", path, reading)
        return Keycode(
            code=needed_text(row, "KeycodeCode", path, reading),
            description=text_of(row, "KeycodeDesc"),
            type_description=text_of(row, "KeycodeTypeDesc"),
            source=flag_of(row, "SourceCode", path, reading),
            created=created,
            expires=moment_of(row, "ExpiryDate", path, reading),
            web_use=flag_of(row, "WebUse", path, reading),
            moto_use=flag_of(row, "MOTOUse", path, reading),
        )

    return rows_read(value.items(), "", keycode, key="KeycodeCode")


def mailing_statuses(value: SoapValue, reading: Reading) -> Rows[MailingStatus]:
    """The mailing statuses; a broken row never hides the others."""

    def status(row: SoapValue, path: str) -> MailingStatus:
        return MailingStatus(status_id=needed_text(row, "ID", path, reading), description=text_of(row, "Description"))

    return rows_read(value.items(), "", status, key="ID")
