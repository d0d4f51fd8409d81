"""`irops dead`."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bus import Agent, Bus, Delivery, Reject
from bus.admin.server import Server
from contracts.dead import DEAD_LETTER
from contracts.flights import FLIGHT_STATUS, FlightStatus
from tests.bus.runtime.test_hop import publish, status
from tests.irops.command_line import irops
from tests.support import eventually, running

CLERK = Agent("clerk", hears=(FLIGHT_STATUS,))


class Clerk:
    """Refuses everything while `mood` is set."""

    def __init__(self) -> None:
        self.moody = True
        self.done: list[str] = []

    async def hear(self, group: Sequence[Delivery[FlightStatus]]) -> None:
        if self.moody:
            raise Reject("not today")
        self.done += [d.message.flight for d in group]


@asynccontextmanager
async def clerk_with_letters(server: Server, bus: Bus, *numbers: int) -> AsyncIterator[Clerk]:
    """A running clerk that has refused these flights' statuses."""
    clerk = Clerk()
    async with running(server.url, CLERK, {FLIGHT_STATUS: clerk.hear}):
        await publish(bus.nc, *(status(number) for number in numbers))

        async def buried() -> bool:
            return len(await letters(bus)) == len(numbers)

        await eventually(buried, what="the letters")
        yield clerk


async def letters(bus: Bus) -> list[Any]:
    return [recorded.message async for recorded in bus.history(DEAD_LETTER)]


async def test_dead_letters_are_listed_a_line_each(server: Server, bus: Bus) -> None:
    """With the id that the other commands take, the subject and the reason."""
    async with clerk_with_letters(server, bus, 1, 2):
        listed = (await irops("dead", "list", url=server.url)).out.splitlines()
    assert [line.split()[0] for line in listed] == ["clerk.FEED.1", "clerk.FEED.2"]
    assert listed[0].endswith("feed.flight.B6.1.JFK.2013-02-08  not today")


async def test_without_dead_letters_the_list_says_so(server: Server, bus: Bus) -> None:
    """On stderr; stdout stays empty for a pipe."""
    ended = await irops("dead", "list", url=server.url)
    assert (ended.status, ended.out, ended.err) == (0, "", "no dead letters\n")


async def test_the_status_counts_them_as_pending(server: Server, bus: Bus) -> None:
    """With the command that lists them."""
    async with clerk_with_letters(server, bus, 1, 2):
        ended = await irops("status", url=server.url)
    assert "pending: 2 dead letters, see `irops dead list`" in ended.out


async def test_show_prints_everything_about_one(server: Server, bus: Bus) -> None:
    """The reason and the message as it came."""
    async with clerk_with_letters(server, bus, 1):
        shown = (await irops("dead", "show", "clerk.FEED.1", url=server.url)).out
    assert "clerk could not handle feed.flight.B6.1.JFK.2013-02-08" in shown
    assert "not today" in shown
    assert json.loads(shown.splitlines()[-1])["flight"] == "B6.1.JFK.2013-02-08"


async def test_a_letter_that_is_handled_on_retry_is_removed(server: Server, bus: Bus) -> None:
    """`retry` asks the agent, which handles the message, and removes the letter."""
    async with clerk_with_letters(server, bus, 1, 2) as clerk:
        clerk.moody = False
        ended = await irops("dead", "retry", "clerk.FEED.2", url=server.url)
    assert (ended.status, ended.out) == (0, "clerk.FEED.2: done\n")
    assert clerk.done == ["B6.2.JFK.2013-02-08"]
    assert [letter.sequence for letter in await letters(bus)] == [1]


async def test_a_letter_that_is_refused_again_stays(server: Server, bus: Bus) -> None:
    """With the reason on stderr, and exit status 1."""
    async with clerk_with_letters(server, bus, 1, 2):
        ended = await irops("dead", "retry", "--all", url=server.url)
    assert (ended.status, ended.out) == (1, "")
    assert [line.split(":")[0] for line in ended.err.splitlines()] == ["clerk.FEED.1", "clerk.FEED.2"]
    assert "not today" in ended.err
    assert len(await letters(bus)) == 2


async def test_retrying_without_the_agent_reports_that_none_answers(server: Server, bus: Bus) -> None:
    """The letter stays."""
    async with clerk_with_letters(server, bus, 1):
        pass
    ended = await irops("dead", "retry", "clerk.FEED.1", url=server.url)
    assert ended.status == 1
    assert "is the agent clerk running?" in ended.err
    assert len(await letters(bus)) == 1


async def test_dropping_removes_the_named_ones_and_no_other(server: Server, bus: Bus) -> None:
    """They are not handled."""
    async with clerk_with_letters(server, bus, 1, 2, 3) as clerk:
        clerk.moody = False
        ended = await irops("dead", "drop", "clerk.FEED.1", "clerk.FEED.3", url=server.url)
    assert (ended.status, ended.out) == (0, "clerk.FEED.1: dropped\nclerk.FEED.3: dropped\n")
    assert clerk.done == []
    assert [letter.sequence for letter in await letters(bus)] == [2]


async def test_naming_no_letter_or_an_unknown_one_changes_nothing(server: Server, bus: Bus) -> None:
    """One line names the problem: no id given, a malformed id, or an unknown one."""
    async with clerk_with_letters(server, bus, 1):
        nothing = await irops("dead", "drop", url=server.url)
        no_id = await irops("dead", "drop", "clerk.FEED.*", url=server.url)
        unknown = await irops("dead", "drop", "clerk.FEED.1", "clerk.FEED.7", url=server.url)
    assert [(ended.status, ended.err.count("\n")) for ended in (nothing, no_id, unknown)] == [(2, 1), (2, 1), (1, 1)]
    assert len(await letters(bus)) == 1
