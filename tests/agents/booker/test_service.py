"""The active booker: faults that it meets, and what it cannot know from before its term."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from nats.aio.client import Client

from agents.booker.lease import Lease
from bus import Bus, Commit, Write
from bus.clock import monotonic, wall
from contracts.layouts import LAYOUT, Layout, Section
from contracts.ledger import BOOKING, SEAT_LEDGER, Booking, SeatLedger
from contracts.plans import PLAN_REFUSED
from tests.agents.booker.booker_service import Desk, active, wrote
from tests.agents.booker.booker_world import (
    NOW,
    ONE,
    TWO,
    Ledgers,
    booking,
    flight,
    hours,
    key,
    leg,
    move,
    none,
    option,
    seated,
)
from tests.single_journey import altered
from tests.support import Behind, eventually

CLOSED = flight(phase="cancelled", last_fact=1, last_disruption=1)
A = booking("A", [flight()])


async def broken(bus: Bus) -> tuple[SeatLedger, int]:
    """A ledger without a seat for A, whose booking has one; get its flight's entry and revision."""
    await wrote(bus, {ONE: CLOSED, TWO: flight(TWO)}, [A])
    entry = (await bus.load([SEAT_LEDGER.key(flight=ONE)]))[SEAT_LEDGER.key(flight=ONE)]
    assert entry is not None
    return entry.message, entry.revision


async def mend(bus: Bus, revision: int) -> None:
    ledgers: Ledgers = seated([CLOSED], [A])
    await bus.commit(Commit(states=[Write(SEAT_LEDGER.of(ledgers[ONE]), revision)]))


async def test_a_plan_from_before_the_bookers_term_strands_no_party(bus: Bus) -> None:
    """A booker before it may have refused the party something since the plan was made."""
    await wrote(bus, seated([CLOSED], [A]), [A])
    async with active(bus, holder="one") as desk:
        as_of = desk.term
    async with active(bus, holder="two") as desk:
        _, revision = await desk.booking("A")
        await desk.hear(none("A", leg(ONE, 1), booking_revision=revision, as_of=as_of, id="old"))
        assert (await moved(desk)).journeys[0].legs == A.journeys[0].legs
        await desk.hear(none("A", leg(ONE, 1), booking_revision=revision, as_of=bus.written["LEDGER"], id="new"))
        assert (await moved(desk)).journeys[0].state == "stranded"


async def test_the_next_booker_knows_where_a_party_stranded_in_the_air_is(bus: Bus) -> None:
    """It reads the flights that the party has flown together with all others."""
    aloft = flight(destination="BOS", phase="departed", departs=NOW - hours(1), arrives=NOW + hours(5))
    dead = flight(key(2, "BOS"), phase="cancelled", last_fact=1, last_disruption=1)
    sooner, later = (
        flight(key(n, "BOS"), departs=NOW + hours(in_), arrives=NOW + hours(15)) for n, in_ in ((3, 3), (4, 6))
    )
    party = booking("A", [aloft, dead])
    await wrote(bus, seated([aloft, dead, sooner, later], [party]), [party])
    async with active(bus, holder="one") as desk:
        _, revision = await desk.booking("A")
        await desk.hear(
            none("A", leg(ONE), leg(dead.flight, 1), booking_revision=revision, as_of=bus.written["LEDGER"], id="none")
        )
        assert (await moved(desk)).journeys[0].legs == ()
    async with active(bus, holder="two") as desk:
        _, revision = await desk.booking("A")
        for onward, legs in ((sooner, []), (later, [ONE, later.flight])):
            plan = move(
                "A",
                option(leg(onward.flight)),
                booking_revision=revision,
                follows="none",
                id=onward.flight.split(".")[1],
            )
            await desk.hear(plan)
            assert [x.flight for x in (await moved(desk)).journeys[0].legs] == legs


async def moved(desk: Desk) -> Booking:
    return (await desk.booking("A"))[0]


async def test_a_plan_that_meets_a_fault_soon_counts_as_heard(bus: Bus) -> None:
    """The booker publishes that it has heard it, even without another plan: the party can be planned again."""
    await broken(bus)
    async with active(bus) as desk:
        _, revision = await desk.booking("A")
        with pytest.raises(KeyError):
            await desk.hear(move("A", option(leg(TWO)), booking_revision=revision), first=7)

        async def heard() -> bool:
            return (await desk.lease()).plans_heard == 7

        await eventually(heard, what="the plan counted as heard")


async def test_a_plan_that_met_a_fault_is_committed_when_it_is_tried_again_on_a_sound_ledger(bus: Bus) -> None:
    """By the booker that is active then."""
    _, wrong = await broken(bus)
    async with active(bus, holder="one") as desk:
        _, revision = await desk.booking("A")
        plan = move("A", option(leg(TWO)), booking_revision=revision)
        with pytest.raises(KeyError):
            await desk.hear(plan)
    await mend(bus, wrong)
    async with active(bus, holder="two") as desk:
        await desk.hear(plan)
        assert [x.flight for x in (await moved(desk)).journeys[0].legs] == [TWO]


