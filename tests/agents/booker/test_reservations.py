"""The booker hears a reservation system, on a real server."""

from typing import Any

from msgspec import structs

from bus import Bus, Commit, Write
from contracts.flights import FLIGHT
from contracts.ledger import SEAT_LEDGER, Holding
from contracts.names import FlightKey, Pnr
from contracts.reservations import (
    BOOKING_AMENDED,
    BOOKING_CONTRADICTED,
    BOOKING_WITHDRAWN,
    RESERVATION_STATUS,
    ReservationStatus,
)
from contracts.subject import Subject
from tests.agents.booker.booker_service import active, wrote
from tests.agents.booker.booker_world import ONE, TWO, booking, flight, key, leg, move, option, seated, state_of
from tests.reservation_system import whole, withdrawn

A = booking("A", [flight()])


async def holders(bus: Bus, flight: FlightKey) -> dict[Pnr, Holding]:
    entry = (await bus.load([SEAT_LEDGER.key(flight=flight)]))[SEAT_LEDGER.key(flight=flight)]
    assert entry is not None
    return entry.message.holders


async def outcomes(bus: Bus) -> list[str]:
    """The facts about statuses, by kind and party."""
    subjects: tuple[Subject[Any], ...] = (BOOKING_AMENDED, BOOKING_WITHDRAWN, BOOKING_CONTRADICTED)
    facts = [recorded for subject in subjects async for recorded in bus.history(subject)]
    return [".".join(each.subject.split(".")[1:3]) for each in sorted(facts, key=lambda each: each.sequence)]


async def test_what_the_reservation_system_says_is_applied_once(bus: Bus) -> None:
    """A group that is heard again, as after a lost acknowledgement, changes nothing."""
    await wrote(bus, seated([flight(), flight(TWO)], [A]), [A])
    gone = withdrawn("B", 2)
    no_seats = whole(booking("C", [flight()], seats=11), 1)
    group = (whole(booking("A", [flight(TWO)])), whole(booking("B", [flight()])), gone, no_seats)
    async with active(bus) as desk:
        for _ in range(2):
            await desk.hear_reservations(*group)
        assert [x.flight for x in (await desk.booking("A"))[0].all_legs] == [TWO]
        assert (await desk.booking("B"))[0].is_withdrawn
    assert (await holders(bus, ONE), await holders(bus, TWO)) == ({}, {"A": Holding("economy", 1)})
    assert await outcomes(bus) == ["amended.A", "amended.B", "withdrawn.B", "contradicted.C"]


async def test_more_statuses_than_fit_into_one_commit_are_applied(bus: Bus) -> None:
    """A batch takes a thousand messages."""
    await wrote(bus, {ONE: flight(capacity={"economy": 99})}, [])
    async with active(bus) as desk:
        await desk.hear_reservations(*(whole(booking(f"P{at}", [flight()])) for at in range(60)))
    assert len(await holders(bus, ONE)) == 60


async def test_a_plan_made_before_an_amendment_is_stale(bus: Bus) -> None:
    """The party has other flights than the planner saw."""
    await wrote(bus, seated([flight(), flight(TWO), flight(key(3))], [A]), [A])
    async with active(bus) as desk:
        _, revision = await desk.booking("A")
        await desk.hear_reservations(whole(booking("A", [flight(TWO)])))
        await desk.hear(move("A", option(leg(key(3))), booking_revision=revision))
        assert [x.flight for x in (await desk.booking("A"))[0].all_legs] == [TWO]


async def test_a_plan_made_before_a_corrected_contact_still_holds(bus: Bus) -> None:
    """What was found for the party is booked, and its letter goes to the new address."""
    await wrote(bus, seated([flight(), flight(TWO)], [A]), [A])
    party = structs.replace(A.party, contact="ana@example.org")
    async with active(bus) as desk:
        _, revision = await desk.booking("A")
        corrected = ReservationStatus(pnr="A", version=1, booking=structs.replace(A, party=party))
        await desk.hear_reservations(corrected)
        await desk.hear(move("A", option(leg(TWO)), booking_revision=revision))
        after, _ = await desk.booking("A")
    assert ([x.flight for x in after.all_legs], after.party.contact) == ([TWO], "ana@example.org")


async def test_a_late_plan_for_a_withdrawn_booking_is_refused(bus: Bus) -> None:
    await wrote(bus, seated([flight(), flight(TWO)], [A]), [A])
    async with active(bus) as desk:
        _, revision = await desk.booking("A")
        await desk.hear_reservations(withdrawn("A", 1))
        await desk.hear(move("A", option(leg(TWO)), booking_revision=revision))
        assert (await desk.booking("A"))[0].is_withdrawn
    assert await holders(bus, TWO) == {}


async def test_a_codeshare_in_any_spelling_is_the_flight_that_is_flown(bus: Bus) -> None:
    """The leg remembers the number that was bought."""
    sold_as = "EI.5083.JFK.2013-02-08"
    other = state_of(flight(), flight=sold_as, operated_as=ONE)
    await wrote(bus, {ONE: flight()}, [])
    await bus.commit(Commit(states=[Write(FLIGHT.of(other), 0)]))
    theirs = booking("A", [flight("ein.05083.JFK.2013-02-08")])
    async with active(bus) as desk:
        await desk.hear_reservations(ReservationStatus(pnr="A", version=1, booking=theirs))
        (taken,) = (await desk.booking("A"))[0].all_legs
    assert (taken.flight, taken.sold_as) == (ONE, sold_as)


def test_a_status_is_addressed_by_its_party() -> None:
    assert RESERVATION_STATUS.of(whole(booking("A", [flight()]))).name == "feed.reservation.A"
