"""Documents of orders: what is there (OR72), and bringing more, each once and with an outcome of its own (OR74)."""

from collections.abc import Mapping, Sequence

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.documents.outcomes import DocumentOutcome, NotUploaded, Rejected, Unclear, Uploaded
from khaos_connectors.mirakl.looking import Blind, Missing, Seen, looked
from khaos_connectors.mirakl.models.documents import NewOrderDocument, OrderDocument, UploadedOrderDocuments
from khaos_connectors.mirakl.models.rows import Broken
from khaos_connectors.mirakl.one_by_one import OneByOne

__all__ = ["OrderDocuments", "already_there", "told_outcomes"]

_MOST = 50
_OPERATION = "OR74"


class OrderDocuments:
    """The documents of one account's orders."""

    def __init__(self, config: MiraklConfig, caller: Caller) -> None:
        self._config = config
        self._caller = caller
        self._turns = OneByOne(config.account)

    def known(self, order_id: OrderId) -> Flow[tuple[OrderDocument, ...]]:
        """The documents that an order has. Raises ``Undecodable`` where one of them cannot be read."""
        found: list[OrderDocument] = []
        for call in endpoints.list_order_documents(self._config.scope, [order_id]):
            for row in (yield from self._caller.perform(call)).items:
                if isinstance(row, Broken):
                    raise errors.Undecodable(
                        system=self._config.account,
                        operation=call.operation,
                        path=row.path,
                        expected=row.expected,
                        records=(row.id,) if row.id else (),
                    )
                # Asked for one order, and still: another one's document must never count as this one's.
                if row.record.order_id is None or OrderId(row.record.order_id) == order_id:
                    found.append(row.record)
        return tuple(found)

    def attach(self, order_id: OrderId, documents: Sequence[NewOrderDocument]) -> Flow[tuple[DocumentOutcome, ...]]:
        """Bring *documents* to an order; one outcome to each, in their order.

        What the order has already under the same name and type is not sent again. Raises ``Conflict`` where that one
        has another size, and ``Invalid`` for what Mirakl would refuse for certain: nothing was sent then. Of several
        calls for one order each waits for the one before.
        """
        # All of them are looked over before the first one leaves.
        endpoints.upload_order_documents(self._config.scope, order_id, documents, form=self._config.document_form)

        def work() -> Flow[tuple[DocumentOutcome, ...]]:
            return (yield from self._attach(order_id, documents))

        return (yield from self._turns.alone(_OPERATION, f"documents of order {order_id}", work))

    def _attach(self, order_id: OrderId, documents: Sequence[NewOrderDocument]) -> Flow[tuple[DocumentOutcome, ...]]:
        before = yield from self.known(order_id)
        there = {each.file.name: already_there(each, before, account=self._config.account) for each in documents}
        fresh = [each for each in documents if there[each.file.name] is None]
        if len(before) + len(fresh) > _MOST:
            raise errors.Invalid(
                system=self._config.account,
                operation=_OPERATION,
                message="not sent",
                fields=(errors.FieldError("files", f"an order holds {_MOST} documents, this one has {len(before)}"),),
            )
        brought = yield from self._bring(order_id, fresh, before)
        return tuple(there[each.file.name] or brought[each.file.name] for each in documents)

    def _bring(
        self, order_id: OrderId, fresh: Sequence[NewOrderDocument], before: Sequence[OrderDocument]
    ) -> Flow[Mapping[str, DocumentOutcome]]:
        if not fresh:
            return {}
        call = endpoints.upload_order_documents(self._config.scope, order_id, fresh, form=self._config.document_form)
        try:
            answer = yield from self._caller.perform(call)
        except errors.Unanswered as lost:
            return (yield from self._looked_for(order_id, fresh, before, lost.reason))
        told = told_outcomes(answer, fresh)
        if told is None:
            reason = "the answer does not tell which documents failed"
            return (yield from self._looked_for(order_id, fresh, before, reason))
        return told

    def _looked_for(
        self, order_id: OrderId, fresh: Sequence[NewOrderDocument], before: Sequence[OrderDocument], reason: str
    ) -> Flow[Mapping[str, DocumentOutcome]]:
        """What became of *fresh*, none of which was among *before*, by the list of the order's documents now."""
        seen: list[OrderDocument] = []

        def all_of_them() -> Flow[bool | None]:
            seen[:] = yield from self.known(order_id)
            return all(_among(document, seen) is not None for document in fresh) or None

        found = yield from looked(all_of_them)
        known = {each.id for each in before}
        strange = [each for each in seen if each.id not in known and all(not _is(own, each) for own in fresh)]
        return {each.file.name: _after(each, _among(each, seen), strange, found, reason) for each in fresh}


