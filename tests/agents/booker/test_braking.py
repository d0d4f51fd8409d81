"""The active booker sets and ends brakes: the race with a commit, its memory, and what it refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from nats.aio.client import Client

from bus import AskFailed, Bus, Commit, StandDown
from contracts.brakes import (
    BRAKE_ENDED,
    BRAKE_SET,
    BRAKED,
    BRAKES,
    PACE,
    BrakeEnded,
    Brakes,
    EndBrake,
    Scope,
    SetBrake,
)
from contracts.forget import ForgetParty
from contracts.ledger import BOOKING_CHANGED
from contracts.plans import PLAN_REFUSED
from tests.agents.booker.booker_service import Desk, active, wrote
from tests.agents.booker.booker_world import NOW, ONE, TWO, booking, flight, leg, move, option, seated
from tests.support import eventually

MINUTE = timedelta(minutes=1)
CLOSED = flight(phase="cancelled", last_fact=1, last_disruption=1)
A, B = booking("A", [flight()]), booking("B", [flight()])
BRAKE = SetBrake(scope=Scope(airport="JFK"), by="ops", why="fog")
END = EndBrake(scope=BRAKE.scope, by="ops")


class Held(Bus):
    """Has each commit; holds up those with facts about bookings while it is `shut`."""

    shut = False
    holds = False
    opened: asyncio.Event
    commits: list[Commit]

    async def commit(self, commit: Commit) -> dict[str, int]:
        self.commits.append(commit)
        if self.shut and any("booking.changed" in fact.addressed.name for fact in commit.facts):
            self.holds = True
            await self.opened.wait()
        return await super().commit(commit)


@asynccontextmanager
async def held(nc: Client) -> AsyncIterator[Held]:
    bus = Held(nc, source="booker")
    bus.opened = asyncio.Event()
    bus.commits = []
    await bus.start_views()
    yield bus
    await bus.stop_views()


async def begin(bus: Bus) -> None:
    await wrote(bus, seated([CLOSED, flight(TWO)], [A, B]), [A, B])


async def plan_of(desk: Desk, pnr: str, id_: str = "") -> None:
    _, revision = await desk.booking(pnr)
    await desk.hear(move(pnr, option(leg(TWO)), booking_revision=revision, id=id_ or f"plan-{pnr}"))


async def moved(desk: Desk, pnr: str) -> bool:
    return (await desk.booking(pnr))[0].all_legs[0].flight == TWO


async def in_force(bus: Bus) -> Brakes:
    entry = (await bus.load([BRAKES.key()]))[BRAKES.key()]
    return entry.message if entry else Brakes()


async def test_a_brake_set_at_the_moment_of_a_commit_is_in_force_for_all_after_it(nc: Client, bus: Bus) -> None:
    """The commit that was decided before goes first, and the brake is set after it: the ledger has them in that order."""
    await begin(bus)
    async with held(nc) as slow, active(slow) as desk:
        slow.shut = True
        committing = asyncio.create_task(plan_of(desk, "A"))
        await eventually(lambda: slow.holds, what="a commit that is held up")
        setting = asyncio.create_task(desk.booker.set_brake(BRAKE))
        slow.opened.set()
        await committing
        assert (await setting).brake.n == 1
        await plan_of(desk, "B")
        assert (await moved(desk, "A"), await moved(desk, "B")) == (True, False)
    fact, brake = BOOKING_CHANGED.key(pnr="A", id="plan-A"), BRAKE_SET.key(n=1)
    at = await bus.load([fact, brake])
    assert at.revision(fact) < at.revision(brake)


async def test_what_another_booker_decided_before_the_brake_is_not_stored_after_it(nc: Client, bus: Bus) -> None:
    """It had a plan decided and was held up; its place was taken, and the brake was set by its successor."""
    await begin(bus)
    async with held(nc) as slow, active(slow, holder="one") as before:
        slow.shut = True
        committing = asyncio.create_task(plan_of(before, "A"))
        await eventually(lambda: slow.holds, what="a commit that is held up")
        async with active(bus, holder="two") as after:
            await after.booker.set_brake(BRAKE)
            slow.opened.set()
            with pytest.raises(StandDown):
                await committing
            assert not await moved(after, "A")
            await plan_of(after, "A")
            assert not await moved(after, "A")


async def test_the_next_booker_knows_brakes_and_who_waits(bus: Bus) -> None:
    """Also that a journey has waited before."""
    await begin(bus)
    async with active(bus, holder="one") as desk:
        await desk.booker.set_brake(BRAKE)
        await plan_of(desk, "A", "first")
    async with active(bus, holder="two") as desk:
        await plan_of(desk, "A", "second")
        await plan_of(desk, "B")
        assert (await desk.booker.end_brake(END)).waiting == 2
        await desk.booker.by_time.look_again(NOW)
        refused = [found.message.id async for found in bus.history(PLAN_REFUSED)]
        assert refused == ["first", "second", "plan-B"]
    async with active(bus, holder="three") as desk:
        await desk.booker.set_brake(BRAKE)
        await plan_of(desk, "A", "third")
        assert [found.message.plans[0].id async for found in bus.history(BRAKED)] == ["third"]


async def test_a_redelivered_plan_is_put_aside_once_and_refused_once(bus: Bus) -> None:
    await begin(bus)
    async with active(bus) as desk:
        await desk.booker.set_brake(BRAKE)
        await plan_of(desk, "A")
        await plan_of(desk, "A")
        assert [len(found.message.plans) async for found in bus.history(BRAKED)] == [1]
        await desk.booker.end_brake(END)
        await desk.booker.by_time.look_again(NOW)
        await plan_of(desk, "A")
        assert not await moved(desk, "A")


async def test_a_brake_asked_for_again_is_the_same_and_another_replaces_it(bus: Bus) -> None:
    """An operator whose answer was lost asks again."""
    await begin(bus)
    async with active(bus) as desk:
        for _ in range(2):
            assert (await desk.booker.set_brake(BRAKE)).brake.n == 1
        until = bus.now() + 10 * MINUTE
        again = SetBrake(scope=BRAKE.scope, by="ops", why="still fog", until=until)
        assert (await desk.booker.set_brake(again)).brake.n == 2
        found = await in_force(bus)
        assert [(brake.n, brake.why, brake.until) for brake in found.brakes] == [(2, "still fog", until)]
    (ended,) = [found.message async for found in bus.history(BRAKE_ENDED)]
    assert (ended.n, ended.replaced_by) == (1, 2)


async def test_what_waits_for_a_brake_that_is_replaced_is_released(bus: Bus) -> None:
    """And is put aside again where the other brake is on it too."""
    await begin(bus)
    async with active(bus) as desk:
        await desk.booker.set_brake(BRAKE)
        await plan_of(desk, "A")
        await desk.booker.set_brake(SetBrake(scope=BRAKE.scope, by="ops", why="snow"))
        await desk.booker.by_time.look_again(NOW)
        assert [found.message.id async for found in bus.history(PLAN_REFUSED)] == ["plan-A"]


async def test_a_brake_ends_when_it_is_due_and_the_ledger_says_so_by_nobodys_word(bus: Bus) -> None:
    await begin(bus)
    async with active(bus) as desk:
        until = bus.now() + MINUTE
        await desk.booker.set_brake(SetBrake(scope=BRAKE.scope, by="ops", why="fog", until=until))
        assert desk.booker.by_time.wakes_at() == until
        await desk.booker.by_time.look_again(until)
        assert (await in_force(bus)).brakes == ()
        assert desk.booker.by_time.wakes_at() is None
    (ended,) = [found.message async for found in bus.history(BRAKE_ENDED)]
    assert isinstance(ended, BrakeEnded)
    assert (ended.n, ended.by) == (1, "")


async def test_the_pace_of_a_cap_is_known_to_the_next_booker_and_goes_with_it(bus: Bus) -> None:
    await begin(bus)
    cap = SetBrake(scope=Scope(), by="ops", why="look at each", moves_a_minute=1)
    async with active(bus, holder="one") as desk:
        await desk.booker.set_brake(cap)
        await plan_of(desk, "A")
        assert await moved(desk, "A")
    async with active(bus, holder="two") as desk:
        await plan_of(desk, "B")
        assert not await moved(desk, "B")
        await desk.booker.end_brake(EndBrake(scope=Scope(), by="ops"))
        assert [found async for found in bus.history(PACE)] == []


async def test_a_party_that_waits_can_be_forgotten(bus: Bus) -> None:
    """Nothing of it is left among those that wait."""
    await begin(bus)
    async with active(bus) as desk:
        await desk.booker.set_brake(BRAKE)
        await plan_of(desk, "A")
        await desk.booker.forget(ForgetParty(pnr="A", flights=(ONE,)))
        assert [found async for found in bus.history(BRAKED)] == []
        await desk.booker.end_brake(END)
        assert desk.booker.by_time.wakes_at() is None


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (SetBrake(scope=Scope(airport="JFK", carrier="B6"), by="ops", why="fog"), "names several"),
        (SetBrake(scope=Scope(), by="ops", why="fog", until=NOW), "it would end at 2013-02-08 12:00:00 UTC"),
    ],
)
async def test_a_brake_that_makes_no_sense_is_refused(bus: Bus, question: SetBrake, why: str) -> None:
    await begin(bus)
    async with active(bus) as desk:
        with pytest.raises(AskFailed, match=why):
            await desk.booker.set_brake(question)


async def test_the_end_of_a_brake_that_there_is_not_is_refused(bus: Bus) -> None:
    await begin(bus)
    async with active(bus) as desk:
        with pytest.raises(AskFailed, match="there is no brake on JFK"):
            await desk.booker.end_brake(END)


async def test_a_scope_is_known_by_its_key_however_it_is_spelled(bus: Bus) -> None:
    await begin(bus)
    async with active(bus) as desk:
        spelled = Scope(flight="jbu.0001.JFK.2013-02-08"), Scope(carrier="JBU")
        for scope in spelled:
            await desk.booker.set_brake(SetBrake(scope=scope, by="ops", why="fog"))
        assert [str(brake.scope) for brake in (await in_force(bus)).brakes] == [ONE, "B6"]


async def test_without_any_brake_nothing_is_written_about_brakes(nc: Client, bus: Bus) -> None:
    """A plan is committed with the messages that it always had."""
    await begin(bus)
    async with held(nc) as slow, active(slow) as desk:
        await plan_of(desk, "A")
    names = {name.split(".")[0] + "." + name.split(".")[1] for commit in slow.commits for name, _ in commit.names}
    assert names == {"booking.changed", "ledger.booking", "ledger.flight", "ledger.active"}
