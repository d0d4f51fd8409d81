"""A party that is forgotten: the ledger names it nowhere, and nothing brings it back."""

from typing import Any

import pytest
from msgspec import structs
from nats.aio.client import Client

from agents.booker.domain import forget
from bus import AskFailed, Bus, Commit, Conflict, Fact, Write
from bus.operations import call
from contracts.asks import ImportBookings
from contracts.forget import TOMBSTONE, TOMBSTONE_SALT, ForgetParty, tombstone_digest
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    WAITLIST,
    SeatLedger,
    SeatsDisrupted,
    SeatsFreed,
    WaitlistEntry,
)
from contracts.plans import PLAN_REFUSED
from contracts.subject import Key
from tests.agents.booker.booker_service import Desk, active, wrote
from tests.agents.booker.booker_world import DEPARTS, NOW, ONE, TWO, booking, flight, hours, leg, move, option, seated
from tests.support import Behind

A, B = booking("A", [flight()]), booking("B", [flight()])


def named(*parties: str, n: int = 1) -> SeatsDisrupted:
    return SeatsDisrupted(flight=ONE, n=n, kind="retimed", parties=parties, departs=DEPARTS, arrives=DEPARTS)


def test_its_seats_are_freed_by_a_fact() -> None:
    """On a flight that can still be sold; the others keep theirs."""
    ledgers = seated([flight(last_fact=2)], [A, B])
    change = forget("A", flights=ledgers, facts=[], sellable_from=NOW)
    assert list(change.seats[ONE].holders) == ["B"]
    assert (change.freed, change.seats[ONE].last_fact) == ((SeatsFreed(flight=ONE, n=3),), 3)


@pytest.mark.parametrize(
    "left", [flight(phase="departed"), flight(phase="cancelled"), flight(departs=NOW)], ids=["gone", "dead", "soon"]
)
def test_seats_that_cannot_be_sold_are_freed_without_a_fact(left: SeatLedger) -> None:
    """No stranded party could have them."""
    ledgers = seated([left], [A])
    change = forget("A", flights=ledgers, facts=[], sellable_from=NOW + hours(0.5))
    assert (change.seats[ONE].holders, change.freed) == ({}, ())


def test_it_is_not_named_among_the_offloaded() -> None:
    """Also of a flight on which it holds no seat any more."""
    ledger = flight(offloaded=("A", "B"), phase="departed")
    change = forget("A", flights={ONE: ledger, TWO: flight(TWO)}, facts=[], sellable_from=NOW)
    assert change.seats == {ONE: structs.replace(ledger, offloaded=("B",))}


def test_a_fact_that_names_others_too_is_redacted() -> None:
    """And a fact that does not name it stays as it is."""
    change = forget("A", flights={}, facts=[named("A", "B"), named("B", n=2)], sellable_from=NOW)
    assert change.redacted == (named("B"),)


async def forgotten(bus: Bus, desk: Desk) -> int:
    """A and B hold seats and were named by a fact, and A is also on the waitlist; then A is forgotten."""
    facts = [Fact(SEATS_DISRUPTED.of(named("A", "B")))]
    waits = WaitlistEntry(pnr="A", origin="JFK", destination="SFO", seats=1)
    await bus.commit(Commit(facts, [Write(WAITLIST.of(waits), 0)]))
    return (await desk.booker.forget(ForgetParty(pnr="A"))).upto


async def test_booking_waitlist_entry_seats_and_mentions_go_in_one_commit(bus: Bus) -> None:
    """The last message of it is the lease."""
    await wrote(bus, seated([flight(last_fact=1)], [A, B]), [A, B])
    async with active(bus) as desk:
        upto = await forgotten(bus, desk)
        keys: tuple[Key[Any], ...] = (
            BOOKING.key(pnr="A"), WAITLIST.key(pnr="A", journey=1), SEAT_LEDGER.key(flight=ONE),
            SEATS_DISRUPTED.key(flight=ONE, n=1), ACTIVE_BOOKER.key(),
        )  # fmt: skip
        loaded = await bus.load(keys)
    assert [loaded[key] for key in keys[:2]] == [None, None]
    assert [str(loaded[key]).count("'A'") for key in keys[2:4]] == [0, 0]
    assert loaded.revision(ACTIVE_BOOKER.key()) >= upto


