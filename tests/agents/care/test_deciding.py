"""What is owed for a journey, as facts come and go."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from agents.care.domain import Decided, decide, end
from contracts.care import CareOwed, RightsAccount
from contracts.flights import Cause, Flight
from contracts.ledger import Booking, BookingFact
from contracts.money import Money
from tests.agents.care.care_world import (
    EU,
    MINUTE,
    NOW,
    OTHER,
    US,
    H,
    booking,
    flight,
    gone,
    kept,
    known,
    leg,
    moved,
    stranded,
)
from tests.single_journey import altered, journey_of

SOLD = flight(US, "SFO")
LATER = flight(OTHER, "SFO", departs=NOW + 7 * H)
CANCELLED = structs.replace(SOLD, phase="cancelled")
PARIS = flight(EU, "MAD")


def judged(
    account: RightsAccount | None,
    party: Booking,
    *flights: Flight,
    facts: Sequence[BookingFact] = (),
    now: datetime = NOW,
    cause: str = "",
) -> Decided:
    """Something is to be written."""
    found = decide(
        account,
        party,
        journey_of(party),
        facts=facts,
        known=known(*flights, now=now),
        cause=cause or (facts[-1].id if facts else now.isoformat()),
    )
    assert found is not None
    return found


def owed(care: CareOwed | None) -> dict[str, str]:
    assert care is not None
    return {each.kind: each.answer for each in care.package}


def after_a_cancellation() -> Decided:
    party = booking(SOLD, stranded=True, last_fact="one")
    return judged(None, party, CANCELLED, facts=[stranded("one", SOLD)])


def test_who_is_stranded_by_a_cancellation_may_have_the_fare_back() -> None:
    """By 14 CFR 260, for both passengers, and only if they decline to travel."""
    account, care = after_a_cancellation()
    assert care is not None
    (refund,) = care.package
    assert (refund.kind, refund.rule_set, refund.rule, refund.if_declined) == (
        "refund",
        "us-refunds",
        "cancelled",
        True,
    )
    assert (refund.amount, refund.passengers) == (Money(amount=Decimal("600.00"), currency="USD"), 2)
    assert (care.added, care.withdrawn, care.follows, account.last_care) == (("refund",), (), "", care.id)


def test_the_same_facts_again_change_nothing() -> None:
    """A fact that is delivered again, or a look without news, writes nothing."""
    account, _ = after_a_cancellation()
    party = booking(SOLD, stranded=True, last_fact="one")
    for facts in ([], [stranded("one", SOLD)]):
        assert decide(account, party, journey_of(party), facts=facts, known=known(CANCELLED), cause="again") is None


def test_a_party_that_is_moved_back_has_nothing_to_be_refunded() -> None:
    """What was owed is withdrawn by a package that follows, and is empty."""
    account, before = after_a_cancellation()
    fact = moved("two", LATER, SOLD, reason="restored", follows="one")
    _, care = judged(account, booking(SOLD, last_fact="two"), SOLD, facts=[fact])
    assert before is not None
    assert care is not None
    assert (care.package, care.withdrawn, care.follows) == ((), ("refund",), before.id)


def test_who_travels_on_the_trip_offered_has_accepted_it() -> None:
    """The refund is withdrawn when the last flight leaves, and the account is closed when it arrives."""
    account, _ = after_a_cancellation()
    party = booking(SOLD, now_on=LATER, last_fact="two")
    account, care = judged(account, party, CANCELLED, LATER, facts=[moved("two", SOLD, LATER)])
    assert care is None, "moved, it may still decline"
    account, care = judged(account, party, CANCELLED, gone(LATER, "departed"), now=NOW + 8 * H)
    assert owed(care) == {}
    account, care = judged(account, party, CANCELLED, gone(LATER, "arrived"), now=NOW + 10 * H)
    assert (care, account.closed) == (None, True)


@pytest.mark.parametrize(
    ("late", "cause", "corrected"),
    [
        pytest.param(4 * H, "71", True, id="another-cause"),
        pytest.param(3 * H - MINUTE, "41", True, id="other-times"),
        pytest.param(4 * H, "41", False, id="nothing"),
    ],
)
def test_what_is_corrected_after_arrival_is_judged_again(late: timedelta, cause: str, corrected: bool) -> None:
    """Feeds give the final cause and the final times hours after a flight, when its account is closed."""
    on = flight(EU, "MAD", late=4 * H, cause="41")
    party = booking(PARIS, last_fact="one")
    account, care = judged(None, party, structs.replace(on, phase="arrived"), facts=[kept("one", on)])
    assert (account.closed, owed(care)["compensation"]) == (True, "owed")
    after = structs.replace(flight(EU, "MAD", late=late, cause=cause), phase="arrived")
    decided = decide(account, party, journey_of(party), known=known(after, now=NOW + 20 * H), cause="late")
    assert (decided is not None) == corrected
    if decided:
        assert decided.care is not None
        assert (decided.care.withdrawn, decided.account.closed) == (("compensation",), True)


@pytest.mark.parametrize(
    ("late", "cause", "expected"),
    [
        (3 * H - MINUTE, "41", {"meals", "communication"}),
        (3 * H, "41", {"compensation", "meals", "communication"}),
        (3 * H, "71", {"meals", "communication"}),
        (3 * H, None, {"compensation", "meals", "communication"}),
    ],
)
def test_a_late_flight_of_the_union(late: timedelta, cause: str | None, expected: set[str]) -> None:
    """Care from two hours whatever the cause, compensation from three; unknown where the cause is."""
    on = flight(EU, "MAD", late=late, cause=cause)
    _, care = judged(None, booking(PARIS, last_fact="one"), on, facts=[kept("one", on)])
    assert set(owed(care)) == expected
    assert care is not None
    assert all(each.owed_by == "AF" for each in care.package)
    unknown = {"compensation"} if cause is None else set()
    assert {kind for kind, answer in owed(care).items() if answer == "cause_unknown"} == unknown


def test_a_cause_that_becomes_known_decides() -> None:
    """Weather withdraws what was open, a defect makes it owed; the flight's state is what comes due."""
    on = flight(EU, "MAD", late=4 * H)
    party = booking(PARIS, last_fact="one")
    account, _ = judged(None, party, on, facts=[kept("one", on)])
    _, care = judged(account, party, structs.replace(on, cause=Cause(code="71")))
    assert care is not None
    assert care.withdrawn == ("compensation",)
    _, care = judged(account, party, structs.replace(on, cause=Cause(code="41")))
    assert care is not None
    assert (care.added, owed(care)["compensation"]) == (("compensation",), "owed")


