"""Conversations of one account: who waits for an answer, answering once, opening a conversation once.

Mirakl has no key by which a repeat would be recognised, and people read everything twice that is sent twice. So the
conversation is read before anything is sent, and read again where no answer came.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.answers import refused_locally
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints import ThreadFilter
from khaos_connectors.mirakl.given import one_record, one_text, records
from khaos_connectors.mirakl.looking import Missing, Seen, looked
from khaos_connectors.mirakl.messages.rules import (
    ReplyNeeded,
    message_since,
    replies_needed,
    reply_recipients,
    said_already,
    shop_messages,
)
from khaos_connectors.mirakl.models.documents import Upload
from khaos_connectors.mirakl.models.message_codes import ThreadEntityType
from khaos_connectors.mirakl.models.messages import (
    Message,
    NewMessage,
    NewOperatorThread,
    NewOrderThread,
    NewTopic,
    PostedMessage,
    Recipient,
    Thread,
)
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.one_by_one import OneByOne

__all__ = ["Conversations", "Inbox", "NotPosted", "PostOutcome", "PostUnclear", "Posted"]

_MOST_MESSAGES = 1000


@attrs.frozen(kw_only=True)
class Posted:
    """It stands in the conversation. *already*: it stood there before, and nothing was sent."""

    thread_id: str
    message_id: str
    already: bool = False


@attrs.frozen(kw_only=True)
class NotPosted:
    """It was sent, no answer came, and it is not there: it may be sent again. *why* tells how it was looked for."""

    thread_id: str
    why: str


@attrs.frozen(kw_only=True)
class PostUnclear:
    """It was sent, no answer came, and whether it is there cannot be told: look before it is sent again."""

    thread_id: str
    why: str


PostOutcome: TypeAlias = Posted | NotPosted | PostUnclear
"""What became of a message."""


@attrs.frozen(kw_only=True)
class Inbox:
    """Who is *waiting* for the shop, the longest wait first, among *read* conversations; *unreadable* ones beside."""

    waiting: tuple[ReplyNeeded, ...]
    read: int
    unreadable: tuple[Broken, ...] = ()

    @property
    def overdue(self) -> tuple[ReplyNeeded, ...]:
        """Those that wait for longer than is allowed: the alert list."""
        return tuple(each for each in self.waiting if each.overdue)


@warns_unrun
class Conversations:
    """The inbox of one account. Desks and ports that share an account should share a *caller*, and so its pace."""

    def __init__(self, config: MiraklConfig, *, caller: Caller | None = None) -> None:
        self.config = config
        self._caller = caller or config.caller()
        self._turns = OneByOne(config.account)

    def inbox(self, *, since: datetime | None = None) -> Flow[Inbox]:
        """Who waits for the shop, in conversations touched since *since* (aware); all of them where it is None.

        With a *since* those who wait for longer and wrote nothing since are not seen.
        """
        rows = yield from self._caller.pages(
            endpoints.list_threads(self.config.scope, ThreadFilter(updated_since=since), size=100)
        )
        moment = yield from now()
        threads = [row.record for row in rows if isinstance(row, Read)]
        return Inbox(
            waiting=replies_needed(threads, now=moment, alert_after=self.config.reply_alert),
            read=len(threads),
            unreadable=tuple(row for row in rows if isinstance(row, Broken)),
        )

    def thread(self, thread_id: str) -> Flow[Thread]:
        """One conversation with its messages (``rules.unanswered`` picks those that wait for the shop): M10."""
        return (yield from self._caller.perform(endpoints.get_thread(self.config.scope, thread_id)))

    def answer(
        self,
        thread_id: str,
        body: str,
        *,
        to: Sequence[Recipient] = (),
        topic: NewTopic | None = None,
        files: Sequence[Upload] = (),
        again: bool = False,
    ) -> Flow[PostOutcome]:
        """Answer in a conversation, once.

        *to* is by default the side that wrote last. A text that the shop said already, with nobody having written
        since, is not sent unless *again*. Of several calls for one conversation each waits for the one before. Raises
        ``Invalid`` for what Mirakl would refuse for certain.
        """
        scope = self.config.scope
        if isinstance(thread_id, Thread):
            raise refused_locally(scope, "M12", "thread_id", "give its .id, not the Thread")
        one_text(scope, "M12", "thread_id", thread_id)
        one_text(scope, "M12", "body", body)
        to = records(scope, "M12", "to", to, Recipient)
        files = records(scope, "M12", "files", files, Upload)

        def work() -> Flow[PostOutcome]:
            return (yield from self._answer(thread_id, body, to, topic, files, again=again))

        return (yield from self._turns.alone("M12", f"conversation {thread_id}", work))

    def _answer(
        self,
        thread_id: str,
        body: str,
        to: Sequence[Recipient],
        topic: NewTopic | None,
        files: Sequence[Upload],
        *,
        again: bool,
    ) -> Flow[PostOutcome]:
        thread = yield from self._caller.perform(endpoints.get_thread(self.config.scope, thread_id))
        recipients = tuple(to) or reply_recipients(thread)
        message = NewMessage(body=body, to=recipients, topic=topic)
        call = endpoints.answer_thread(self.config.scope, thread_id, message, files)
        said = None if again else said_already(thread, body)
        if said is not None:
            return Posted(thread_id=thread_id, message_id=str(said.id), already=True)
        count = thread.metadata.total_count if thread.metadata is not None else None
        if count is not None and count >= _MOST_MESSAGES:
            problem = f"a conversation holds {_MOST_MESSAGES} messages, and this one is full: open another"
            raise self._invalid("M12", "thread_id", problem)

        def look() -> Flow[tuple[Thread, ...]]:
            return ((yield from self._caller.perform(endpoints.get_thread(self.config.scope, thread_id))),)

        before = {str(each.id) for _, each in shop_messages([thread])}
        return (yield from self._post(call, body, before, look, thread_id))

    def open_about_order(
        self, order_id: OrderId, thread: NewOrderThread, *, files: Sequence[Upload] = (), again: bool = False
    ) -> Flow[PostOutcome]:
        """Begin a conversation about an order, once: not where the shop said this already about it, unless *again*."""
        one_record(self.config.scope, "OR43", "thread", thread, NewOrderThread)
        call = endpoints.open_order_thread(self.config.scope, order_id, thread, files)
        wanted = ThreadFilter(entity_type=ThreadEntityType.MMP_ORDER, entity_id=(order_id,), with_messages=True)
        return (yield from self._open(call, thread.body, wanted, f"order {order_id}", again=again))

    def open_with_operator(
        self,
        thread: NewOperatorThread,
        *,
        files: Sequence[Upload] = (),
        again: bool = False,
        within: timedelta = timedelta(days=7),
    ) -> Flow[PostOutcome]:
        """Begin a conversation with the operator, once: not where the shop said this *within* that time already."""
        one_record(self.config.scope, "M14", "thread", thread, NewOperatorThread)
        call = endpoints.open_operator_thread(self.config.scope, thread, files)
        since = (yield from now()) - within
        wanted = ThreadFilter(entity_type=thread.entity_type, updated_since=since, with_messages=True)
        return (yield from self._open(call, thread.body, wanted, "this shop", again=again))

    def _open(
        self, call: Call[PostedMessage], body: str, wanted: ThreadFilter, what: str, *, again: bool
    ) -> Flow[PostOutcome]:
        def look() -> Flow[tuple[Thread, ...]]:
            first = endpoints.list_threads(self.config.scope, wanted, size=100)
            rows = yield from self._caller.pages(first)
            for row in rows:
                if isinstance(row, Broken):
                    # It may be the very conversation that is looked for.
                    raise errors.Undecodable(
                        system=self.config.account, operation="M11", path=row.path, expected=row.expected
                    )
            return (yield from self._with_messages([row.record for row in rows if isinstance(row, Read)]))

        def work() -> Flow[PostOutcome]:
            standing = shop_messages((yield from look()))
            said, _ = message_since((), standing, body)
            if said is not None and not again:
                return Posted(thread_id=said[0], message_id=str(said[1].id), already=True)
            before = {str(each.id) for _, each in standing}
            return (yield from self._post(call, body, before, look, ""))

        return (yield from self._turns.alone(call.operation, f"a new conversation about {what}", work))

    def _with_messages(self, threads: Sequence[Thread]) -> Flow[tuple[Thread, ...]]:
        """*threads*, those read anew by M10 of which the list tells no message: none exists without one."""
        whole: list[Thread] = []
        for each in threads:
            call = endpoints.get_thread(self.config.scope, str(each.id))
            whole.append(each if each.messages else (yield from self._caller.perform(call)))
        return tuple(whole)

    def _post(
        self,
        call: Call[PostedMessage],
        body: str,
        before: Collection[str],
        look: Callable[[], Flow[tuple[Thread, ...]]],
        thread_id: str,
    ) -> Flow[PostOutcome]:
        try:
            posted = yield from self._caller.perform(call)
        except errors.Unanswered as lost:
            reason = lost.reason
        else:
            if posted.message_id:
                return Posted(thread_id=str(posted.thread_id or thread_id), message_id=str(posted.message_id))
            reason = "the answer names no message"
        strange: list[bool] = []

        def own() -> Flow[tuple[str, Message] | None]:
            found, others = message_since(before, shop_messages((yield from look())), body)
            strange.append(others)
            return found

        found = yield from looked(own)
        if isinstance(found, Seen):
            place, message = found.found
            return Posted(thread_id=place, message_id=str(message.id))
        if isinstance(found, Missing) and not strange[-1]:
            return NotPosted(thread_id=thread_id, why=f"{reason}; {found.why}")
        why = "a new message of the shop stands there, of another text" if isinstance(found, Missing) else found.why
        return PostUnclear(thread_id=thread_id, why=f"{reason}; {why}")

    def _invalid(self, operation: str, field: str, problem: str) -> errors.Invalid:
        return errors.Invalid(
            system=self.config.account,
            operation=operation,
            message="not sent",
            fields=(errors.FieldError(field, problem),),
        )
