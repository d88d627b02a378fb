"""Khaos Control as it calls us: Channels' "generic web service", on the world of the simulated installation.

It fetches the configuration, orders and returns, and pushes what changed; whatever is not answered with 200 it sends
again. It shares no code with the door that it calls, so that it can judge what the door does.
"""

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import RLock
from typing import Literal
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.testing.simulators.khaos_archive import Archive
from khaos_connectors.testing.simulators.khaos_channels_orders import ChannelLine, OrderImporter
from khaos_connectors.testing.simulators.khaos_channels_outbox import Outbox
from khaos_connectors.testing.simulators.khaos_channels_returns import ReturnImporter
from khaos_connectors.testing.simulators.khaos_channels_rows import ChannelRows
from khaos_connectors.testing.simulators.khaos_channels_wire import number_of, read_body, text_of
from khaos_connectors.testing.simulators.khaos_control import KhaosControlSimulator
from khaos_connectors.testing.simulators.khaos_intake import Intake
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault
from khaos_connectors.testing.simulators.protocol import Answering

__all__ = ["ChannelCall", "ChannelSettings", "KhaosChannelsSimulator"]

_FIRST_CONTACT = "2019-12-31 12:00:00Z"
_DAY = timedelta(days=1)
_NEEDED = ("OrderDownload", "StockStatusUpload", "StockUpload")
_API_VERSION = 1000
_UPLOADS = ("OrderStatusUpload", "StockStatusUpload", "StockUpload", "PriceListUpload")


@attrs.frozen(kw_only=True)
class ChannelSettings:
    """How a channel is set up in the ERP.

    *reference_format* is what it puts around our references. *starts*: nothing older is imported. *push_minutes* is how
    often changes are told. *resend*: what was not answered with 200 goes again as it was and before anything newer
    ("first"), as it was and after it ("last"), or as things stand by then ("fresh"); the pages do not say.
    *return_source* is the spelling by which this version finds a returned item's order.
    """

    user: str
    password: str = attrs.field(repr=False)
    channel_id: str = "1"
    reference_format: str = "{0}"
    starts: datetime | None = None
    push_minutes: int = 8
    rows_per_push: int = 100
    resend: Literal["first", "last", "fresh"] = "first"
    return_source: Literal["SourceReference", "SourceReturnReference"] = "SourceReference"
    status_name: Literal["Status", "OrderStatus"] = "Status"
    description_name: Literal["ShortDescription", "StockDescription"] = "ShortDescription"


@attrs.frozen(kw_only=True)
class ChannelCall:
    """A call that the ERP made; *status* None: there was no answer."""

    at: datetime
    endpoint: str
    status: int | None
    specific: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class _Endpoint:
    url: str
    xml: bool
    every: timedelta