def test_an_arrival_earlier_than_thought_withdraws_compensation() -> None:
    """Made up in the air: two hours and 59 minutes late in the end. Meals were due while it was awaited."""
    on = flight(EU, "MAD", late=3 * H, cause="41")
    party = booking(PARIS, last_fact="one")
    account, care = judged(None, party, on, facts=[kept("one", on)])
    assert "compensation" in owed(care)
    landed = structs.replace(on, phase="arrived", arrives=on.arrives - MINUTE)
    account, care = judged(account, party, landed, now=NOW + 9 * H)
    assert care is not None
    assert (care.withdrawn, set(owed(care))) == (("compensation",), {"meals", "communication"})
    assert account.closed


def test_an_account_stays_open_while_the_cause_is_not_known() -> None:
    """The journey is over; a code may still come."""
    on = flight(EU, "MAD", late=5 * H)
    party = booking(PARIS, last_fact="one")
    account, _ = judged(None, party, structs.replace(on, phase="arrived"), facts=[kept("one", on)])
    assert not account.closed


def test_a_party_without_a_trip_gets_a_hotel_in_the_evening() -> None:
    """20:00 in Paris is 18:00 UTC in June; until then the account says when to look."""
    dead = flight(EU, "MAD", phase="cancelled", cause="71")
    party = booking(PARIS, stranded=True, last_fact="one")
    account, care = judged(None, party, dead, facts=[stranded("one", PARIS)])
    evening = datetime(2025, 6, 10, 18, tzinfo=UTC)
    assert (account.look_at, account.waits_at) == (evening, "CDG")
    assert set(owed(care)) == {"refund", "rebooking", "meals", "communication"}
    account, care = judged(account, party, dead, now=evening)
    assert care is not None
    assert (set(care.added), account.look_at) == ({"hotel", "transfers"}, None)