async def test_a_committed_plan_that_comes_again_is_not_refused_for_what_came_after_it(bus: Bus) -> None:
    """Its party has moved on by another plan since, and its answer is final."""
    third = flight(key(3))
    await wrote(bus, seated([CLOSED, flight(TWO), third], [A]), [A])
    async with active(bus) as desk:
        _, revision = await desk.booking("A")
        first = move("A", option(leg(TWO)), booking_revision=revision, id="first")
        await desk.hear(first)
        await desk.hear(move("A", option(leg(key(3))), booking_revision=revision, follows="first", id="second"))
        await desk.hear(first)
        assert [x.flight for x in (await moved(desk)).journeys[0].legs] == [key(3)]
    assert await refusals(bus) == []


async def test_a_refused_plan_that_comes_again_is_not_committed(bus: Bus) -> None:
    """It would hold now: the flight is known by then."""
    await wrote(bus, seated([CLOSED], [A]), [A])
    async with active(bus) as desk:
        _, revision = await desk.booking("A")
        plan = move("A", option(leg(TWO)), booking_revision=revision)
        await desk.hear(plan)
        state = SEAT_LEDGER.of(flight(TWO))
        await bus.commit(Commit(states=[Write(state, 0)]))
        await desk.hear(plan)
        assert (await moved(desk)).journeys[0].legs == A.journeys[0].legs
    assert await refusals(bus) == [plan.id]


async def refusals(bus: Bus) -> list[str]:
    return [refused.message.id async for refused in bus.history(PLAN_REFUSED)]


@asynccontextmanager
async def behind(nc: Client) -> AsyncIterator[Bus]:
    """A booker's bus that repeats its first answer to each read."""
    bus = Bus(nc, source="booker", direct=Behind(nc))
    await bus.start_views()
    yield bus
    await bus.stop_views()


async def test_a_plan_is_decided_on_what_its_planner_has_seen(nc: Client, bus: Bus) -> None:
    """A replica has the party as it waited. It has got a seat since, on a flight that is cancelled, and has to wait again."""
    waits = altered(A, legs=(), state="stranded", last_fact="waits")
    await wrote(bus, seated([CLOSED], [A]), [waits])
    async with behind(nc) as slow:
        await slow.load([BOOKING.key(pnr="A")])
        state = BOOKING.of(A)
        revision = (await bus.load([BOOKING.key(pnr="A")])).revision(BOOKING.key(pnr="A"))
        seen = (await bus.commit(Commit(states=[Write(state, revision)])))[state.name]
        async with active(slow) as desk:
            as_of = slow.written["LEDGER"]
            await desk.hear(none("A", leg(ONE, 1), booking_revision=seen, as_of=as_of))
    entry = (await bus.load([BOOKING.key(pnr="A")]))[BOOKING.key(pnr="A")]
    assert entry is not None
    assert (entry.message.journeys[0].state, entry.message.journeys[0].last_fact) == ("stranded", "plan-A")


async def test_a_booker_does_not_stand_down_for_its_predecessor(nc: Client, bus: Bus) -> None:
    """A replica still has the predecessor's lease, and a conflict makes the booker read it."""
    async with active(bus, holder="before"):
        pass
    async with behind(nc) as slow:
        lease = Lease(
            slow, holder="now", length=timedelta(seconds=9), renew=timedelta(seconds=3), wall=wall, monotonic=monotonic
        )
        await lease.acquire()
        await lease.check()
        await slow.commit(Commit(states=[lease.renewal()]))


async def test_seats_by_number_are_given_out_by_the_layout_that_was_published(bus: Bus) -> None:
    """It is read when a flight has it. Who had none gets the one that is given up."""
    layout = Layout(layout="tiny", sections=(Section(cabin="economy", first=1, last=1, letters="A"),))
    await bus.commit(Commit(states=[Write(LAYOUT.of(layout), 0)]))
    gone = flight(layout="tiny", numbers={"A": ("1A",)}, phase="scheduled", last_fact=1, last_disruption=1)
    waits = booking("B", [flight()])
    ledgers = seated([gone, flight(TWO, layout="tiny")], [A, waits])
    await wrote(bus, ledgers, [A, waits])
    async with active(bus) as desk:
        _, revision = await desk.booking("A")
        await desk.hear(move("A", option(leg(TWO)), booking_revision=revision))
    keys = [SEAT_LEDGER.key(flight=each) for each in (ONE, TWO)]
    loaded = await bus.load(keys)
    numbers = [entry.message.numbers for each in keys if (entry := loaded[each])]
    assert numbers == [{"B": ("1A",)}, {"A": ("1A",)}]
