"""`irops status`: which agents run, what they have done, and what work is pending."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from bus import Bus
from bus.clock import wall
from bus.operations import Instance, discover, list_streams
from contracts.dead import DEAD_LETTER
from contracts.fares import FARE
from contracts.flights import FLIGHT_DOUBTED
from contracts.ledger import ACTIVE_BOOKER
from irops.processes.roster import agents
from irops.system.clock import clock_line, clock_note
from irops.system.connection import system
from irops.system.contradicted import contradicted
from irops.system.contradicted import in_words as contradictions_in_words
from irops.system.marked import in_words as marks_in_words
from irops.system.marked import marked
from irops.system.models import model_use
from irops.system.offering import in_words as offers_in_words
from irops.system.offering import open_offers
from irops.system.pauses import paused
from irops.system.pending import open_work
from irops.system.undelivered import in_words, undelivered
from irops.terminal.command import run

_COLUMNS = ("agent", "process", "done", "retried", "conflicts", "dead\nletters", "queued", "view lag, ms\np50, p99")
"""They fit into a terminal of 80 characters."""
_DECLARED = ("hears", "says", "keeps", "views", "reads", "asks", "answers", "owns")


def status() -> None:
    """Show which agents run, what they have done, and what work is pending.

    Agents of other modules are shown with what they declare. Streams are those of the system and of such agents.

    Example: irops status
    """

    async def work() -> int:
        async with system() as bus:
            console = Console(highlight=False)
            console.print(clock_line(bus))
            if note := clock_note(bus):
                console.print(note)
            if bus.shadow:
                console.print(f"a shadow since {bus.shadow.since:%Y-%m-%d %H:%M} UTC: nothing is booked or sent")
            found = await discover(bus.nc)
            console.print(_agents(found))
            for line in _others(found):
                console.print(line)
            if any(instance.agent == "planner" for instance in found):
                console.print(f"model: {model_use(found).in_words}")
            console.print(await _active(bus))
            for each in await paused(bus):
                console.print(each.line)
            console.print(await _streams(bus))
            marks, contradictions = marks_in_words(await marked(bus)), contradictions_in_words(await contradicted(bus))
            offers = offers_in_words(await open_offers(bus))
            for line in filter(None, [await _doubted(bus), await _fares(bus), *offers, *marks, *contradictions]):
                console.print(line)
            dead = len([letter async for letter in bus.history(DEAD_LETTER)])
            waiting = [f"{dead} dead letters, see `irops dead list`"] if dead else []
            for line in [*await open_work(bus), *in_words(await undelivered(bus)), *waiting] or ["nothing"]:
                console.print(f"pending: {line}")
        return 0

    run(work())


def _agents(found: Sequence[Instance]) -> Table | str:
    if not found:
        return "agents: none answers; start them with `irops up` or `irops agent NAME`"
    table = Table(title="agents", title_justify="left", show_edge=False, pad_edge=False)
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column in ("agent", "process") else "right")
    for instance in found:
        outcomes = instance.stats.get("outcomes", {})
        table.add_row(
            instance.agent,
            _process(instance),
            *(str(outcomes.get(outcome, 0)) for outcome in ("done", "retried", "conflicts")),
            str(sum(outcomes.get(outcome, 0) for outcome in ("undecodable", "rejected", "bugs"))),
            str(instance.stats.get("queued", "?")),
            ", ".join(f"{lag:.1f}" for lag in instance.stats.get("view_lag_ms", [])) or "-",
        )
    return table


def _process(instance: Instance) -> str:
    """`HOST:PID`: in containers every process may have the same pid."""
    return f"{instance.stats.get('host', '?')}:{instance.stats.get('pid', '?')}"


def _others(found: Sequence[Instance]) -> Iterator[str]:
    """What each agent of another module declares."""
    foreign = {instance.agent: instance.metadata for instance in found if instance.agent not in agents()}
    for agent, metadata in sorted(foreign.items()):
        declared = (f"{verb} {metadata[verb].replace(' ', ', ')}" for verb in _DECLARED if metadata.get(verb))
        yield f"{agent}: {'; '.join(declared) or 'declares nothing'}"


async def _active(bus: Bus) -> str:
    key = ACTIVE_BOOKER.key()
    entry = (await bus.load([key]))[key]
    if entry is None:
        return "active booker: none yet"
    lapsed = entry.message.until <= wall()
    return f"active booker: {entry.message.holder}" + (", whose lease has run out" if lapsed else "")


async def _doubted(bus: Bus) -> str:
    """How many statuses of flights are doubted, by reason, and the last of them; empty if none is."""
    found = [recorded.message async for recorded in bus.history(FLIGHT_DOUBTED)]
    if not found:
        return ""
    reasons = ", ".join(f"{count} {reason}" for reason, count in Counter(each.reason for each in found).most_common())
    return f"doubted statuses: {reasons}; the last, of {found[-1].flight}: {found[-1].detail}"


async def _fares(bus: Bus) -> str:
    """How many flights have open fares, and from where; empty if none has a state."""
    found = [recorded.message async for recorded in bus.history(FARE)]
    if not found:
        return ""
    sources = Counter(fare.source for fare in found if not fare.closed)
    closed = sum(fare.closed for fare in found)
    return f"fares: {sources['ladder']:,} flights by the ladder, {sources['feed']:,} by a feed, {closed:,} closed"


async def _streams(bus: Bus) -> Table:
    table = Table(title="streams", title_justify="left")
    for column in ("stream", "messages", "MB", "last sequence", "what"):
        table.add_column(column, justify="left" if column in ("stream", "what") else "right")
    streams = await list_streams(bus.nc)
    for stream in streams.found:
        megabytes = f"{stream.bytes / 1e6:,.1f}"
        table.add_row(stream.name, f"{stream.messages:,}", megabytes, f"{stream.last_sequence:,}", stream.what)
    for name in streams.silent:
        table.add_row(name, "?", "?", "?", "does not answer; is a node of the cluster down?")
    return table
