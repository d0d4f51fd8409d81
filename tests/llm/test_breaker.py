"""The circuit breaker, alone and in a client."""

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


def test_consecutive_failures_open_it_for_the_pause() -> None:
    """It says why."""
    breaker = _opened()
    assert breaker.is_open(9.9)
    assert not breaker.admits(9.9)
    assert breaker.why == "why"


def test_a_success_resets_the_count() -> None:
    """Only consecutive failures count."""
    breaker = Breaker(failures=3, pause=PAUSE)
    for fails in (True, True, False, True, True):
        assert breaker.admits(0)
        if fails:
            breaker.failed(0, "why")
        else:
            breaker.succeeded()
    assert not breaker.is_open(0)


def test_one_trial_call_is_admitted_after_the_pause() -> None:
    """The others are still turned away."""
    breaker = _opened()
    assert [breaker.admits(10) for _ in range(3)] == [True, False, False]


def test_a_successful_trial_closes_it() -> None:
    """All calls are admitted again."""
    breaker = _opened()
    breaker.admits(10)
    breaker.succeeded()
    assert [breaker.admits(10) for _ in range(3)] == [True] * 3


def test_a_failed_trial_opens_it_for_another_pause() -> None:
    """One failure is enough then."""
    breaker = _opened()
    breaker.admits(10)
    breaker.failed(12, "why")
    assert not breaker.admits(21.9)
    assert breaker.admits(22)


def test_an_abandoned_trial_lets_another_call_try() -> None:
    """A cancelled call says nothing about the endpoint."""
    breaker = _opened()
    breaker.admits(10)
    breaker.abandoned()
    assert breaker.admits(10)


def test_an_unusable_endpoint_opens_it_at_once() -> None:
    """No question can succeed, so there is nothing to count."""
    breaker = Breaker(failures=3, pause=PAUSE)
    assert breaker.admits(0)
    breaker.unusable(0, "wrong key")
    assert (breaker.is_open(0), breaker.why) == (True, "wrong key")


def test_the_reason_stays_until_a_call_succeeds() -> None:
    """Also during a trial."""
    breaker = _opened()
    assert breaker.admits(10)
    assert breaker.why == "why"
    breaker.succeeded()
    assert breaker.why == ""


@pytest.mark.parametrize("reply", [Status(500), Status(429)], ids=["500", "429"])
async def test_a_failing_endpoint_is_not_called_during_the_pause(reply: Reply, scripted: Scripted) -> None:
    """After it one call tries, and an answer closes the breaker."""
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


async def test_the_client_is_blocked_while_the_breaker_is_open(scripted: Scripted) -> None:
    """And no longer."""
    scripted.table.on(WEDDING, Status(500), always=True)
    time = Time()
    async with client_of(scripted, time, breaker_failures=1, breaker_pause=PAUSE) as client:
        blocked = [client.blocked]
        await reason_of(client)
        blocked.append(client.blocked)
        time.now += 10
        blocked.append(client.blocked)
    assert blocked == [None, "open", None]


async def test_a_hanging_endpoint_opens_it_too(scripted: Scripted) -> None:
    """After that no call waits for its deadline."""
    scripted.table.on(WEDDING, Hangs(), always=True)
    async with client_of(scripted, breaker_failures=2, deadline=SHORT) as client:
        assert [await reason_of(client, deadline=SHORT) for _ in range(3)] == ["deadline", "deadline", "open"]


@pytest.mark.parametrize("reply", [Says("no"), Status(400)], ids=["nonsense", "bad request"])
async def test_useless_answers_do_not_count(reply: Reply, scripted: Scripted) -> None:
    """The endpoint works: the next question may be answered."""
    scripted.table.on(WEDDING, reply, always=True).on(OXYGEN, says(Wish()), always=True)
    async with client_of(scripted, breaker_failures=2) as client:
        await client.ask(OXYGEN, Wish, deadline=SOON)
        for _ in range(3):
            await reason_of(client)
        await client.ask(OXYGEN, Wish, deadline=SOON)


async def test_a_call_waiting_for_a_slot_is_turned_away_when_it_opens(scripted: Scripted) -> None:
    """It gets its slot and makes no request."""
    scripted.table.on(WEDDING, Status(401)).on(OXYGEN, says(Wish()))
    async with client_of(scripted, breaker_failures=1, concurrency=1) as client:
        reasons = await asyncio.gather(reason_of(client), reason_of(client, OXYGEN))
    assert list(reasons) == ["http", "open"]
    assert scripted.asked(OXYGEN) == 0


async def test_a_call_with_little_time_left_does_not_count(scripted: Scripted) -> None:
    """It had less than half of the configured deadline."""
    scripted.table.on(WEDDING, Hangs(), always=True)
    async with client_of(scripted, breaker_failures=1, deadline=3 * SHORT) as client:
        assert await reason_of(client, deadline=SHORT) == "deadline"
        assert client.blocked is None


async def test_a_call_that_waited_long_for_its_slot_does_not_count(scripted: Scripted) -> None:
    """The endpoint had too little time to answer."""
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
