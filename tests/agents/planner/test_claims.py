"""Seats that have been proposed are not given away again until the booker has answered."""

from agents.planner.domain import Claims
from tests.agents.planner.planner_worlds import booking, case, flight, only, outcome

DEAD = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
LAST = flight("B6.2", "JFK-MCO", 18, economy=1)


def test_a_claimed_seat_is_not_proposed_to_another() -> None:
    """The network has it free; the next party gets no plan to it."""
    (proposed,) = outcome([case(booking("B", DEAD))], [DEAD, LAST], claimed={(LAST.flight, "economy"): 1})
    assert proposed.verdict == "none"


def test_a_claim_is_the_first_option_and_ends_when_its_plan_is_answered() -> None:
    """Answers up to an earlier plan leave it; up to its own end it."""
    who = booking("A", DEAD)
    claims = Claims()
    claims.add(only(who, [DEAD, LAST]), who, 7)
    claims.answered(6)
    assert dict(claims.seats) == {(LAST.flight, "economy"): 1}
    claims.answered(7)
    assert dict(claims.seats) == {}


def test_a_party_is_claimed_while_its_plan_is_on_its_way_whatever_the_plan() -> None:
    """A keep claims no seats, and its party all the same."""
    who = booking("A", LAST)
    keep = only(who, [flight("B6.2", "JFK-MCO", 19, last_disruption=1)], kind="retimed")
    claims = Claims()
    claims.add(keep, who, 7)
    assert (keep.verdict, "A" in claims, dict(claims.seats)) == ("keep", True, {})
    claims.answered(7)
    assert "A" not in claims


def test_a_plan_to_strand_a_party_is_no_answer_to_come() -> None:
    """Said of a party that another planner has stranded meanwhile it gets no word, so the party is planned all the same."""
    who = booking("A", DEAD)
    claims = Claims()
    claims.add(only(who, [DEAD]), who, 7)
    assert "A" not in claims


def test_a_pondered_plan_claims_its_seats_until_it_is_decided() -> None:
    """Nobody else is given them meanwhile, and deciding twice gives nothing back twice."""
    who = booking("A", DEAD)
    claims = Claims()
    claims.ponder(only(who, [DEAD, LAST]), who)
    assert (dict(claims.seats), "A" in claims) == ({(LAST.flight, "economy"): 1}, True)
    claims.decided("A")
    claims.decided("A")
    assert (dict(claims.seats), "A" in claims) == ({}, False)


def test_what_is_pondered_is_not_firm() -> None:
    """It may come to nothing, and who wants the seat then is not sent away for good."""
    one, other = booking("A", DEAD), booking("B", DEAD)
    claims = Claims()
    claims.add(only(one, [DEAD, LAST]), one, 7)
    claims.ponder(only(other, [DEAD, LAST]), other)
    assert (claims.seats[LAST.flight, "economy"], claims.firm[LAST.flight, "economy"]) == (2, 1)


def test_a_pondered_claim_ends_when_its_party_has_the_seats() -> None:
    """The ledger shows it before whoever said the plan hears that it was stored; a seat on another flight shows nothing."""
    who = booking("A", DEAD)
    claims = Claims()
    claims.ponder(only(who, [DEAD, LAST]), who)
    claims.seated({"A", "B"}, DEAD.flight)
    assert dict(claims.seats) == {(LAST.flight, "economy"): 1}
    claims.seated({"A", "B"}, LAST.flight)
    assert (dict(claims.seats), "A" in claims) == ({}, False)


def test_claims_end_in_the_order_of_their_plans_whichever_is_heard_of_first() -> None:
    """Those that are judged side by side may hear late that they were stored."""
    first, last = booking("A", DEAD), booking("B", DEAD)
    claims = Claims()
    claims.add(only(last, [DEAD, LAST]), last, 8)
    claims.add(only(first, [DEAD, LAST]), first, 7)
    claims.answered(7)
    assert ("A" in claims, "B" in claims) == (False, True)
