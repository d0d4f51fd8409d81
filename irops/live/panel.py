"""Draws one frame: a panel for a terminal of any width, or one plain line. Pure functions of `Figures`."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from contracts.ledger import JourneyState
from irops.live.figures import Figures

WIDEST = 96
_NARROW = 68
"""Below this width everything stands in one column."""
_COLOURS: dict[JourneyState, str] = {"rebooked": "green", "kept": "cyan", "stranded": "red"}

Row = tuple[str, RenderableType]


def panel(figures: Figures, *, width: int) -> RenderableType:
    """The frame for a terminal `width` cells wide."""
    wide = min(width, WIDEST)
    narrow = wide < _NARROW
    parts: list[RenderableType] = [_head(figures, narrow=narrow)]
    if figures.progress:
        parts.append(ProgressBar(total=figures.progress.of_seconds, completed=figures.progress.seconds))
    if figures.clock_note:
        parts.append(Text(figures.clock_note, style="yellow"))
    parts += [Text(""), _bars(figures), Text(""), _figures(figures, columns=1 if narrow else 2), Text("")]
    parts += [Text(line, no_wrap=not narrow, overflow="ellipsis", style="bold") for line in figures.counts.news]
    if figures.counts.news:
        parts.append(Text(""))
    parts += _footer(figures)
    return Panel(
        Group(*parts),
        title="irops",
        subtitle=f"[dim]figures over {figures.window}[/]",
        border_style="cyan",
        width=wide,
    )


def line(figures: Figures) -> str:
    """The frame as one line, for output that is not a terminal."""
    counts = figures.counts
    feed = f"{counts.statuses}/{figures.progress.statuses}" if figures.progress else f"{counts.statuses}"
    parts = [
        _clock(figures),
        f"feed {feed}",
        f"disruptions {counts.disruptions}",
        *(f"{state} {counts.outcomes.get(state, 0)}" for state in _COLOURS),
        f"notices {counts.notices}",
    ]
    if counts.latency_ms:
        parts.append(f"event to notice {_span(counts.latency_ms[0])}")
    if counts.undelivered:
        parts.append(f"undelivered {counts.undelivered}")
    if counts.dead:
        parts.append(f"dead letters {counts.dead}")
    if figures.restarts:
        parts.append(f"restarts {figures.restarts}")
    return "  ".join(parts)


def _head(figures: Figures, *, narrow: bool) -> RenderableType:
    place = figures.zone.rpartition("/")[2].replace("_", " ")
    clock, pace = Text(_clock(figures), style="bold"), Text(f"{place}, {figures.pace}", style="dim")
    if narrow:
        return Group(clock, pace)
    head = Table.grid(expand=True)
    head.add_column(ratio=1)
    head.add_column(justify="right")
    head.add_row(clock, pace)
    return head


def _bars(figures: Figures) -> Table:
    """A bar for each outcome, as a share of the parties affected."""
    outcomes = figures.counts.outcomes
    affected = sum(outcomes.values())
    bars = Table.grid(padding=(0, 2), expand=True)
    bars.add_column(style="dim")
    bars.add_column(justify="right")
    bars.add_column(ratio=1)
    bars.add_row("affected", Text(f"{affected:,}", style="bold"), "parties")
    for state, colour in _COLOURS.items():
        count = outcomes.get(state, 0)
        bars.add_row(state, Text(f"{count:,}"), Bar(max(affected, 1), 0, count, color=colour))
    return bars


def _figures(figures: Figures, *, columns: int) -> Table:
    rows = list(_rows(figures))
    grid = Table.grid(padding=(0, 3))
    for _ in range(columns):
        grid.add_column(style="dim")
        grid.add_column()
    half = -(-len(rows) // columns)
    for row in range(half):
        cells = [rows[at] if at < len(rows) else ("", "") for at in range(row, half * columns, half)]
        grid.add_row(*(cell for pair in cells for cell in pair))
    return grid


def _rows(figures: Figures) -> Iterator[Row]:
    counts, reports = figures.counts, figures.reports
    of = f" of {figures.progress.statuses:,}" if figures.progress else ""
    yield "feed", f"{counts.statuses:,}{of}, {counts.rate:.0f}/s"
    yield "disruptions", f"{counts.disruptions:,}"
    yield "notices", f"{counts.notices:,} sent, {counts.superseded:,} superseded"
    if counts.pointless:
        yield "pointless", f"{counts.pointless:,}"
    if counts.marked:
        yield "to look at", f"{counts.marked:,}"
    yield "event to notice", _pair(counts.latency_ms)
    yield "view lag", _pair(reports.lag_ms)
    if counts.undelivered:
        yield "undelivered", Text(f"{counts.undelivered:,}", style="red")
    if figures.restarts is not None:
        yield "restarts", Text(f"{figures.restarts}", style="yellow" if figures.restarts else "")
    if counts.dead or figures.restarts is None:
        yield "dead letters", Text(f"{counts.dead:,}", style="red" if counts.dead else "")


def _footer(figures: Figures) -> Iterator[Text]:
    reports = figures.reports
    agents = "   ".join(f"{name} x{count}" for name, count in reports.agents.items())
    yield Text(agents or "no agent answers", style="dim" if agents else "yellow")
    if reports.model:
        yield Text(f"model {reports.model}", style="yellow" if reports.trouble else "dim")
    if figures.alarm:
        yield Text(figures.alarm, style="yellow")


def _clock(figures: Figures) -> str:
    return figures.now.astimezone(ZoneInfo(figures.zone)).strftime("%a %d %b %Y %H:%M")


def _pair(ms: tuple[float, float] | None) -> str:
    return f"{_span(ms[0])}, p99 {_span(ms[1])}" if ms else "-"


def _span(ms: float) -> str:
    span = timedelta(milliseconds=ms)
    if span < timedelta(seconds=1):
        return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
    return f"{span.total_seconds():.1f} s"
