"""Journeys that a no-show cancels: whether the rules say so, and whether irops may have been why no one came."""

from dataclasses import replace as but

import pytest
from msgspec.structs import replace

from contracts.ledger import BookingKept, SeatsDisrupted
from contracts.passengers import Passenger
from contracts.reservations import AmendedJourney, BookingAmended, PartySummary, ReservationStatus
from contracts.rules import Rules, RulesAdopted
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import FINE, HEARD, NOW, flight, hours, key, leg, sound, with_booking, with_flight

WORLD = sound()
BACK = flight(key(9, "BOS"), "JFK", departs=hours(30), block=hours(1))


def cancelled(*, cancels: bool) -> Streams:
    """T did not come to its flight, and has lost its way back, by rules that say so or not."""
    t = WORLD.bookings["T"]
    out = t.journeys[0]
    ticket = replace(
        out.ticket, origin="BOS", destination="JFK", departs=BACK[1].departs, arrives=BACK[1].arrives,
        flights=(BACK[1].flight,),
    )  # fmt: skip
    back = replace(out, number=2, legs=(leg(BACK[1]),), ticket=ticket)
    people = tuple(Passenger(id=str(n), kind="adult", coupons={FINE: "no_show"}) for n in (1, 2))
    theirs = replace(t, journeys=(out, back), passengers=people, version=1)
    party = PartySummary(passengers=2, seats=2, language=t.party.language, contact=t.party.contact)
    fact = BookingAmended(
        pnr="T", id="v1", version=1, before=party, after=party, changed=("people", "coupons"),
        journeys=(AmendedJourney(number=2, before=back.legs),), decided_at=NOW,
    )  # fmt: skip
    streams = but(
        with_flight(WORLD, BACK),
        adopted=[(5, RulesAdopted(version=1, rules=Rules(no_show_cancels=cancels), since=HEARD))],
        reservations=[(1, ReservationStatus(pnr="T", version=1, booking=theirs))],
        amended=[(20, fact)],
    )
    return with_booking(streams, replace(theirs, journeys=(out,)))


def lost(streams: Streams) -> bool:
    found = audit(streams).findings.get("misapplied_reservations", ())
    return any(each.startswith("T has no journey 2") for each in found)


@pytest.mark.parametrize("cancels", [True, False], ids=["by-the-rules", "against-them"])
def test_a_journey_is_cancelled_by_a_no_show_where_the_rules_say_so(cancels: bool) -> None:
    """By those in force when it was decided."""
    assert lost(cancelled(cancels=cancels)) is not cancels


@pytest.mark.parametrize(("at", "found"), [(10, True), (30, False)], ids=["before-the-no-show", "after-it"])
def test_a_disruption_may_be_why_no_one_came(at: int, found: bool) -> None:
    """One that came later is not."""
    streams = cancelled(cancels=True)
    hit = SeatsDisrupted(flight=FINE, n=1, kind="retimed", parties=("T",), departs=NOW, arrives=NOW)
    assert lost(but(streams, disrupted=[*streams.disrupted, (at, hit)])) is found


def test_a_letter_may_be_why_no_one_came() -> None:
    """About anything."""
    streams = cancelled(cancels=True)
    legs = streams.bookings["T"].journeys[0].legs
    kept = BookingKept(
        pnr="T", id="kT", reason="retimed", before=legs, after=legs, language="en", contact="", decided_at=NOW
    )  # fmt: skip
    assert lost(but(streams, facts=[*streams.facts, (15, kept)]))
