"""`irops marks`, and its lines in `irops status`."""

from typing import Any

import pytest
from msgspec import structs

from bus import Bus, Commit, Fact, Write
from bus.admin.server import Server
from contracts.ledger import BOOKING, BOOKING_CHANGED, BOOKING_STRANDED, Booking, BookingChanged, Party
from contracts.reservations import (
    BOOKING_AMENDED,
    BOOKING_CONTRADICTED,
    BOOKING_WITHDRAWN,
    AmendedJourney,
    BookingAmended,
    BookingContradicted,
    BookingWithdrawn,
    PartySummary,
)
from contracts.subject import Addressed
from tests.agents.notifier.samples import FROM_NEWARK, SAME_AIRPORT, changed, stranded
from tests.irops.command_line import irops

MARKED = structs.replace(changed(after=(FROM_NEWARK,)), pnr="A", marks=("airport",))


TAKEN_BACK: dict[str, Addressed[Any]] = {
    "amended": BOOKING_AMENDED.of(
        BookingAmended(
            pnr="A",
            id="v2",
            version=2,
            after=PartySummary(passengers=1, seats=1),
            journeys=(AmendedJourney(number=1),),
            decided_at=MARKED.decided_at,
        )
    ),
    "withdrawn": BOOKING_WITHDRAWN.of(
        BookingWithdrawn(
            pnr="A", id="v2", version=2, journeys=(AmendedJourney(number=1),), decided_at=MARKED.decided_at
        )
    ),
}


async def record(bus: Bus, *facts: BookingChanged) -> None:
    await bus.emit_once([Fact(BOOKING_CHANGED.of(fact)) for fact in facts])


async def test_marked_trips_are_listed_with_their_marks(server: Server, bus: Bus) -> None:
    """One line per journey, and a count in the status."""
    waits = structs.replace(stranded(), pnr="B", marks=("onward",))
    await record(bus, MARKED, structs.replace(changed(), pnr="C"))
    await bus.emit_once([Fact(BOOKING_STRANDED.of(waits))])
    ended = await irops("marks", url=server.url)
    assert ended.status == 0
    assert ended.out.splitlines() == [
        "A 1  airport  UA 350 2013-02-08 23:00 UTC to BOS",
        "B 1  onward  waits in JFK for seats to BOS",
    ]
    shown = (await irops("status", url=server.url)).out
    assert "2 trips are marked for a person to look at (1 airport, 1 onward)" in " ".join(shown.split())


async def test_a_trip_that_needs_no_look_any_more_is_not_listed(server: Server, bus: Bus) -> None:
    """The last fact about a journey counts."""
    await record(bus, MARKED, structs.replace(changed((FROM_NEWARK,), after=(SAME_AIRPORT,)), pnr="A", id="later"))
    ended = await irops("marks", url=server.url)
    assert (ended.status, ended.out) == (0, "")
    assert "no trip is marked, and no reservation contradicted" in ended.err


@pytest.mark.parametrize("fact", TAKEN_BACK.values(), ids=TAKEN_BACK)
async def test_a_trip_that_the_reservation_system_has_taken_back_is_not_listed(
    server: Server, bus: Bus, fact: Addressed[Any]
) -> None:
    """It is not the trip that the marks were about. Those of other parties stay on the list."""
    await record(bus, MARKED, structs.replace(MARKED, pnr="B"))
    await bus.emit_once([Fact(fact)])
    ended = await irops("marks", url=server.url)
    assert [line.split()[0] for line in ended.out.splitlines()] == ["B"]


def contradiction(pnr: str, version: int) -> BookingContradicted:
    return BookingContradicted(
        pnr=pnr,
        id=f"{pnr}-{version}",
        version=version,
        reason="moved",
        detail="is moved to B6 3; irops has moved it to B6 2",
        decided_at=MARKED.decided_at,
    )


async def test_reservations_that_are_contradicted_are_listed_until_a_later_version_settles_them(
    server: Server, bus: Bus
) -> None:
    """One of A is settled by a later contradiction, that of B by a version that was applied; C has been forgotten."""
    facts = [contradiction(pnr, version) for pnr, version in (("A", 1), ("A", 2), ("B", 1), ("C", 1))]
    bookings = [
        Booking(pnr=pnr, party=Party(passengers=1, seats=1, cabin="economy"), journeys=(), version=2)
        for pnr in ("A", "B")
    ]
    states = [Write(BOOKING.of(booking), 0) for booking in bookings]
    await bus.commit(Commit([Fact(BOOKING_CONTRADICTED.of(fact)) for fact in facts], states))
    ended = await irops("marks", url=server.url)
    assert ended.out.splitlines() == ["A version 2  moved  is moved to B6 3; irops has moved it to B6 2"]
    shown = (await irops("status", url=server.url)).out
    assert "1 reservation waits for a person to decide (1 moved); see `irops marks`" in " ".join(shown.split())