class KhaosChannelsSimulator:
    """One channel of *installation*. *reach* gives what answers at an origin (``http://host:port``); it may raise
    ``OSError``, which is a call without an answer, like ``Lost``.

    ``link`` types in the configuration URL; ``work`` does what is due by the clock, ``work_off`` all there is. Views:
    ``calls``; ``failures`` (why an order or return is not imported, by our reference), ``repeats`` (how often one came
    that was there already), ``refused`` (why an answer was not taken), ``provided`` (answers to ProvidedStock),
    ``pending`` (pushes that were not answered with 200 yet).
    """

    def __init__(
        self, installation: KhaosControlSimulator, *, reach: Callable[[str], Answering], settings: ChannelSettings
    ) -> None:
        world = installation.world
        self.installation = installation
        self.settings = settings
        self.lock = RLock()
        self.calls: list[ChannelCall] = []
        self.failures: dict[str, str] = {}
        self.repeats: Counter[str] = Counter()
        self.refused: list[str] = []
        self.provided: list[ET.Element] = []
        self._reach = reach
        self._clock = world.clock
        self._world = world
        intake = Intake(world, Archive(clock=world.clock, keep_sent=False))
        self._importer = OrderImporter(
            world, intake, reference_format=settings.reference_format, starts=settings.starts
        )
        self._returns = ReturnImporter(world, spelling=settings.return_source)
        self._rows = ChannelRows(
            world,
            channel_id=settings.channel_id,
            status_name=settings.status_name,
            description_name=settings.description_name,
        )
        self._outbox = Outbox(resend=settings.resend, rows_per_push=settings.rows_per_push)
        self._url = ""
        self._endpoints: Mapping[str, _Endpoint] = {}
        self._configured_at: datetime | None = None
        self._fetched_at: dict[str, datetime] = {}
        self._pushed_at: datetime | None = None
        self._continuations: dict[str, str] = {}
        self._lines: dict[str, tuple[ChannelLine, ...]] = {}

    # --- what people do ----------------------------------------------------------------------------------------------

    def link(self, url: str) -> None:
        """Type in the Configuration URL, in full: ``KhaosChannelsConfig.public_url`` and ``/config`` after it.

        Nothing is called yet: ``work`` reads the configuration before anything else, and again once a day. Another
        *url* is read by the next ``work``.
        """
        with self.lock:
            if url != self._url:
                self._url, self._configured_at = url, None

    def retry(self, references: Iterable[str]) -> bool:
        """A user retries orders by our references (SpecificIDs); whether they could be fetched."""
        with self.lock:
            return self._configured() and self._fetch("OrderDownload", only=tuple(references))

    @property
    def own_orders(self) -> tuple[str, ...]:
        """The codes of the orders that came through this channel."""
        with self.lock:
            return tuple(self._lines)

    @property
    def pending(self) -> int:
        """How many pushes wait to be answered with 200."""
        with self.lock:
            return self._outbox.pending

    # --- the channel at work -----------------------------------------------------------------------------------------

    def work(self) -> bool:
        """Do what is due by the clock, each thing once; whether all of it got through."""
        return self._work(everything=False)

    def work_off(self, *, attempts: int = 1) -> bool:
        """Do everything there is, due or not, again up to *attempts* times until all of it got through."""
        return any(self._work(everything=True) for _ in range(attempts))

    def _work(self, *, everything: bool) -> bool:
        with self.lock:
            if not self._configured():
                return False
            done = True
            for name in ("OrderDownload", "CReturnDownload", "ProvidedStock"):
                if name in self._endpoints and (everything or self._due(name)):
                    done = self._fetch(name) and done
            every = timedelta(minutes=self.settings.push_minutes)
            if everything or self._outbox.pending or self._passed(self._pushed_at, every):
                done = self._push() and done
            return done

    def _due(self, name: str) -> bool:
        return self._passed(self._fetched_at.get(name), self._endpoints[name].every)

    def _passed(self, since: datetime | None, span: timedelta) -> bool:
        return since is None or self._clock() - since >= span

    # --- calls -------------------------------------------------------------------------------------------------------

    def _call(
        self, endpoint: str, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b""
    ) -> Response | None:
        """The answer, None for silence."""
        token = base64.b64encode(f"{self.settings.user}:{self.settings.password}".encode()).decode()
        parts = urlsplit(url)
        request = Request(
            method=method, path=parts.path or "/", headers={"authorization": f"Basic {token}", **headers}, body=body
        )
        try:
            outcome = self._reach(f"{parts.scheme}://{parts.netloc}").handle(request)
        except OSError:
            outcome = Lost(sent=True, reason="no answer")
        answer = None if isinstance(outcome, Lost) else outcome
        only = tuple(headers.get("specificids", "").strip('"').split(",")) if "specificids" in headers else ()
        status = answer.status if answer is not None else None
        self.calls.append(ChannelCall(at=self._clock(), endpoint=endpoint, status=status, specific=only))
        return answer

    def _configured(self) -> bool:
        """Read the configuration document if it was not read today."""
        if not self._passed(self._configured_at, _DAY):
            return True
        if not self._url:
            return False
        answer = self._call("Configuration", "GET", self._url, headers={})
        if answer is None or answer.status != 200:
            return False
        try:
            self._endpoints = _endpoints(read_body(answer.body, root="EndpointConfig"))
        except KhaosFault as fault:
            self.refused.append(f"Configuration: {fault.message}")
            return False
        self._configured_at = self._clock()
        return True

    def _fetch(self, name: str, *, only: Sequence[str] = ()) -> bool:
        endpoint = self._endpoints[name]
        headers = {"sirion-continuation": self._continuations.get(name, _FIRST_CONTACT)}
        if only:
            headers["specificids"] = '"' + ",".join(only) + '"'
        answer = self._call(name, "GET", endpoint.url, headers=headers)
        if answer is None or answer.status != 200:
            return False
        try:
            self._take(name, _document(name, answer.body, xml=endpoint.xml))
        except KhaosFault as fault:
            self.refused.append(f"{name}: {fault.message}")
            return False
        headers_back = {key.lower(): value for key, value in answer.headers.items()}
        if not only:
            self._continuations[name] = headers_back.get("sirion-continuation", self._continuations.get(name, ""))
            self._fetched_at[name] = self._clock()
        return True

    def _take(self, name: str, document: ET.Element) -> None:
        if name == "ProvidedStock":
            self.provided.append(document)
            return
        if number_of(document, "ApiVersion") != _API_VERSION:
            raise KhaosFault(f"ApiVersion must be {_API_VERSION}")
        with self.installation.lock:
            for node in document.findall("Orders/*"):
                self._attempt(node, "Header/AssociatedRef", self._import_order)
            for node in document.findall("Returns/*"):
                self._attempt(node, "AssociatedRef", self._import_return)

    def _attempt(self, node: ET.Element, path: str, bring_in: Callable[[str, ET.Element], None]) -> None:
        """Import one order or return, or remember why it failed: it is not fetched again by itself."""
        reference = (node.findtext(path) or "").strip()
        try:
            bring_in(reference, node)
        except KhaosFault as fault:
            self.failures[reference] = fault.message
        else:
            self.failures.pop(reference, None)

    def _import_order(self, reference: str, node: ET.Element) -> None:
        if self._world.orders.of_reference(self._importer.kept_as(reference)) is not None:
            self.repeats[reference] += 1
            return
        order, lines = self._importer.bring_in(node)
        self._lines[order.code] = lines

    def _import_return(self, reference: str, node: ET.Element) -> None:
        if self._world.returns.of_reference(reference) is not None:
            self.repeats[reference] += 1
            return
        found = self._returns.bring_in(node)
        if self._returns.wants_processing(node):
            self.installation.process_return(found.code)

    # --- pushes ------------------------------------------------------------------------------------------------------

    def _push(self) -> bool:
        with self.installation.lock:
            self._collect()
        done = self._outbox.send(self._sent)
        if done:
            self._pushed_at = self._clock()
        return done

    def _collect(self) -> None:
        """Put into the outbox what differs from what was told last; items before the levels that are of them."""
        outbox, rows, orders = self._outbox, self._rows, self._world.orders.orders
        offered = self._endpoints
        if "StockUpload" in offered:
            outbox.add("StockUpload", "StockItems", "Items", "StockItem", rows.items(), xml=offered["StockUpload"].xml)
        if "OrderStatusUpload" in offered:
            told = [(code, rows.status(orders[code], lines)) for code, lines in self._lines.items()]
            xml = offered["OrderStatusUpload"].xml
            outbox.add("OrderStatusUpload", "OrderStatuses", "Statuses", "SalesOrderStatus", told, xml=xml)
        if "StockStatusUpload" in offered:
            xml = offered["StockStatusUpload"].xml
            outbox.add("StockStatusUpload", "StockStatuses", "Statuses", "StockStatus", rows.levels(), xml=xml)
        if "PriceListUpload" in offered:
            lists = rows.price_lists(tuple(self.installation.price_lists.values()))
            xml = offered["PriceListUpload"].xml
            outbox.add("PriceListUpload", "PriceLists", "UploadPriceLists", "PriceList", lists, xml=xml)

    def _sent(self, name: str, body: bytes, xml: bool) -> bool:  # noqa: FBT001 - the outbox calls it by position
        kind = "application/xml; charset=utf-8" if xml else "application/json"
        answer = self._call(name, "POST", self._endpoints[name].url, headers={"content-type": kind}, body=body)
        return answer is not None and answer.status == 200


