"""`irops pause` and `irops resume`, and what `irops status` shows of them."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from bus.admin.server import Server
from contracts.brakes import Scope
from irops.system.scopes import read_scope
from simulation.conductor import LockStep
from tests.irops.command_line import ROOT, Ended, irops
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import AGENTS, System, living

MOMENT = "An hour later, and with a flight cancelled:"


def documented() -> Iterator[tuple[str, list[str]]]:
    """Each command of the section, with the output that it shows; and the words that stand for what happens between."""
    section = (ROOT / "docs" / "running.md").read_text().partition("\n## Pausing\n")[2].partition("\n## ")[0]
    command, shown = "", list[str]()
    for line in section.splitlines():
        if line.startswith("    irops ") or line == MOMENT:
            if command:
                yield command, shown
            command, shown = line.strip(), []
        elif line.startswith("    "):
            shown.append(line.strip())
    yield command, shown


async def answered(system: System, command: str) -> Ended:
    return await irops(*shlex.split(command)[1:], url=system.server.url, LOGNAME="anna")


async def test_the_page_shows_what_the_commands_answer(tmp_path: Path) -> None:
    """docs/running.md, command by command."""
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=6)
    world.party("A", dead)
    world.party("B", dead)
    async with living(world, tmp_path, speed=0) as system:
        conductor = LockStep(system.bus, [agent.name for agent in AGENTS])
        await conductor.settle(T0)
        for command, shown in documented():
            if command == MOMENT:
                await conductor.advance(T0 + hours(1))
                await system.say(world.status(dead, cancelled=True))
                await conductor.settle(T0 + hours(1))
                continue
            ended = await answered(system, command)
            lines = ended.out.splitlines()
            if command == "irops status":
                lines = [line for line in lines if "is paused" in line or line.startswith("brake")]
            assert (ended.err, lines) == ("", shown), command
        await conductor.settle(T0 + hours(2))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("everything", Scope()),
        ("JFK", Scope(airport="JFK")),
        ("jfk", Scope(airport="JFK")),
        ("B6", Scope(carrier="B6")),
        ("carrier:JBU", Scope(carrier="JBU")),
        ("B6.1017.JFK.2013-02-08", Scope(flight="B6.1017.JFK.2013-02-08")),
        ("planner", "planner"),
        ("agent:desk", "desk"),
    ],
)
def test_what_a_name_stands_for(name: str, found: Scope | str) -> None:
    assert read_scope(name) == found


@pytest.mark.parametrize(
    "name", ["", "J", "desk", "JFKX", "airport:J", "B6.1017.JFK", "B6.x.JFK.2013-02-08", "agent:", "gate:4"]
)
def test_a_name_that_stands_for_nothing_is_a_usage_error(name: str) -> None:
    """That says what is wanted."""
    with pytest.raises(ValueError, match="wanted an agent"):
        read_scope(name)


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        ("pause JFK", 2, "Missing option '--why'."),
        ("pause desk --why fog", 2, "'desk' is no such thing: wanted an agent (planner)"),
        ("pause JFK --why fog --until noon", 2, "'noon' is not an instant such as"),
        ("pause JFK --why fog --until 2013-02-08T18:00", 2, "is not an instant such as"),
        ("pause JFK --why fog --until 2013-02-08T18:00Z --for 10", 2, "say either --until or --for"),
        ("pause JFK --why fog --until 2013-02-08T18:00Z", 2, "it would have ended at 2013-02-08 18:00 UTC"),
        ("pause planner --why fog --moves 3", 2, "planner is an agent"),
        ("pause JFK --why fog --moves 0", 2, "--moves"),
        ("pause JFK --why ' '", 2, "wanted a few words"),
        ("pause JFK --why fog", 1, "no agent answers ask.booker.brake: is the agent booker running?"),
        ("resume JFK", 1, "no agent answers ask.booker.release"),
        ("resume planner", 1, "planner is not paused"),
    ],
)
async def test_what_cannot_be_done_is_one_line_that_says_why(
    server: Server, nc: object, arguments: str, status: int, why: str
) -> None:
    """`nc`: there are streams and a clock, and no agent."""
    ended = await irops(*shlex.split(arguments), url=server.url)
    assert (ended.status, ended.out, ended.err.count("\n")) == (status, "", 1)
    assert why in ended.err


async def test_an_agent_that_does_not_run_is_paused_when_it_starts(server: Server, nc: object) -> None:
    ended = await irops("pause", "planner", "--why", "not yet", url=server.url)
    assert (ended.status, ended.out) == (0, "no planner answers; it is paused when it starts\n")
    assert "planner is paused since" in (await irops("status", url=server.url)).out
    assert (await irops("resume", "planner", url=server.url)).out == "planner is resumed\n"
    assert "paused" not in (await irops("status", url=server.url)).out