def already_there(document: NewOrderDocument, before: Sequence[OrderDocument], *, account: str) -> Uploaded | None:
    """The outcome of a document that the order has already, None where it has not. See ``attach``."""
    same = [each for each in before if _is(document, each)]
    if not same:
        return None
    size = len(document.file.content)
    own = next((each for each in same if each.file_size in {None, size}), None)
    if own is None:
        raise errors.Conflict(
            system=account,
            operation=_OPERATION,
            message=f"the order has {document.file.name} already, of {same[0].file_size} bytes in place of {size}: "
            f"delete document {same[0].id} (OR76) or give this one another name",
        )
    why = "the order has one of this name and type already" + (", of this size" if own.file_size is not None else "")
    return Uploaded(name=document.file.name, operation=_OPERATION, already=True, document_id=own.id, why=why)


def told_outcomes(
    answer: UploadedOrderDocuments, sent: Sequence[NewOrderDocument]
) -> Mapping[str, DocumentOutcome] | None:
    """The outcome of each of *sent* by OR74's *answer*; None where it does not tell which of them failed."""
    if answer.order_documents is None and answer.errors_count != 0:
        return None
    failed: dict[str, Rejected] = {}
    for row in answer.refused:
        name = str(row.input.file_name) if row.input is not None and row.input.file_name is not None else ""
        if not name and len(sent) == 1:
            name = sent[0].file.name
        if name not in {each.file.name for each in sent}:
            return None
        problems = (*failed[name].problems, *(row.errors or ())) if name in failed else row.errors or ()
        failed[name] = Rejected(name=name, operation=_OPERATION, problems=tuple(problems))
    # Whether errors or documents are counted is not documented: more than either means that some are not named.
    named = max(len(failed), sum(len(each.problems) for each in failed.values()))
    if answer.errors_count is not None and answer.errors_count > named:
        return None
    names = (each.file.name for each in sent)
    return {name: failed.get(name) or Uploaded(name=name, operation=_OPERATION) for name in names}


def _is(document: NewOrderDocument, known: OrderDocument) -> bool:
    return str(known.file_name) == document.file.name and str(known.type) == document.type_code


def _among(document: NewOrderDocument, known: Sequence[OrderDocument]) -> OrderDocument | None:
    return next((each for each in known if _is(document, each)), None)


def _after(
    document: NewOrderDocument,
    own: OrderDocument | None,
    strange: Sequence[OrderDocument],
    found: Seen[bool] | Missing | Blind,
    reason: str,
) -> DocumentOutcome:
    name = document.file.name
    if own is not None:
        return Uploaded(name=name, operation=_OPERATION, document_id=own.id, why="found on the order afterwards")
    if isinstance(found, Blind):
        return Unclear(name=name, operation=_OPERATION, why=f"{reason}; {found.why}")
    other = next((each for each in strange if str(each.type) == document.type_code), None)
    if other is not None:
        # It may be ours under a name that Mirakl gave it: bringing it again would bring it twice.
        why = f"{reason}; a new document of this type stands there under another name (document {other.id})"
        return Unclear(name=name, operation=_OPERATION, why=why)
    why = found.why if isinstance(found, Missing) else "it was not there"
    return NotUploaded(name=name, operation=_OPERATION, why=f"{reason}; {why}")