def _endpoints(document: ET.Element) -> dict[str, _Endpoint]:
    wrapped = document.find("EndpointConfig")
    document = document if wrapped is None else wrapped
    found: dict[str, _Endpoint] = {}
    for node in document:
        form = text_of(node, "Format", needed=True)
        if form not in {"XML", "JSON"}:
            raise KhaosFault(f"Format {form} is not supported")
        minutes = number_of(node, "Frequency")
        if minutes is None and node.tag == "OrderDownload":
            raise KhaosFault("OrderDownload/Frequency is required")
        every = timedelta(minutes=int(minutes)) if minutes is not None else _DAY
        found[node.tag] = _Endpoint(url=text_of(node, "URL", needed=True), xml=form == "XML", every=every)
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise KhaosFault(f"{', '.join(missing)} is required")
    return found


_ROOTS = {
    "OrderDownload": "SalesOrderImport",
    "CReturnDownload": "CustomerReturnImport",
    "ProvidedStock": "StockChanges",
}


def _document(name: str, body: bytes, *, xml: bool) -> ET.Element:
    if body.lstrip()[:1].startswith(b"<") != xml:
        raise KhaosFault(f"The document is not in the format {'XML' if xml else 'JSON'}")
    return read_body(body, root=_ROOTS[name])
