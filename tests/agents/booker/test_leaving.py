"""To be given no other trip: what waits for one is planned no more, and all else stays."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from agents.booker.domain.overdue import overdue_at
from agents.booker.domain.requests import Known, quote
from agents.booker.domain.rules import SaleRules
from contracts.ledger import Booking, WaitlistEntry
from contracts.requests import Quote, QuoteWanted, RequestDone, Wanted
from contracts.reservations import BookingAmended
from tests.agents.booker.booker_world import NOW, booking, decide, leg, move, option, refusals, seated
from tests.agents.booker.request_world import HELD, decided, fare_rules, known, sold, yes_to
from tests.agents.booker.reservation_world import FIRST, WAITS, stranded

RULE = '[[rule]]\nid = "leave"\non = ["leave_waitlist"]\noutcome = "allowed"\nwords = "No other trip need be taken."\n'
CHARGED = RULE + 'charge = [{ for = "fee", amount = "10 USD" }]\n'
ONE = sold(booking("A", [FIRST]), "200.00")
OURS = stranded(ONE)
ENTRY = structs.replace(WAITS["A", 1], ticketed=NOW - timedelta(days=20))
LEFT = structs.replace(ENTRY, left=True)


def waits(folder: Path, ours: Booking = OURS, *, entry: WaitlistEntry | None = ENTRY, rules: str = RULE) -> Known:
    return known(ours, fare_rules(folder, rules), waiting={("A", 1): entry} if entry else {})


def asks(of: Known, *journeys: int) -> Quote:
    question = QuoteWanted(pnr="A", id="quote", wanted=Wanted(leave=journeys or (1,)))
    return quote(question, of, held=HELD)


def test_it_stays_on_the_waitlist_as_one_that_is_given_nothing(tmp_path: Path) -> None:
    """The booking is as it was, and so is the journey's last fact."""
    of = waits(tmp_path)
    quoted = asks(of)
    result = decided(yes_to(quoted), quoted, of)
    done, change = result.facts
    assert isinstance(done, RequestDone)
    assert isinstance(change, BookingAmended)
    assert (done.acts, done.journeys, change.journeys) == (("leave_waitlist",), (), ())
    assert (result.waiting, result.booking, result.seats) == ({("A", 1): LEFT}, OURS, {})


def test_a_plan_that_was_on_its_way_is_refused() -> None:
    """It follows the journey's last fact, and comes too late all the same."""
    plan = structs.replace(move("A", option(leg(FIRST.flight))), follows="waits")
    results = [decide(seated([FIRST], []), [OURS], plan, waiting={("A", 1): entry}) for entry in (LEFT, ENTRY)]
    assert [refusals(result) for result in results] == [
        ["stale"], [],
    ]  # fmt: skip


def test_it_is_never_overdue() -> None:
    """No person has to look for a trip."""
    assert overdue_at(ENTRY, rules=SaleRules()) is not None
    assert overdue_at(LEFT, rules=SaleRules()) is None


@pytest.mark.parametrize(
    ("ours", "entry", "why"),
    [
        pytest.param(ONE, None, "is not on the waitlist", id="a trip"),
        pytest.param(OURS, LEFT, "is given no other trip already", id="twice"),
        pytest.param(
            OURS.replacing(structs.replace(OURS.journeys[0], offer="o")), ENTRY,
            "a trip is on offer for it: answer that first", id="an offer",
        ),
        pytest.param(
            OURS.replacing(structs.replace(OURS.journeys[0], held=ONE.journeys[0].legs)), ENTRY,
            "seats are kept for it on B6 1", id="kept seats",
        ),
    ],
)  # fmt: skip
def test_a_journey_that_does_not_wait_for_a_trip_alone_is_refused(
    ours: Booking, entry: WaitlistEntry | None, why: str, tmp_path: Path
) -> None:
    """With the reason."""
    quoted = asks(waits(tmp_path, ours, entry=entry))
    assert (quoted.outcome in ("refused", "person"), quoted.why) == (True, why)


def test_an_unknown_journey_is_refused(tmp_path: Path) -> None:
    """So is one that is named twice."""
    assert [asks(waits(tmp_path), *numbers).why for numbers in ((2,), (1, 1))] == [
        "the booking has no journey 2", "a journey is named twice",
    ]  # fmt: skip


def test_a_price_for_no_trip_is_for_a_person(tmp_path: Path) -> None:
    """The rules of a carrier may be meant otherwise."""
    quoted = asks(waits(tmp_path, rules=CHARGED))
    assert (quoted.outcome, quoted.why) == ("person", "something is paid, or given up, for no trip")
