"""Every Python exception of this library.

::

    ConnectorError
    ├── ConfigError                 what was configured cannot work
    └── CallError                   a call to a system did not give what was asked of it
        ├── NotSent                 the request never left: repeating it is safe
        ├── Unanswered              it left and no usable answer came back: look before you repeat a write
        ├── Refused                 the system answered "no"
        │   ├── AuthFailed          credentials missing, wrong or without the needed role
        │   ├── RateLimited         too many calls; says when to come back
        │   ├── NotFound            not there, or not there for this user
        │   ├── Conflict            the state of the record forbids it
        │   └── Invalid             the data was refused; says which fields
        ├── Undecodable             the answer is not what the contract promises
        ├── Unsupported             the system or this installation cannot do it
        └── CursorStuck             paging does not move on

What a caller may do next follows from the class alone. Every class survives ``pickle`` and ``copy``,
and ``str()`` names the system, the operation, the vendor's own words and its request id. None of them
carries a request body, a header or a credential.
"""

from functools import partial

import attrs

__all__ = [
    "AuthFailed",
    "CallError",
    "ConfigError",
    "Conflict",
    "ConnectorError",
    "CursorStuck",
    "FieldError",
    "Invalid",
    "NotFound",
    "NotSent",
    "RateLimited",
    "Refused",
    "Unanswered",
    "Undecodable",
    "Unsupported",
]


class ConnectorError(Exception):
    """Something that this library could not do; catch it to catch everything of ours."""


@attrs.define(kw_only=True, eq=False, str=False)
class ConfigError(ConnectorError, ValueError):
    """A setting cannot work: correct *field* as *problem* says; nothing was sent."""

    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild(self)


@attrs.define(kw_only=True, eq=False, str=False)
class CallError(ConnectorError):
    """A call to a system did not give what was asked of it."""

    system: str
    operation: str
    request_id: str | None = None

    def detail(self) -> str:
        """What went wrong, in the vendor's words where there are any."""
        return "failed"

    def __str__(self) -> str:
        tail = f" [request {self.request_id}]" if self.request_id else ""
        return f"{self.system}.{self.operation}: {self.detail()}{tail}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild(self)


@attrs.define(kw_only=True, eq=False, str=False)
class NotSent(CallError):
    """The request never left this machine, so nothing happened there: repeat it when the network is back."""

    reason: str

    def detail(self) -> str:
        """Why it did not leave."""
        return f"not sent: {self.reason}"


@attrs.define(kw_only=True, eq=False, str=False)
class Unanswered(CallError):
    """The request left and no usable answer came back: look whether a write took effect before you repeat it."""

    reason: str

    def detail(self) -> str:
        """What is known of the silence."""
        return f"sent, outcome unknown: {self.reason}"


@attrs.define(kw_only=True, eq=False, str=False)
class Refused(CallError):
    """The system answered "no": read *message*, and repeat only if *retryable*.

    *kinds* are the vendor's own classes of this error, the most special first, where it tells them (SOAP faults).
    """

    message: str
    status: int | None = None
    code: str | None = None
    retryable: bool = False
    kinds: tuple[str, ...] = ()

    def detail(self) -> str:
        """The vendor's status, code and text."""
        head = " ".join(part for part in (str(self.status) if self.status is not None else "", self.code or "") if part)
        return f"refused ({head}): {self.message}" if head else f"refused: {self.message}"


@attrs.define(kw_only=True, eq=False, str=False)
class AuthFailed(Refused):
    """Credentials are missing, wrong or lack a role: stop calling this account and renew them."""


@attrs.define(kw_only=True, eq=False, str=False)
class RateLimited(Refused):
    """Too many calls: come back after *retry_after* seconds (None: the system did not say)."""

    retry_after: float | None = None
    retryable: bool = True


@attrs.define(kw_only=True, eq=False, str=False)
class NotFound(Refused):
    """Not there, or not there for this user: check the id and the account before concluding that it is gone."""


@attrs.define(kw_only=True, eq=False, str=False)
class Conflict(Refused):
    """The record's present state forbids this: read it again, the wish may already be fulfilled."""


@attrs.frozen
class FieldError:
    """One field that was refused: its name as the vendor or this library spells it, and why."""

    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}"


@attrs.define(kw_only=True, eq=False, str=False)
class Invalid(Refused, ValueError):
    """The data was refused: correct the named *fields* and send again. *status* None: refused before sending."""

    fields: tuple[FieldError, ...] = ()

    def detail(self) -> str:
        """The refusal followed by each field's problem."""
        named = "; ".join(map(str, self.fields))
        base = Refused.detail(self)
        return f"{base} ({named})" if named else base


@attrs.define(kw_only=True, eq=False, str=False)
class Undecodable(CallError, ValueError):
    """The answer breaks the contract at *path*: report it with the path; other records are unaffected.

    *records* are the keys of those that could not be read; *others_given*: it is the end of a listing, and all others
    were given before. Without records and with a *path* that begins at ``$``: the answer as a whole, and nothing is
    known of what else it holds.
    """

    path: str
    expected: str
    records: tuple[str, ...] = ()
    others_given: bool = False

    def detail(self) -> str:
        """Where the answer differs and what was expected there."""
        others = "; all others were given before this" if self.others_given else ""
        return f"cannot read {self.path}: expected {self.expected}{others}"


@attrs.define(kw_only=True, eq=False, str=False)
class Unsupported(CallError):
    """The system or this installation cannot do *capability*: use the way that *advice* names."""

    capability: str
    advice: str = ""

    def detail(self) -> str:
        """What is missing and what to do instead."""
        return f"unsupported: {self.capability}" + (f" ({self.advice})" if self.advice else "")


@attrs.define(kw_only=True, eq=False, str=False)
class CursorStuck(CallError):
    """Paging does not move on from *cursor*: what was read so far is good, the rest must be asked for anew."""

    cursor: str

    def detail(self) -> str:
        """The cursor that came twice."""
        return f"paging stands still at {self.cursor}"


def _rebuild(error: ConfigError | CallError) -> tuple[object, ...]:
    # Keyword-only constructors: pickle has to be told how to call them.
    fields = {field.name: getattr(error, field.name) for field in attrs.fields(type(error))}
    return partial(type(error), **fields), ()
