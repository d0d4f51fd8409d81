"""What went wrong is compensated when it is asked for: by what the ledger knows, once, and by a grant alone."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from agents.booker.domain.requests import Decided, Known, quote
from contracts.ledger import Booking, Complaint, ComplaintKind, Reserved, SeatLedger
from contracts.requests import PaymentDue, Quote, QuoteWanted, Wanted
from contracts.reservations import BookingAmended
from policy.fares import FareRules
from tests.agents.booker.booker_world import booking, hours
from tests.agents.booker.request_world import HELD, decided, dollars, fare_rules, known, sold, yes_to
from tests.agents.booker.reservation_world import BACK, FIRST, OUT, SECOND, moved, round_trip
from tests.agents.booker.reservation_world import decided as by_reservation_system
from tests.reservation_system import whole

RULES = """
[instruments.voucher]
means = "a voucher"
[[rule]]
id = "no"
on = ["compensate"]
when = { confirmed = false }
outcome = "refused"
words = "It did not happen."
[[rule]]
id = "late"
on = ["compensate"]
when = { asked = true, confirmed = true, complaint = "delayed_flight" }
outcome = "allowed"
words = "20 dollars each."
grant = [{ for = "delay", amount = "20.00 USD * passengers", as = ["voucher"] }]
[[rule]]
id = "cancelled"
on = ["compensate"]
when = { confirmed = true, complaint = "cancelled_flight" }
outcome = "allowed"
words = "50 dollars each."
grant = [{ for = "cancelled flight", amount = "50.00 USD * passengers", as = ["voucher"] }]
"""
SOLD = sold(booking("A", [FIRST], seats=2), "200.00")
LATE = structs.replace(FIRST, known_arrival=FIRST.arrives + hours(1))
DEAD = structs.replace(FIRST, phase="cancelled")


@pytest.fixture(scope="module")
def fares(tmp_path_factory: pytest.TempPathFactory) -> FareRules:
    return fare_rules(tmp_path_factory.mktemp("fares"), RULES)


def asked(of: Known, kind: ComplaintKind = "delayed_flight", journey: int = 1) -> Quote:
    wanted = Wanted(compensate=Complaint(journey=journey, kind=kind))
    return quote(QuoteWanted(pnr="A", id="quote", wanted=wanted), of, held=HELD)


def on(fares: FareRules, *flights: SeatLedger, ours: Booking = SOLD, **more: Any) -> Known:
    return known(ours, fares, flights=flights, **more)


def done(of: Known, kind: ComplaintKind = "delayed_flight") -> Decided[int]:
    found = asked(of, kind)
    assert found.outcome == "allowed", found.why
    return decided(yes_to(found), found, of)


def compensated(fares: FareRules) -> Booking:
    found = done(on(fares, LATE)).booking
    assert found is not None
    return found


def test_it_is_granted_and_due_and_changes_nothing_else(fares: FareRules) -> None:
    """But that the booking says so."""
    result = done(on(fares, LATE))
    complaint = Complaint(journey=1, kind="delayed_flight")
    assert result.booking == structs.replace(SOLD, compensated=(complaint,))
    assert (result.seats, result.waiting, result.freed) == ({}, {}, ())
    _, due, amended = result.facts
    assert isinstance(due, PaymentDue)
    assert [(each.what, each.money, each.into) for each in due.movements] == [("granted", dollars("40.00"), "voucher")]
    assert isinstance(amended, BookingAmended)
    assert (amended.changed, amended.journeys) == (("compensated",), ())


@pytest.mark.parametrize(
    ("flight", "kind", "outcome", "rule"),
    [
        (LATE, "delayed_flight", "allowed", "late"),
        (FIRST, "delayed_flight", "refused", "no"),
        (
            structs.replace(FIRST, known_arrival=FIRST.arrives + timedelta(minutes=14)),
            "delayed_flight",
            "refused",
            "no",
        ),
        (DEAD, "cancelled_flight", "allowed", "cancelled"),
        (LATE, "cancelled_flight", "refused", "no"),
    ],
    ids=["late", "on time", "hardly late", "cancelled", "late and not cancelled"],
)
def test_the_ledger_says_whether_it_happened(
    flight: SeatLedger, kind: ComplaintKind, outcome: str, rule: str, fares: FareRules
) -> None:
    """Whatever the customer says."""
    found = asked(on(fares, flight), kind)
    assert (found.outcome, [each.id for each in found.cites]) == (outcome, [rule])


def test_what_the_ledger_does_not_know_of_is_asked_for_and_not_believed(fares: FareRules) -> None:
    """It is no fact for a customer to state."""
    found = asked(on(fares, FIRST), "other")
    assert (found.outcome, [(one.fact, one.may_be_stated) for one in found.missing]) == ("ask", [("confirmed", False)])


def test_a_party_that_was_moved_off_a_cancelled_flight_complains_of_that(fares: FareRules) -> None:
    """It was sold that flight."""
    assert asked(on(fares, DEAD, SECOND, ours=moved(SOLD, SECOND)), "cancelled_flight").outcome == "allowed"


def test_who_has_changed_a_late_flight_complains_of_that(fares: FareRules) -> None:
    """While the reservation system has it still; then its flights before are not known."""
    changed = sold(booking("A", [SECOND], seats=2), "200.00")
    changed = structs.replace(changed, changes=1)
    has = changed.replacing(structs.replace(changed.journeys[0], reserved=(Reserved(FIRST.flight, "economy"),)))
    assert asked(on(fares, LATE, SECOND, ours=has)).outcome == "allowed"
    assert asked(on(fares, LATE, SECOND, ours=changed)).outcome == "ask"


def test_one_journey_late_does_not_make_another_one_late(fares: FareRules) -> None:
    """A complaint is about one of them."""
    late_back = structs.replace(BACK, known_arrival=BACK.arrives + hours(1))
    ours = sold(round_trip(), "100.00", "100.00")
    of = on(fares, OUT, late_back, ours=ours)
    assert (asked(of, journey=1).outcome, asked(of, journey=2).outcome) == ("refused", "allowed")
    assert asked(of, journey=3).why == "the booking has no journey 3"


def test_a_complaint_is_compensated_once(fares: FareRules) -> None:
    """Another one is another matter."""
    ours = compensated(fares)
    assert asked(on(fares, LATE, ours=ours)).why == "has been compensated for already: delayed_flight"
    assert asked(on(fares, DEAD, ours=ours), "cancelled_flight").outcome == "allowed"


def test_a_version_of_the_reservation_systems_takes_it_off_no_record(fares: FareRules) -> None:
    """It does not know of it."""
    ours = compensated(fares)
    now = by_reservation_system(whole(SOLD, contact="new@example.org"), ours=[ours]).bookings["A"]
    assert now.compensated == ours.compensated


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        (
            'charge = [{ for = "fee", amount = "5.00 USD" }]',
            "a compensation takes nothing from what was paid, and costs nothing",
        ),
        ("", "the rule does not say what is granted"),
    ],
    ids=["a fee", "nothing"],
)
def test_a_rule_that_is_no_grant_alone_is_for_a_person(
    amounts: str, why: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It does not fit the question."""
    rule = f'[[rule]]\nid = "odd"\non = ["compensate"]\noutcome = "allowed"\nwords = "Odd."\n{amounts}\n'
    found = asked(on(fare_rules(tmp_path_factory.mktemp("odd"), rule), LATE))
    assert (found.outcome, found.why) == ("person", why)
