"""The circuit breaker, alone and in the client."""

import asyncio
from datetime import timedelta

import pytest

from llm.breaker import Breaker
from tests.llm.clients import OXYGEN, SHORT, SOON, WEDDING, Time, Wish, client_of, reason_of
from tests.llm.replies import Hangs, Reply, Says, Status, says
from tests.llm.scripted import Scripted
from tests.support import eventually

PAUSE = timedelta(seconds=10)


def _opened(at: float = 0) -> Breaker:
    breaker = Breaker(failures=3, pause=PAUSE)
    for _ in range(3):
        assert breaker.admits(at)
        breaker.failed(at, "why")
    return breaker


def test_so_many_failures_in_a_row_open_it() -> None:
    """Then nobody is admitted until the pause is over."""
    breaker = _opened()
    assert breaker.is_open(9.9)
    assert not breaker.admits(9.9)


def test_an_answer_in_between_starts_the_count_anew() -> None:
    """In a row, not in all."""
    breaker = Breaker(failures=3, pause=PAUSE)
    for fails in (True, True, False, True, True):
        assert breaker.admits(0)
        if fails:
            breaker.failed(0, "why")
        else:
            breaker.succeeded()
    assert not breaker.is_open(0)


def test_one_call_tries_after_the_pause() -> None:
    """The others still are turned away."""
    breaker = _opened()
    assert [breaker.admits(10) for _ in range(3)] == [True, False, False]


def test_a_trial_that_works_closes_it() -> None:
    """For everyone."""
    breaker = _opened()
    breaker.admits(10)
    breaker.succeeded()
    assert [breaker.admits(10) for _ in range(3)] == [True] * 3


def test_a_trial_that_fails_opens_it_for_another_pause() -> None:
    """At once: it need not fail so many times again."""
    breaker = _opened()
    breaker.admits(10)
    breaker.failed(12, "why")
    assert not breaker.admits(21.9)
    assert breaker.admits(22)


def test_a_trial_given_up_leaves_its_place_to_another() -> None:
    """A cancelled call says nothing about the endpoint."""
    breaker = _opened()
    breaker.admits(10)
    breaker.abandoned()
    assert breaker.admits(10)


@pytest.mark.parametrize("reply", [Status(500), Status(429)], ids=["500", "429"])
async def test_an_endpoint_in_trouble_is_left_alone_for_the_pause(reply: Reply, scripted: Scripted) -> None:
    """It is not even connected to; after the pause one call tries, and an answer closes the breaker."""
    scripted.table.on(WEDDING, reply, always=True).on(OXYGEN, says(Wish(18)), always=True)
    time = Time()
    async with client_of(scripted, time, breaker_failures=2, breaker_pause=PAUSE) as client:
        for _ in range(2):
            assert await reason_of(client) == "unreachable"
        asked = len(scripted.requests)
        assert await reason_of(client, OXYGEN) == "open"
        assert len(scripted.requests) == asked
        time.now += 10
        assert (await client.ask(OXYGEN, Wish, deadline=SOON)).value == Wish(18)


async def test_the_door_says_that_it_is_shut_while_the_endpoint_is_left_alone(scripted: Scripted) -> None:
    """And no longer than that."""
    scripted.table.on(WEDDING, Status(500), always=True)
    time = Time()
    async with client_of(scripted, time, breaker_failures=1, breaker_pause=PAUSE) as client:
        told = [client.blocked]
        await reason_of(client)
        told.append(client.blocked)
        time.now += 10
        told.append(client.blocked)
    assert told == [None, "open", None]


async def test_an_endpoint_that_hangs_is_left_alone_too(scripted: Scripted) -> None:
    """After that nobody waits for it until the deadline."""
    scripted.table.on(WEDDING, Hangs(), always=True)
    async with client_of(scripted, breaker_failures=2, deadline=SHORT) as client:
        assert [await reason_of(client, deadline=SHORT) for _ in range(3)] == ["deadline", "deadline", "open"]


@pytest.mark.parametrize("reply", [Says("no"), Status(400)], ids=["nonsense", "bad request"])
async def test_answers_that_make_no_sense_are_no_trouble_of_the_endpoint(reply: Reply, scripted: Scripted) -> None:
    """It works: the next prompt may fare better."""
    scripted.table.on(WEDDING, reply, always=True).on(OXYGEN, says(Wish()), always=True)
    async with client_of(scripted, breaker_failures=2) as client:
        await client.ask(OXYGEN, Wish, deadline=SOON)
        for _ in range(3):
            await reason_of(client)
        await client.ask(OXYGEN, Wish, deadline=SOON)


async def test_whoever_waits_for_a_slot_when_it_opens_is_turned_away(scripted: Scripted) -> None:
    """Their turn comes, and nothing is asked."""
    scripted.table.on(WEDDING, Status(401)).on(OXYGEN, says(Wish()))
    async with client_of(scripted, breaker_failures=1, concurrency=1) as client:
        reasons = await asyncio.gather(reason_of(client), reason_of(client, OXYGEN))
    assert list(reasons) == ["http", "open"]
    assert scripted.asked(OXYGEN) == 0


async def test_a_call_that_came_late_says_nothing_about_the_endpoint(scripted: Scripted) -> None:
    """It had less than half of the time that an answer may take."""
    scripted.table.on(WEDDING, Hangs(), always=True)
    async with client_of(scripted, breaker_failures=1, deadline=3 * SHORT) as client:
        assert await reason_of(client, deadline=SHORT) == "deadline"
        assert client.blocked is None


async def test_a_call_that_waited_long_for_its_slot_says_nothing_about_the_endpoint(scripted: Scripted) -> None:
    """Too much was asked; the endpoint had no time to answer."""
    scripted.table.on(WEDDING, Hangs(), always=True)
    time = Time()
    async with client_of(scripted, time, breaker_failures=1, concurrency=1, deadline=2 * SHORT) as client:
        first = asyncio.ensure_future(client.ask(WEDDING, Wish, deadline=SOON))
        await eventually(lambda: scripted.under_way, what="the only slot is taken")
        second = asyncio.ensure_future(reason_of(client, deadline=2 * SHORT))
        await eventually(lambda: client.totals.asked == 2, what="the second waits for its slot")
        time.now += 1.5 * SHORT.total_seconds()
        first.cancel()
        assert await second == "deadline"
        await asyncio.gather(first, return_exceptions=True)
        assert await reason_of(client, deadline=SHORT) == "deadline"