def test_without_a_fact_only_what_is_owed_makes_an_account() -> None:
    """Of the passengers of a flight that landed late, and about whom no fact was published."""
    late = gone(PARIS, "arrived", late=3 * H)
    party = booking(PARIS)
    _, care = judged(None, party, late, now=NOW + 9 * H)
    assert owed(care)["compensation"] == "cause_unknown"
    soon = gone(PARIS, "arrived", late=H)
    assert decide(None, party, journey_of(party), known=known(soon), cause="landed") is None


def test_where_no_law_was_in_force_the_account_says_so() -> None:
    """There is nothing to be stated: no `CareOwed` comes of it."""
    old = flight("AF.10.CDG.1999-06-10", "MAD", departs=datetime(1999, 6, 10, 12, tzinfo=UTC), phase="cancelled")
    party = booking(old, stranded=True, last_fact="one")
    account, care = judged(None, party, old, facts=[stranded("one", old)], now=old.scheduled_departure)
    assert care is None
    assert {each.answer for each in account.answers} == {"no_rule_set"}


def test_a_missed_connection_counts_at_the_final_destination() -> None:
    """Sold to Athens by way of Madrid; the first flight is an hour late, the party six. Its cause is that of the first."""
    first = flight(EU, "MAD", late=H, cause="41")
    onward = flight("AF.11.MAD.2025-06-10", "ATH", departs=NOW + 6 * H)
    instead = flight("AF.12.MAD.2025-06-10", "ATH", departs=NOW + 12 * H)
    sold = booking(PARIS)
    ticket = structs.replace(
        journey_of(sold).ticket,
        destination="ATH",
        arrives=onward.scheduled_arrival,
        flights=(first.flight, onward.flight),
    )
    party = altered(sold, ticket=ticket, legs=(leg(first), leg(instead)), last_fact="one")
    fact = structs.replace(
        moved("one", onward, instead, reason="misconnected"),
        before=(leg(first), leg(onward)),
        after=(leg(first), leg(instead)),
        broken_by=first.flight,
    )
    account, care = judged(None, party, first, onward, instead, facts=[fact])
    compensation = next(each for each in account.answers if each.kind == "compensation")
    assert (compensation.answer, compensation.rule, compensation.cause) == ("owed", "delay-7(1)(b)", "41")
    assert compensation.amount == Money(amount=Decimal("800.00"), currency="EUR")
    assert set(account.flights) == {first.flight, onward.flight, instead.flight}
    assert care is not None
    assert care.flight == onward.flight


def test_a_party_that_had_to_leave_a_smaller_aircraft_was_denied_boarding() -> None:
    """Whether it is paid depends on why the aircraft was exchanged, under US law."""
    party = booking(SOLD, now_on=LATER, last_fact="one")
    account, care = judged(None, party, SOLD, LATER, facts=[moved("one", SOLD, LATER, reason="downgauged")])
    assert owed(care)["compensation"] == "cause_unknown"
    _, care = judged(account, party, structs.replace(SOLD, cause=Cause(code="46")), LATER)
    assert care is not None
    assert care.withdrawn == ("compensation",)


def test_a_journey_that_is_given_up_keeps_its_sums_and_loses_its_services() -> None:
    """A party that does not travel has chosen the refund, and needs no meals."""
    dead = structs.replace(PARIS, phase="cancelled", cause=Cause(code="41"))
    party = booking(PARIS, stranded=True, last_fact="one")
    account, care = judged(None, party, dead, facts=[stranded("one", PARIS)])
    assert {"refund", "compensation", "meals", "rebooking"} <= owed(care).keys()
    decided = end(account, now=NOW + H, cause="withdrawn")
    assert decided is not None
    assert owed(decided.care) == {"refund": "owed", "compensation": "owed"}
    assert not any(each.if_declined for each in decided.account.answers)
    assert end(decided.account, now=NOW + H, cause="again") is None
