"""What zeep and our client write comes to the same: the same answers, and installations that are alike afterwards."""

from decimal import Decimal

import pytest

from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.company_models import Company
from khaos_connectors.khaos_control.enums import ImportMethod, PriceListKind
from khaos_connectors.khaos_control.order_models import Address, CatalogueRequest
from khaos_connectors.khaos_control.order_models import Customer as OrderCustomer
from khaos_connectors.khaos_control.price_models import PriceList, PriceRow
from khaos_connectors.khaos_control.stock_models import StockSetting

SERVICE = endpoints.Service(system="khaos")
LEVEL = '<STOCK_STATUS SITE="Shop"><STOCK_ITEM CODE="MUG"><LEVEL>7</LEVEL></STOCK_ITEM></STOCK_STATUS>'
PRICES = (
    '<PriceLists><StockItem-CustomerClassifications CompClass="Web"><StockItem><StockCode>BOWL</StockCode>'
    "<AmountValue>3</AmountValue></StockItem></StockItem-CustomerClassifications></PriceLists>"
)
COMPANY = (
    "<COMPANYS><COMPANY><PASSED_REFERENCE>p</PASSED_REFERENCE><COMPANY_NAME>Ash</COMPANY_NAME><OTHER_REF>web-1"
    "</OTHER_REF><COMPANY_CLASS>Web</COMPANY_CLASS><COUNTRY_CODE>GB</COUNTRY_CODE></COMPANY></COMPANYS>"
)
REQUEST = (
    "<CATREQUESTS><REQUEST><CUSTOMER_DETAIL><IS_NEW_CUSTOMER>0</IS_NEW_CUSTOMER><COMPANY_CLASS>Web</COMPANY_CLASS>"
    "<ADDRESSES><INVADDR><IADDRESS1>1</IADDRESS1><ITOWN>T</ITOWN><IPOSTCODE>CC1 1CC</IPOSTCODE><ISURNAME>Elm</ISURNAME>"
    "</INVADDR></ADDRESSES></CUSTOMER_DETAIL><CATALOGUE>Spring</CATALOGUE></REQUEST></CATREQUESTS>"
)


def test_orders(twins, alike) -> None:
    """After the same orders both installations are the same, and a repeated order is skipped alike."""
    ours, foreign = twins
    document = foreign.simulator.orders["SO000001"].document
    text = f"<SALES_ORDERS>{document}</SALES_ORDERS>"
    result, theirs = ours.ask(endpoints.import_orders(SERVICE, text)), foreign.ask("ImportOrders", Orders=text)
    again = text.replace("A-1", "A-9")
    more, others = ours.ask(endpoints.import_orders(SERVICE, again)), foreign.ask("ImportOrders", Orders=again)

    assert (result.imported_count, len(result.skipped)) == (0, 1)
    assert alike(result.skipped, theirs.OrderSkipped)
    assert alike(more.imported, others.OrderImport)
    assert more.imported_count == others.ImportedCount == 1
    assert ours.simulator.orders == foreign.simulator.orders
    assert ours.simulator.ledger == foreign.simulator.ledger
    assert ours.simulator.credit_notes == foreign.simulator.credit_notes


@pytest.mark.parametrize("method", [0, 1])
def test_customers(twins, alike, method: int) -> None:
    """A customer that is updated, and one that is skipped, is answered alike and stored alike."""
    ours, foreign = twins
    theirs = foreign.ask("ImportCompany", Customers=COMPANY, Method=method)
    company = Company(
        passed_reference="p", company_name="Ash", other_ref="web-1", company_class="Web", country_code="GB"
    )
    result = ours.ask(endpoints.import_companies(SERVICE, [company], method=ImportMethod(method)))

    assert alike(result.imported, theirs.CustomerImport)
    assert alike(result.skipped, theirs.CustomerSkipped)
    assert result.imported_count == theirs.ImportedCount == 1 - method
    assert ours.simulator.customers == foreign.simulator.customers


def test_nothing_comes_back(twins) -> None:
    """An operation without a result is done, and neither has anything to show for it."""
    ours, foreign = twins
    person = Address(address1="1", town="T", postcode="CC1 1CC", surname="Elm")
    request = CatalogueRequest(
        customer=OrderCustomer(company_class="Web"), invoice=person, catalogue="Spring", request_date=None
    )

    assert ours.ask(endpoints.import_catalogue_requests(SERVICE, [request])) is None
    assert foreign.ask("ImportCatalogueRequest", CatRequest=REQUEST) is None
    assert [one.catalogue for one in foreign.simulator.catalogue_requests] == ["Spring"]
    assert ours.simulator.catalogue_requests == foreign.simulator.catalogue_requests
    assert ours.simulator.customers == foreign.simulator.customers


def test_levels(twins, alike) -> None:
    """A level set by either is set, and the answer lists the item."""
    ours, foreign = twins
    call = endpoints.import_stock_status(
        SERVICE, [StockSetting(code="MUG", level=Decimal(7))], site="Shop", update_levels=True
    )

    assert alike(ours.ask(call), foreign.ask("ImportStockStatus", StockStatus=LEVEL, UpdateStockLevels=True).List)
    assert ours.simulator.stock == foreign.simulator.stock
    assert ours.simulator.stock["MUG", 2].available == 7


def test_price_lists(twins) -> None:
    """A price list set by either is the same afterwards."""
    ours, foreign = twins
    rows = (PriceRow(stock_code="BOWL", amount=Decimal(3)),)
    call = endpoints.import_price_lists(
        SERVICE, [PriceList(kind=PriceListKind.ITEM_CLASS, company_class="Web", rows=rows)]
    )

    assert ours.ask(call) == foreign.ask("ImportPriceLists", PriceList=PRICES)
    assert ours.simulator.price_lists == foreign.simulator.price_lists
