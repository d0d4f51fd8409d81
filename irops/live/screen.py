"""The live view: one panel in a terminal, a line now and then elsewhere."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bus.clock import monotonic
from irops.live.watch import Seen
from irops.replay.options import Day, ReplayOptions

_LINE_EVERY = 5.0
"""Seconds between lines where there is no terminal."""


class Screen(Protocol):
    """Shows figures as they come, and says things in between."""

    def show(self, seen: Seen) -> None: ...
    def say(self, line: str) -> None: ...
    def close(self) -> None: ...


def open_screen(console: Console, options: ReplayOptions, day: Day, zone: tzinfo) -> Screen:
    return Terminal(console, options, day, zone) if console.is_terminal else Lines(console, zone)


class Lines:
    """Plain progress lines."""

    def __init__(self, console: Console, zone: tzinfo) -> None:
        self._console = console
        self._zone = zone
        self._next = 0.0

    def show(self, seen: Seen) -> None:
        if monotonic() < self._next:
            return
        self._next = monotonic() + _LINE_EVERY
        parts = [
            _clock(seen.now, self._zone),
            f"feed {seen.published}/{seen.statuses}",
            f"disruptions {seen.disruptions}",
            *(f"{state} {seen.states[state]}" for state in ("rebooked", "kept", "stranded")),
            f"notices {seen.notices}",
        ]
        if seen.latency_ms:
            parts.append(f"event to notice {_span(seen.latency_ms[0])}")
        if seen.restarts:
            parts.append(f"restarts {seen.restarts}")
        self.say("  ".join(parts))

    def say(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Nothing to put away."""


class Terminal:
    """A panel that is drawn anew with each look."""

    def __init__(self, console: Console, options: ReplayOptions, day: Day, zone: tzinfo) -> None:
        self._options = options
        self._day = day
        self._zone = zone
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def show(self, seen: Seen) -> None:
        self._live.update(self._panel(seen), refresh=True)

    def say(self, line: str) -> None:
        self._live.console.print(line, highlight=False)

    def close(self) -> None:
        self._live.stop()

    def _panel(self, seen: Seen) -> RenderableType:
        speed = "lock-step" if self._options.lockstep else f"{self._options.speed:g} x real time"
        length = (self._day.end - self._day.start).total_seconds()
        done = min(max((seen.now - self._day.start).total_seconds(), 0), length)
        head = Table.grid(expand=True)
        head.add_column(ratio=1)
        head.add_column(justify="right")
        head.add_row(Text(_clock(seen.now, self._zone), style="bold"), Text(f"New York, {speed}", style="dim"))
        body = Table.grid(padding=(0, 3))
        for _ in range(2):
            body.add_column(style="dim")
            body.add_column(justify="right")
        for left, right in zip(_left(seen), _right(seen), strict=True):
            body.add_row(left[0], left[1], right[0], right[1])
        agents = Text(
            "   ".join(f"{name} x{count}" for name, count in sorted(seen.working.items())) or "agents starting",
            style="dim",
        )
        parts: list[RenderableType] = [
            head,
            ProgressBar(total=length, completed=done),
            Text(""),
            body,
            Text(""),
            agents,
        ]
        if seen.last_death:
            parts.append(Text(seen.last_death, style="yellow"))
        return Panel(Group(*parts), title="irops", border_style="cyan", width=min(84, self._live.console.width))


def _left(seen: Seen) -> Iterable[tuple[str, RenderableType]]:
    yield "feed", Text(f"{seen.published:,} of {seen.statuses:,}  ({seen.rate:.0f}/s)")
    yield "disruptions", Text(f"{seen.disruptions:,}", style="bold yellow")
    yield "notices", Text(f"{seen.notices:,}")
    yield "event to notice", Text(_pair(seen.latency_ms))
    yield "view lag", Text(_pair(seen.lag_ms))


def _right(seen: Seen) -> Iterable[tuple[str, RenderableType]]:
    yield "parties affected", Text(f"{seen.states.total():,}", style="bold")
    yield "rebooked", Text(f"{seen.states['rebooked']:,}", style="bold green")
    yield "kept", Text(f"{seen.states['kept']:,}", style="green")
    yield "stranded", Text(f"{seen.states['stranded']:,}", style="bold red" if seen.states["stranded"] else "")
    dead = f"   dead letters {seen.dead}" if seen.dead else ""
    yield "restarts", Text(f"{seen.restarts}{dead}", style="yellow" if seen.restarts or seen.dead else "")


def _clock(now: datetime, zone: tzinfo) -> str:
    return now.astimezone(zone).strftime("%a %d %b %Y %H:%M")


def _pair(ms: tuple[float, float] | None) -> str:
    return f"{_span(ms[0])}, p99 {_span(ms[1])}" if ms else "-"


def _span(ms: float) -> str:
    span = timedelta(milliseconds=ms)
    if span < timedelta(seconds=1):
        return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
    return f"{span.total_seconds():.1f} s"
