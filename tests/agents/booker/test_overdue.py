"""When a party that waits can have no legal trip any more, and that it is marked for a person once."""

from datetime import timedelta

from msgspec.structs import replace

from agents.booker.domain import Lapses, SaleRules, Waiting, mark_overdue, overdue_at
from contracts.ledger import Booking, WaitlistEntry
from tests.agents.booker.booker_world import DEPARTS, booking, flight
from tests.single_journey import altered

RULES = SaleRules()
LATEST = DEPARTS + RULES.later
WAITS = WaitlistEntry(pnr="A", origin="JFK", destination="SFO", seats=1, ticketed=DEPARTS)
STRANDED = altered(booking("A", [flight()]), legs=(), state="stranded", last_fact="fact-1")


def marked(entry: WaitlistEntry = WAITS, *, own: Booking = STRANDED, late: timedelta = timedelta(0)) -> Lapses:
    return mark_overdue([Waiting(own, entry)], flights={}, now=LATEST + late, rules=RULES)


def test_no_trip_is_legal_after_the_ticket_and_what_the_rules_allow() -> None:
    assert overdue_at(WAITS, rules=RULES) == LATEST
    assert overdue_at(WAITS, rules=SaleRules(later=timedelta(days=3))) == DEPARTS + timedelta(days=3)


def test_a_party_is_marked_for_a_person() -> None:
    """It has a fact, and waits on as it did."""
    result = marked()
    ((of, fact),) = result.facts
    assert (of, fact.reason, fact.marks, fact.before, fact.follows) == (("A", 1), "overdue", ("overdue",), (), "fact-1")
    assert (fact.origin, fact.destination, fact.decided_at) == ("JFK", "SFO", LATEST)
    assert result.bookings == {"A": altered(STRANDED, last_fact=fact.id)}
    assert result.waiting == {("A", 1): replace(WAITS, overdue=True)}
    assert (result.seats, result.freed) == ({}, [])


def test_a_party_is_marked_once() -> None:
    """Whatever rules come after that."""
    entry = marked().waiting["A", 1]
    assert overdue_at(entry, rules=SaleRules(later=timedelta(days=30))) is None
    assert marked(entry) == Lapses()


def test_a_party_is_not_marked_before_its_time() -> None:
    assert marked(late=-timedelta(seconds=1)) == Lapses()
