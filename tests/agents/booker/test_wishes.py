"""A party's wishes: repeated in the fact, and relied on for nothing."""

from msgspec import structs

from contracts.judgement import Judgement, Wishes
from contracts.ledger import BookingChanged, BookingKept, BookingStranded
from tests.agents.booker.booker_world import (
    DEPARTS,
    ONE,
    THREE,
    TWO,
    booking,
    decide,
    facts,
    flight,
    hours,
    keep,
    leg,
    move,
    none,
    option,
    refusals,
    seated,
)

CLOSED = flight(phase="cancelled", last_fact=1, last_disruption=1)
LATE = flight(departs=DEPARTS + hours(1), arrives=DEPARTS + hours(6), last_fact=2, last_disruption=1)
A = booking("A", [flight()])
WISHES = Wishes(arrive_by=DEPARTS + hours(5), nonstop=True)
JUDGED = Judgement(wishes=WISHES, unmet=("arrive_by",))
MEETS_ALL = option(leg(TWO))
TOO_LATE = structs.replace(option(leg(THREE)), unmet=("arrive_by",))


def test_a_moves_fact_has_the_wishes_and_that_the_trip_meets_them() -> None:
    """The wishes are the judgement's, the unmet ones the option's."""
    ledgers = seated([CLOSED, flight(TWO), flight(THREE)], [A])
    (fact,) = facts(decide(ledgers, [A], move("A", MEETS_ALL, TOO_LATE, judgement=JUDGED)))
    assert isinstance(fact, BookingChanged)
    assert (fact.wishes, fact.unmet) == (WISHES, ())


def test_a_later_option_has_its_own_unmet_wishes() -> None:
    """The first is full: the fact is about the trip that was booked."""
    ledgers = seated([CLOSED, flight(TWO, capacity={}), flight(THREE)], [A])
    (fact, *_) = facts(decide(ledgers, [A], move("A", MEETS_ALL, TOO_LATE, judgement=JUDGED)))
    assert isinstance(fact, BookingChanged)
    assert (fact.after[0].flight, fact.wishes, fact.unmet) == (THREE, WISHES, ("arrive_by",))


def test_a_kept_trips_fact_has_the_unmet_wishes() -> None:
    """From the judgement, since there is no option."""
    (fact,) = facts(decide(seated([LATE], [A]), [A], keep("A", leg(ONE, 1), judgement=JUDGED)))
    assert isinstance(fact, BookingKept)
    assert (fact.wishes, fact.unmet) == (WISHES, ("arrive_by",))


def test_without_a_judgement_the_fact_has_no_wishes() -> None:
    """The rules alone decided, as for most."""
    ledgers = seated([CLOSED, flight(TWO)], [A])
    (changed,) = facts(decide(ledgers, [A], move("A", MEETS_ALL)))
    (kept,) = facts(decide(seated([LATE], [A]), [A], keep("A", leg(ONE, 1))))
    assert isinstance(changed, BookingChanged)
    assert isinstance(kept, BookingKept)
    assert (changed.wishes, changed.unmet, kept.wishes, kept.unmet) == (None, (), None, ())


def test_wishes_do_not_keep_a_party_from_being_stranded() -> None:
    """There is no trip to compare them with."""
    (fact,) = facts(decide(seated([CLOSED], [A]), [A], none("A", leg(ONE, 1), judgement=JUDGED)))
    assert isinstance(fact, BookingStranded)


def test_wishes_make_no_illegal_option_legal() -> None:
    """A judgement that claims all are met sells no seat that is taken."""
    ledgers = seated([CLOSED, flight(TWO, capacity={})], [A])
    plan = move("A", MEETS_ALL, judgement=Judgement(wishes=WISHES, because=("arrive_by",)))
    assert refusals(decide(ledgers, [A], plan)) == ["full"]


def test_a_moves_fact_has_the_reasons_for_the_trip() -> None:
    """As the plan has them."""
    ledgers = seated([CLOSED, flight(TWO), flight(THREE)], [A])
    plan = move("A", MEETS_ALL, TOO_LATE, judgement=structs.replace(JUDGED, because=("nonstop", "delay")))
    (fact,) = facts(decide(ledgers, [A], plan))
    assert isinstance(fact, BookingChanged)
    assert fact.because == ("nonstop", "delay")


def test_a_later_option_was_not_preferred() -> None:
    """The first is full, and its reasons apply to no other option."""
    ledgers = seated([CLOSED, flight(TWO, capacity={}), flight(THREE)], [A])
    plan = move("A", MEETS_ALL, TOO_LATE, judgement=structs.replace(JUDGED, because=("nonstop", "delay")))
    (fact, *_) = facts(decide(ledgers, [A], plan))
    assert isinstance(fact, BookingChanged)
    assert (fact.after[0].flight, fact.because) == (THREE, ())
