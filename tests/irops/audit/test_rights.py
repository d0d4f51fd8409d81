"""The audit derives for itself who may have the fare back, and finds where no refund is stated."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from contracts.care import CareOwed, Entitlement
from contracts.flights import Flight
from contracts.ledger import Booking, BookingFact
from contracts.notices import NoticeSent
from irops.audit import Streams, audit
from tests.agents.care.care_world import NOW, OTHER, PNR, US, H, booking, flight, gone, kept, moved, stranded

SOLD = flight(US, "SFO")
DEAD = structs.replace(SOLD, phase="cancelled")
NEXT = flight(OTHER, "SFO", departs=NOW + 4 * H)
REFUND = CareOwed(
    pnr=PNR, id="care", package=(Entitlement(kind="refund", answer="owed", rule="cancelled"),), decided_at=NOW
)


def not_stated(
    *flights: Flight, party: Booking, fact: BookingFact | None, care: CareOwed | None = None, in_letter: bool = True
) -> tuple[str, ...]:
    """What the audit finds of these."""
    streams = Streams(
        flights={each.flight: each for each in flights},
        seats={},
        bookings={PNR: party},
        facts=[(1, fact)] if fact else (),
        care={(PNR, 1): care} if care else {},
        sent=[NoticeSent(pnr=PNR, id="one", channel="maildir", sent_at=NOW, care=care.id)]
        if care and in_letter
        else (),
        now=NOW,
        horizon=NOW + timedelta(days=3),
    )
    return audit(streams).findings.get("rights_not_stated", ())


@pytest.mark.parametrize("care", [None, structs.replace(REFUND, package=())], ids=["nothing", "withdrawn"])
def test_a_party_without_a_trip_has_to_know_of_a_refund(care: CareOwed | None) -> None:
    """Also where one was stated, and withdrawn."""
    party, fact = booking(SOLD, stranded=True, last_fact="one"), stranded("one", SOLD)
    assert not_stated(DEAD, party=party, fact=fact, care=care) == (f"{PNR} has no trip, and no refund is stated",)
    assert not_stated(DEAD, party=party, fact=fact, care=REFUND) == ()


def test_a_party_that_was_moved_off_a_cancelled_flight_may_choose_until_it_travels() -> None:
    """However soon it arrives; not once its flight has left."""
    party, fact = booking(SOLD, now_on=NEXT, last_fact="one"), moved("one", SOLD, NEXT)
    assert not_stated(DEAD, NEXT, party=party, fact=fact) == (
        f"{PNR} lost a flight that was cancelled, and no refund is stated",
    )
    assert not_stated(DEAD, gone(NEXT, "departed"), party=party, fact=fact) == ()


@pytest.mark.parametrize(("late", "found"), [(3 * H, 1), (3 * H - timedelta(minutes=1), 0)])
def test_three_hours_late_within_the_united_states(late: timedelta, found: int) -> None:
    """To the minute."""
    on = flight(US, "SFO", late=late)
    assert len(not_stated(on, party=booking(SOLD, last_fact="one"), fact=kept("one", on))) == found


@pytest.mark.parametrize(("late", "found"), [(6 * H, 1), (6 * H - timedelta(minutes=1), 0)])
def test_six_hours_late_to_another_country(late: timedelta, found: int) -> None:
    """To the minute."""
    on = flight(US, "LHR", late=late)
    assert len(not_stated(on, party=booking(flight(US, "LHR"), last_fact="one"), fact=kept("one", on))) == found


def test_before_the_rule_was_in_force_nothing_has_to_be_stated() -> None:
    """By the local date of the departure."""
    old = flight("B6.1.JFK.2024-10-27", "SFO", departs=datetime(2024, 10, 28, 3, tzinfo=UTC), phase="cancelled")
    assert not_stated(old, party=booking(old, stranded=True, last_fact="one"), fact=stranded("one", old)) == ()


def test_journeys_between_other_countries_are_not_judged() -> None:
    """The rule is of the United States."""
    on = flight("AF.10.CDG.2025-06-10", "MAD", phase="cancelled")
    assert not_stated(on, party=booking(on, stranded=True, last_fact="one"), fact=stranded("one", on)) == ()


def test_what_is_stated_has_to_be_in_a_letter() -> None:
    """Of its own, or about the trip; but for a package that is empty."""
    party, fact = booking(SOLD, stranded=True, last_fact="one"), stranded("one", SOLD)
    without = not_stated(DEAD, party=party, fact=fact, care=REFUND, in_letter=False)
    assert without == (f"{PNR} has no letter about what it is owed by care",)
    withdrawn = structs.replace(REFUND, package=())
    assert len(not_stated(DEAD, party=party, fact=fact, care=withdrawn, in_letter=False)) == 1
