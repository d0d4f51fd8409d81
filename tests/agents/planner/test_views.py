"""What the planner's views hold, on a real server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from nats.aio.client import Client

from agents.planner.domain import Reservations
from agents.planner.views import PlannerViews
from bus import Bus, Commit, Write
from contracts.ledger import ACTIVE_BOOKER, BOOKING, SEAT_LEDGER, WAITLIST, ActiveBooker, WaitlistEntry
from contracts.subject import Addressed
from tests.agents.planner.planner_worlds import NOW, booking, flight, ledger, only
from tests.single_journey import altered
from tests.support import Behind, eventually

CANCELLED = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
LAST = flight("B6.2", "JFK-MCO", 18, economy=1)
WHO = booking("A", CANCELLED)
PLAN = only(WHO, [CANCELLED, LAST])
ONE_SEAT = {(LAST.flight, "economy"): 1}


@pytest.fixture
def reservations() -> Reservations:
    return Reservations()


@pytest.fixture
async def views(nc: Client, reservations: Reservations) -> AsyncIterator[PlannerViews]:
    bus = Bus(nc, source="planner")
    started = PlannerViews(bus, reservations, countries={})
    await bus.start_views()
    yield started
    await bus.stop_views()


@pytest.mark.parametrize(("holder", "reserved"), [("A", {}), ("B", ONE_SEAT)])
async def test_seats_that_a_party_holds_are_not_reserved_for_it_as_well(
    holder: str, reserved: object, views: PlannerViews, reservations: Reservations, bus: Bus
) -> None:
    """Even while its plan is not known to be stored. Seats that another party holds do not end the reservation."""
    reservations.reserve(PLAN, WHO)
    taken = ledger(LAST, holder, economy=1)
    revisions = await bus.commit(Commit([], [Write(SEAT_LEDGER.of(taken), 0)]))
    await views.reach(max(revisions.values()))
    assert (views.network[LAST.flight].free, dict(reservations.seats)) == ({"economy": 0}, reserved)


async def test_a_commit_of_the_booker_ends_the_reservations_of_the_plans_it_has_answered(
    views: PlannerViews, reservations: Reservations, bus: Bus
) -> None:
    """The lease in the commit names the last plan that was answered; a later plan stays reserved."""
    reservations.reserve(PLAN, WHO).confirm(7)
    later = booking("B", CANCELLED)
    reservations.reserve(only(later, [CANCELLED, LAST]), later).confirm(8)
    lease = ActiveBooker(holder="booker", until=NOW, plans_heard=7)
    revisions = await bus.commit(Commit([], [Write(ACTIVE_BOOKER.of(lease), 0)]))
    await views.reach(max(revisions.values()))
    assert (("A", 1) in reservations, ("B", 1) in reservations) == (False, True)


async def test_a_booking_is_not_older_than_the_flights_are_known_at(nc: Client, bus: Bus) -> None:
    """The replica that answers reads still has the party with its seats; the view of flights has seen them taken away."""
    slow = Bus(nc, source="planner", direct=Behind(nc))
    views = PlannerViews(slow, Reservations(), countries={})
    await slow.start_views()
    first = BOOKING.of(WHO)
    revision = (await bus.commit(Commit(states=[Write(first, 0)])))[first.name]
    await views.bookings(["A"])
    stranded = altered(WHO, legs=(), state="stranded")
    revision = (await bus.commit(Commit(states=[Write(BOOKING.of(stranded), revision)])))[first.name]
    await views.reach(revision)
    found = (await views.bookings(["A"]))["A"]
    await slow.stop_views()
    assert (found.booking, found.revision) == (stranded, revision)


async def test_commits_wait_while_the_flights_are_frozen(
    views: PlannerViews, reservations: Reservations, bus: Bus
) -> None:
    """A window is planned on flights and reservations of one moment; what was committed meanwhile shows after it."""
    reservations.reserve(PLAN, WHO).confirm(7)
    await bus.commit(Commit([], [Write(SEAT_LEDGER.of(ledger(LAST, economy=1)), 0)]))
    first = await bus.commit(Commit([], [Write(SEAT_LEDGER.of(ledger(CANCELLED, economy=1)), 0)]))
    await views.reach(max(first.values()))
    with views.frozen():
        at = views.as_of
        lease = ActiveBooker(holder="booker", until=NOW, plans_heard=7)
        waits = WaitlistEntry(pnr="B", origin="JFK", destination="MCO", seats=1)
        states: list[Addressed[Any]] = [ACTIVE_BOOKER.of(lease), WAITLIST.of(waits)]
        taken = Write(SEAT_LEDGER.of(ledger(LAST, "A", economy=1)), at - 1)
        later = max((await bus.commit(Commit([], [taken, *(Write(state, 0) for state in states)]))).values())
        reached = asyncio.create_task(views.reach(later))
        await eventually(lambda: views.waitlist_entry(("B", 1)), what="the commit in the views")
        assert (views.as_of, views.network[LAST.flight].free, reached.done()) == (at, {"economy": 1}, False)
        assert dict(reservations.seats) == ONE_SEAT
    await reached
    assert (views.as_of, views.network[LAST.flight].free, dict(reservations.seats)) == (later, {"economy": 0}, {})
