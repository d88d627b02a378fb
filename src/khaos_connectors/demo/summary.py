"""The day on a terminal: progress while it lasts, tables at its end, and the same as JSON."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from zoneinfo import ZoneInfo

from khaos_connectors._extras import extra
from khaos_connectors.core.availability import explain
from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType, by_owner, rows
from khaos_connectors.demo.trade import Day, Tick
from khaos_connectors.store.protocol import Progress as Standing

with extra("cli"):
    from rich.console import Console, Group, RenderableType
    from rich.padding import Padding
    from rich.panel import Panel
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
    from rich.table import Table
    from rich.text import Text

__all__ = ["DayProgress", "as_json", "print_day"]

_LONDON = ZoneInfo("Europe/London")


class DayProgress:
    """A bar that moves with the clock of the day and counts what has been done."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("[bold]{task.fields[time]}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[done]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._posted = self._pushed = self._confirmed = 0

    def __enter__(self) -> "DayProgress":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def tell(self, tick: Tick) -> None:
        """Show where the day stands after *tick*."""
        self._posted += tick.imported.posted + tick.imported.found
        self._pushed += tick.pushed.acked
        self._confirmed += tick.confirmed.confirmed
        done = f"{self._posted} orders in the ERP, {self._pushed} levels pushed, {self._confirmed} parcels confirmed"
        time = tick.scene.now.astimezone(_LONDON).strftime("%H:%M")
        if self._task is None:
            self._task = self._progress.add_task("day", total=tick.scene.ticks, time=time, done=done)
        self._progress.update(self._task, completed=min(tick.scene.tick, tick.scene.ticks), time=time, done=done)


def print_day(console: Console, day: Day, standing: Mapping[Standing, int]) -> None:
    """The tables of a finished day; the auditor's line is printed by the caller, last."""
    console.print(_work(day))
    console.print(_orders(standing))
    console.print(_faults(day))
    console.print(_exceptions(day.items))
    example = _example(day)
    if example:
        console.print(Panel(example, title="Why is this listing where it is?", expand=False))
    for kind, found in day.verdict.findings.items():
        console.print(f"[bold red]{kind}[/]", *found, sep="\n  ", highlight=False)


def _work(day: Day) -> Table:
    table = Table(title="What the pipelines did", title_justify="left")
    for name in ("pipeline", "done", "held", "failed, then tried again"):
        table.add_column(name, justify="left" if name == "pipeline" else "right")
    ticks = day.ticks
    table.add_row(
        "order import",
        f"{_sum(ticks, lambda t: t.imported.posted)} posted, {_sum(ticks, lambda t: t.imported.found)} found there",
        str(ticks[-1].imported.held if ticks else 0),
        str(_sum(ticks, lambda t: t.imported.failed)),
    )
    table.add_row(
        "stock push",
        f"{_sum(ticks, lambda t: t.pushed.acked)} acknowledged, {_sum(ticks, lambda t: t.pushed.rejected)} refused",
        str(_sum(ticks, lambda t: t.pushed.held)),
        str(_sum(ticks, lambda t: t.pushed.failed + t.pushed.pending)),
    )
    table.add_row(
        "despatch confirm",
        f"{_sum(ticks, lambda t: t.confirmed.confirmed)} confirmed",
        str(ticks[-1].confirmed.held if ticks else 0),
        str(_sum(ticks, lambda t: t.confirmed.failed)),
    )
    if day.verdict.credited is not None:
        offered = _sum(ticks, lambda t: t.credited.offered if t.credited is not None else 0)
        held = ticks[-1].credited.held if ticks and ticks[-1].credited is not None else 0
        done = f"{offered} offered, {day.verdict.credited} credit notes made"
        table.add_row("refunds to credit notes", done, str(held), "")
    return table


def _sum(ticks: Iterable[Tick], of: Callable[[Tick], int]) -> int:
    return sum(of(tick) for tick in ticks)


def _orders(standing: Mapping[Standing, int]) -> Table:
    table = Table(title="Where the orders stand", title_justify="left")
    known = [progress for progress in Standing if standing.get(progress)]
    for progress in known:
        table.add_column(progress.value, justify="right")
    if known:
        table.add_row(*(str(standing[progress]) for progress in known))
    return table


def _faults(day: Day) -> Text:
    faults = ", ".join(f"{number} x {kind}" for kind, number in sorted(day.ended.faults.items())) or "none"
    return Text(f"Of {day.ended.requests} requests, these went wrong on purpose: {faults}\n", style="dim")


def _exceptions(items: Sequence[ExceptionItem]) -> RenderableType:
    """Open items by owner, those of one kind together: how many, until when, what they are about, the fix."""
    if not items:
        return Text("No exception is open.\n")
    parts: list[RenderableType] = [Text("Exceptions, by owner", style="italic")]
    for team, owned in by_owner(items).items():
        parts.append(Text(team.value, style="bold"))
        kinds: dict[ExceptionType, list[ExceptionItem]] = {}
        for item in owned:
            kinds.setdefault(item.type, []).append(item)
        parts.extend(_kind(kind, group) for kind, group in kinds.items())
    return Group(*parts, "")


def _kind(kind: ExceptionType, group: Sequence[ExceptionItem]) -> RenderableType:
    first = min(group, key=lambda item: item.deadline)
    severity = max(group, key=lambda item: item.severity.value).severity.name.lower()
    by = first.deadline.astimezone(_LONDON).strftime("%a %d %b %H:%M")
    about = ", ".join(item.entity for item in group[:3]) + (f" and {len(group) - 3} more" if len(group) > 3 else "")
    head = Text.assemble(f"{len(group)} x {kind.value}", (f"  {severity}, the first by {by}", "dim"))
    said = Text.assemble(f"{about}\n", (f"{first.evidence.get('message', '')}\n", "dim"), first.fix)
    return Group(Padding(head, (0, 0, 0, 2)), Padding(said, (0, 0, 0, 6)))


def _example(day: Day) -> str:
    """The explanation of one listing with something to tell: a small level that is not zero."""
    for tick in reversed(day.ticks):
        told = [(result.value, sku, result) for sku, result in tick.pushed.results.items() if result.value > 0]
        if told:
            _, sku, result = min(told, key=lambda row: (row[0], row[1]))
            return f"{sku}: {explain(result)}"
    return ""


def as_json(day: Day, standing: Mapping[Standing, int]) -> dict[str, object]:
    """The same as ``print_day``, as plain values."""
    ticks = day.ticks
    return {
        "seed": day.ended.seed,
        "rounds": len(ticks),
        "requests": day.ended.requests,
        "faults": dict(day.ended.faults),
        "orders": {progress.value: number for progress, number in standing.items() if number},
        "posted": _sum(ticks, lambda t: t.imported.posted),
        "found": _sum(ticks, lambda t: t.imported.found),
        "levels_acknowledged": _sum(ticks, lambda t: t.pushed.acked),
        "levels_refused": _sum(ticks, lambda t: t.pushed.rejected),
        "parcels_confirmed": _sum(ticks, lambda t: t.confirmed.confirmed),
        "exceptions": rows(day.items),
        "audit": {
            "line": day.verdict.line,
            "passed": day.verdict.passed,
            "orders": day.verdict.orders,
            "held": day.verdict.held,
            "exceptions": day.verdict.exceptions,
            **({"credited": day.verdict.credited} if day.verdict.credited is not None else {}),
            **{kind: list(found) for kind, found in day.verdict.findings.items()},
        },
    }