async def test_a_late_plan_is_dropped_without_a_fact(bus: Bus) -> None:
    """A refusal would name it again."""
    await wrote(bus, seated([flight(), flight(TWO)], [A]), [A])
    async with active(bus) as desk:
        _, revision = await desk.booking("A")
        await desk.booker.forget(ForgetParty(pnr="A"))
        plan = move("A", option(leg(TWO)), booking_revision=revision)
        await desk.hear(plan)
        key = PLAN_REFUSED.key(pnr="A", id=plan.id)
        assert (await bus.load([key]))[key] is None


async def test_a_plan_for_an_unknown_party_is_still_refused(bus: Bus) -> None:
    """Only a tombstone makes it a late plan."""
    await wrote(bus, seated([flight(), flight(TWO)], [A]), [A])
    async with active(bus) as desk:
        await desk.booker.forget(ForgetParty(pnr="A"))
        plan = move("B", option(leg(TWO)))
        await desk.hear(plan)
        key = PLAN_REFUSED.key(pnr="B", id=plan.id)
        assert (await bus.load([key]))[key] is not None


async def test_its_booking_cannot_be_imported_again(bus: Bus) -> None:
    """By the next active booker either: the tombstone is in the ledger."""
    await wrote(bus, seated([flight()], [A]), [A])
    async with active(bus) as desk:
        await desk.booker.forget(ForgetParty(pnr="A"))
    async with active(bus, holder="two") as desk:
        answer = await desk.booker.import_bookings(ImportBookings(bookings=(A, B)))
    assert (answer.taken, answer.refused) == (1, {"A": "has been forgotten: no booking can have this PNR again"})


async def test_a_commit_that_is_stored_late_cannot_bring_it_back(bus: Bus) -> None:
    """Once purged, the booking's key is new again, but the batch expects a lease that has moved since."""
    await wrote(bus, seated([flight()], [B]), [B])
    async with active(bus) as desk:
        await desk.booker.import_bookings(ImportBookings(bookings=(A,)))
        lease = (await bus.load([ACTIVE_BOOKER.key()]))[ACTIVE_BOOKER.key()]
        assert lease
        await desk.booker.forget(ForgetParty(pnr="A"))
        await call(bus.nc, "STREAM.PURGE.LEDGER", {"filter": BOOKING.key(pnr="A").name})
        ghost = Commit(states=[Write(BOOKING.of(A), 0), Write(ACTIVE_BOOKER.of(lease.message), lease.revision)])
        with pytest.raises(Conflict):
            await bus.commit(ghost)


async def test_it_can_be_forgotten_twice(bus: Bus) -> None:
    """The second time removes mentions that were added since."""
    await wrote(bus, seated([flight(last_fact=1)], [A, B]), [A, B])
    async with active(bus) as desk:
        await desk.booker.forget(ForgetParty(pnr="A"))
        await bus.commit(Commit([Fact(SEATS_DISRUPTED.of(named("A", "B")))]))
        await desk.booker.forget(ForgetParty(pnr="A", flights=(ONE,)))
        key = SEATS_DISRUPTED.key(flight=ONE, n=1)
        entry = (await bus.load([key]))[key]
    assert entry is not None
    assert entry.message.parties == ("B",)


async def test_an_unknown_party_cannot_be_forgotten(bus: Bus) -> None:
    """A typing error must not keep a later party out."""
    await wrote(bus, seated([flight()], [A]), [A])
    async with active(bus) as desk:
        with pytest.raises(AskFailed, match="no booking has this PNR"):
            await desk.booker.forget(ForgetParty(pnr="TYPO"))


async def test_a_late_plan_is_dropped_by_a_booker_that_reads_from_a_replica_behind(nc: Client, bus: Bus) -> None:
    """The replica still has the party, and no tombstone."""
    await wrote(bus, seated([flight(), flight(TWO)], [A, B]), [A, B])
    slow = Bus(nc, source="booker", direct=Behind(nc))
    await slow.start_views()
    async with active(slow) as desk:
        _, revision = await desk.booking("A")
        await desk.booker.forget(ForgetParty(pnr="B"))
        salt = (await bus.load([TOMBSTONE_SALT.key()]))[TOMBSTONE_SALT.key()]
        assert salt
        await slow.load([TOMBSTONE.key(digest=tombstone_digest("A", salt.message.salt))])
        await desk.booker.forget(ForgetParty(pnr="A"))
        plan = move("A", option(leg(TWO)), booking_revision=revision)
        await desk.hear(plan)
    await slow.stop_views()
    loaded = await bus.load([PLAN_REFUSED.key(pnr="A", id=plan.id), BOOKING.key(pnr="A")])
    assert loaded.revision(PLAN_REFUSED.key(pnr="A", id=plan.id)) == 0
    assert loaded[BOOKING.key(pnr="A")] is None
