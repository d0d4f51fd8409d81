"""What the planner knows of seats, on a real server."""

from collections.abc import AsyncIterator

import pytest
from msgspec import structs
from nats.aio.client import Client

from agents.planner.adapters import Knowledge
from agents.planner.domain import Rules
from bus import Bus, Commit, Write
from contracts.ledger import BOOKING, SEAT_LEDGER, Holding, SeatLedger
from tests.agents.planner.planner_worlds import booking, flight, only
from tests.support import Behind

DEAD = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
LAST = flight("B6.2", "JFK-MCO", 18, economy=1)
WHO = booking("A", DEAD)


@pytest.fixture
async def knows(nc: Client) -> AsyncIterator[Knowledge]:
    bus = Bus(nc, source="planner")
    known = Knowledge(bus, Rules())
    await bus.start_views()
    yield known
    await bus.stop_views()


@pytest.mark.parametrize(("holder", "claimed"), [("A", {}), ("B", {(LAST.flight, "economy"): 1})])
async def test_seats_that_a_party_has_got_are_not_kept_for_it_as_well(
    holder: str, claimed: object, knows: Knowledge, bus: Bus
) -> None:
    """Though its plan is still pondered, for nobody has heard yet that it was stored; those another got are no answer to it."""
    knows.ponder(only(WHO, [DEAD, LAST]), WHO)
    taken = SeatLedger(
        flight=LAST.flight,
        destination="MCO",
        phase="scheduled",
        departs=LAST.departs,
        arrives=LAST.arrives,
        capacity={"economy": 1},
        last_change=1,
        holders={holder: Holding("economy", 1)},
    )
    revisions = await bus.commit(Commit([], [Write(SEAT_LEDGER.of(taken), 0)]))
    await knows.reach(max(revisions.values()))
    assert (knows.network[LAST.flight].free, dict(knows.claims.seats)) == ({"economy": 0}, claimed)


async def test_a_booking_is_not_older_than_what_is_known_of_the_flights(nc: Client, bus: Bus) -> None:
    """A replica has the party with its seats still; that they were taken from it is known already."""
    slow = Bus(nc, source="planner", direct=Behind(nc))
    known = Knowledge(slow, Rules())
    await slow.start_views()
    said = BOOKING.of(WHO)
    revision = (await bus.commit(Commit(states=[Write(said, 0)])))[said.name]
    await known.bookings(["A"])
    lost = structs.replace(WHO, legs=(), state="stranded")
    revision = (await bus.commit(Commit(states=[Write(BOOKING.of(lost), revision)])))[said.name]
    await known.reach(revision)
    found, seen, _ = (await known.bookings(["A"]))["A"]
    await slow.stop_views()
    assert (found, seen) == (lost, revision)
