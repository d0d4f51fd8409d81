"""Plans that need a yes: what is kept for the party, and what each answer makes of it."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.booker.domain import Decision, SaleRules, Stated, amend
from agents.booker.domain.offering import Reply, due_at, is_void, planned_again, refusal_of
from agents.booker.offers import replying
from bus import Entry
from bus.wire.direct_get import Raw
from contracts.ledger import (
    Booking,
    BookingChanged,
    BookingKept,
    BookingStranded,
    Following,
    Holding,
    Reserved,
    SeatLedger,
    WaitlistEntry,
)
from contracts.offers import AnswerRefused, Offer, OfferAnswered, TripOffered
from contracts.plans import PlanRefused
from contracts.reservations import BookingAmended, ReservationStatus
from contracts.rules import Consent
from tests.agents.booker.booker_world import (
    DEPARTS,
    NOW,
    ONE,
    REVISION,
    THREE,
    TWO,
    Ledgers,
    booking,
    decide,
    facts,
    flight,
    hours,
    key,
    leg,
    move,
    none,
    option,
    seated,
)

ASKS = SaleRules(consent=(Consent(by="party", within=timedelta(hours=2), default="take"),), version=0)
CANCELLED = flight(ONE, phase="cancelled", last_disruption=1)
LATE = flight(ONE, departs=DEPARTS + hours(4), arrives=DEPARTS + hours(9), last_disruption=1)
HOME = key(5, "SFO")
TO_TWO, TO_THREE = option(leg(TWO)), option(leg(THREE))


def world(first: SeatLedger, *others: SeatLedger, seats: int = 2) -> tuple[Ledgers, Booking]:
    party = booking("P", [first], seats=seats)
    return seated([first, *others], [party]), party


def offered(first: SeatLedger = CANCELLED, *others: SeatLedger) -> tuple[Ledgers, Booking, Offer]:
    """A party of two on the first flight, which is offered one on `TWO`, or else one on `THREE`."""
    ledgers, party = world(first, *(others or (flight(TWO), flight(THREE))))
    decision = decide(ledgers, [party], move("P", TO_TWO, TO_THREE), rules=ASKS)
    offer = decision.offers["P", 1]
    assert offer is not None
    return ledgers | decision.seats, decision.bookings["P"], offer


def reply(
    state: tuple[Ledgers, Booking, Offer],
    given: Reply,
    *,
    waiting: WaitlistEntry | None = None,
) -> Decision[int]:
    ledgers, party, offer = state
    plan = structs.replace(offer.plan, id="answer")
    return decide(
        ledgers, [party], plan, rules=ASKS, reply=given, waiting={("P", 1): waiting} if waiting is not None else {}
    )


# What is offered.


def test_seats_of_the_first_trip_are_kept_and_nothing_is_given_up() -> None:
    ledgers, party, offer = offered()
    assert ledgers[TWO].on_offer == {"P": Holding("economy", 2)}
    assert ledgers[TWO].holders == ledgers[THREE].on_offer == {}
    assert ledgers[ONE].holders == {"P": Holding("economy", 2)}
    journey = party.journeys[0]
    assert [each.flight for each in journey.legs] == [ONE]
    assert (journey.offer, journey.offered, journey.last_fact) == (offer.id, (Reserved(TWO, "economy"),), offer.id)


def test_the_fact_says_which_trips_may_be_chosen_until_when_and_whether_the_present_one_stands() -> None:
    ledgers, party = world(CANCELLED, flight(TWO), flight(THREE))
    (fact,) = facts(decide(ledgers, [party], move("P", TO_TWO, TO_THREE), rules=ASKS))
    assert isinstance(fact, TripOffered)
    assert [[each.flight for each in trip] for trip in fact.trips] == [[TWO], [THREE]]
    assert fact.options == (TO_TWO.id, TO_THREE.id)
    assert (fact.answerer, fact.until, fact.default, fact.stands) == ("party", NOW + hours(2), "take", False)


def test_kept_seats_are_sold_to_no_other_party() -> None:
    ledgers, party, _ = offered(CANCELLED, flight(TWO, capacity={"economy": 2}))
    other = booking("Q", [flight(THREE, phase="cancelled", last_disruption=1)])
    ledgers |= seated([flight(THREE, phase="cancelled", last_disruption=1)], [other])
    (fact,) = facts(decide(ledgers, [party, other], move("Q", TO_TWO)))
    assert isinstance(fact, PlanRefused)
    assert fact.refusal == "full"


def test_a_trip_that_may_not_be_chosen_now_is_not_offered() -> None:
    _, _, offer = offered(CANCELLED, flight(TWO), flight(THREE, capacity={"economy": 1}))
    assert [each.id for each in offer.plan.options] == [TO_TWO.id]


def test_the_answer_is_due_before_the_offered_flight_can_be_sold_no_longer() -> None:
    soon = flight(TWO, departs=NOW + hours(1))
    _, _, offer = offered(CANCELLED, soon)
    assert offer.until == soon.departs - (ASKS.lead - ASKS.leeway) - ASKS.at_the_gate


def test_the_answer_is_due_before_the_present_trip_has_to_be_flown() -> None:
    late = flight(ONE, departs=NOW + hours(1), arrives=NOW + hours(9), last_disruption=1)
    ledgers, party = world(late, flight(TWO))
    party = structs.replace(
        party,
        journeys=(
            structs.replace(party.journeys[0], legs=(structs.replace(party.all_legs[0], departs=late.departs),)),
        ),
    )
    decision = decide(ledgers, [party], move("P", TO_TWO, reason="retimed"), rules=ASKS)
    offer = decision.offers["P", 1]
    assert offer is not None
    assert offer.until == late.departs - ASKS.at_the_gate


def test_with_no_time_to_answer_the_trip_is_booked_and_marked() -> None:
    soon = flight(TWO, departs=NOW + timedelta(minutes=40))
    ledgers, party = world(CANCELLED, soon)
    (fact,) = facts(decide(ledgers, [party], move("P", TO_TWO), rules=ASKS))
    assert isinstance(fact, BookingChanged)
    assert "unasked" in fact.marks


@pytest.mark.parametrize(
    ("consent", "is_asked"),
    [
        (Consent(by="party"), True),
        (Consent(by=None), False),
        (Consent(by="party", after=("retimed",)), False),
        (Consent(by="party", after=("cancelled",)), True),
        (Consent(by="party", tiers=("gold",)), False),
        (Consent(by="party", ssrs=("WCHR",)), False),
        (Consent(by="party", marks=("night",)), False),
        (Consent(by="party", delay=timedelta(days=40)), False),
    ],
)
def test_the_rules_say_whether_a_yes_is_needed(consent: Consent, is_asked: bool) -> None:
    ledgers, party = world(CANCELLED, flight(TWO))
    (fact,) = facts(decide(ledgers, [party], move("P", TO_TWO), rules=SaleRules(consent=(consent,))))
    assert isinstance(fact, TripOffered) == is_asked


# Answers.


def test_who_takes_the_trip_gets_the_seats_that_were_kept() -> None:
    state = offered()
    decision = reply(state, Reply(state[2], "take", "party"))
    (fact,) = facts(decision)
    assert isinstance(fact, BookingChanged)
    assert (fact.offer, fact.answered_by, fact.follows) == (state[2].id, "party", state[2].id)
    assert decision.seats[TWO].holders == {"P": Holding("economy", 2)}
    assert decision.seats[TWO].on_offer == decision.seats[ONE].holders == {}
    assert decision.offers == {("P", 1): None}
    journey = decision.bookings["P"].journeys[0]
    assert (journey.offer, journey.offered) == ("", ())


def test_another_trip_may_be_chosen_and_the_kept_seats_are_free_again() -> None:
    state = offered()
    decision = reply(state, Reply(state[2], "take", "party", TO_THREE.id))
    assert decision.seats[THREE].holders == {"P": Holding("economy", 2)}
    assert decision.seats[TWO].on_offer == {}
    assert [freed.flight for _, freed in decision.freed if freed.flight == TWO] == [TWO]


def test_another_trip_without_seats_is_refused_and_the_offer_stays() -> None:
    ledgers, party, offer = offered()
    ledgers |= {THREE: structs.replace(ledgers[THREE], capacity={"economy": 1})}
    decision = reply((ledgers, party, offer), Reply(offer, "take", "party", TO_THREE.id))
    (fact,) = facts(decision)
    assert isinstance(fact, AnswerRefused)
    assert fact.refusal == "full"
    assert decision.offers == {}
    assert decision.seats.get(TWO, ledgers[TWO]).on_offer == {"P": Holding("economy", 2)}


def test_who_leaves_a_late_trip_for_none_of_these_keeps_it() -> None:
    state = offered(LATE)
    decision = reply(state, Reply(state[2], "leave", "party"))
    (fact,) = facts(decision)
    assert isinstance(fact, BookingKept)
    assert [each.flight for each in fact.after] == [ONE]
    assert decision.seats[TWO].on_offer == {}


def test_who_has_no_trip_and_takes_none_waits_for_a_person() -> None:
    state = offered()
    decision = reply(state, Reply(state[2], "leave", "party"))
    (fact,) = facts(decision)
    assert isinstance(fact, BookingStranded)
    assert "declined" in fact.marks
    entry = decision.waiting["P", 1]
    assert entry is not None
    assert entry.declined


def test_who_waits_and_takes_no_trip_waits_on() -> None:
    ledgers, party = world(CANCELLED, flight(TWO))
    stranding = decide(ledgers, [party], none("P", leg(ONE, 1)))
    ledgers, party, entry = ledgers | stranding.seats, stranding.bookings["P"], stranding.waiting["P", 1]
    assert entry is not None
    plan = move("P", TO_TWO, id="again", follows=party.journeys[0].last_fact)
    offering = decide(ledgers, [party], plan, rules=ASKS, waiting={("P", 1): entry})
    ledgers, party, offer, entry = (
        ledgers | offering.seats,
        offering.bookings["P"],
        offering.offers["P", 1],
        offering.waiting["P", 1],
    )
    assert offer is not None
    assert entry is not None
    assert entry.is_offered
    decision = reply((ledgers, party, offer), Reply(offer, "leave", "party"), waiting=entry)
    (fact,) = facts(decision)
    assert isinstance(fact, BookingStranded)
    waits = decision.waiting["P", 1]
    assert waits is not None
    assert (waits.declined, waits.is_offered) == (True, False)


def test_an_offer_that_ends_without_an_answer_is_planned_again() -> None:
    state = offered()
    decision = reply(state, Reply(state[2], "void"))
    (fact,) = facts(decision)
    assert isinstance(fact, PlanRefused)
    assert (fact.refusal, fact.id, fact.reason) == ("stale", state[2].id, "cancelled")
    assert decision.seats[TWO].on_offer == {}
    assert decision.bookings["P"].journeys[0].offer == ""
    assert decision.offers == {("P", 1): None}


def test_a_default_that_cannot_be_done_ends_the_offer() -> None:
    ledgers, party, offer = offered()
    ledgers |= {TWO: structs.replace(ledgers[TWO], phase="cancelled", last_disruption=1)}
    decision = reply((ledgers, party, offer), Reply(offer, "take"))
    (fact,) = facts(decision)
    assert isinstance(fact, PlanRefused)
    assert decision.offers == {("P", 1): None}


def amended(state: tuple[Ledgers, Booking, Offer], theirs: Booking) -> list[PlanRefused]:
    """What has journeys planned again once the reservation system has the booking so."""
    ledgers, party, offer = state
    status = ReservationStatus(pnr="P", version=1, booking=theirs)
    result = amend(
        [Stated(status, 0, NOW)],
        bookings={"P": party},
        flights=ledgers,
        waiting={},
        now=NOW,
        rules=ASKS,
        offers={("P", 1): offer},
    )
    (fact,) = result.facts
    assert isinstance(fact[1], BookingAmended)
    open_ = bool(result.bookings["P"].journeys[0].offer)
    assert open_ != (result.seats.get(TWO, ledgers[TWO]).on_offer == {})
    return [refused for _, refused in result.replanned]


def test_a_booking_that_changes_while_someone_is_asked_is_planned_again() -> None:
    """It has no answer yet: the offer has ended, and nothing else has happened to the journey."""
    state = offered()
    sold = booking("P", [CANCELLED], seats=2)
    party = structs.replace(sold.party, contact="other@example.org")
    (refused,) = amended(state, structs.replace(sold, party=party))
    assert (refused.pnr, refused.journey, refused.id, refused.reason) == ("P", 1, state[2].id, "cancelled")


def test_a_booking_that_is_repeated_while_someone_is_asked_leaves_the_offer_open() -> None:
    assert amended(offered(), booking("P", [CANCELLED], seats=2)) == []


def test_each_part_of_a_booking_that_was_asked_is_planned_again() -> None:
    _, party, offer = offered()
    parts = party, structs.replace(party, pnr="N")
    again = planned_again(party, parts, {("P", 1): offer}, rules=3)
    assert [(each.pnr, each.id, each.rules) for each in again] == [("P", offer.id, 3), ("N", offer.id, 3)]


def test_a_journey_that_the_change_gives_up_is_not_planned_again() -> None:
    _, party, offer = offered()
    assert list(planned_again(party, [structs.replace(party, journeys=())], {("P", 1): offer}, rules=0)) == []


def test_who_waits_on_waits_before_the_journeys_that_the_same_group_leaves() -> None:
    """The second journey has lost its flight in this group: the entry of the first one names it no more."""
    home = flight(HOME, destination="JFK", phase="cancelled", last_disruption=1)
    ledgers, party = world(CANCELLED, flight(TWO))
    second = structs.replace(booking("P", [home], seats=2).journeys[0], number=2)
    party = structs.replace(party, journeys=(*party.journeys, second))
    ledgers |= seated([home], [structs.replace(party, journeys=(second,))])
    stranding = decide(ledgers, [party], none("P", leg(ONE, 1)))
    ledgers, party, entry = ledgers | stranding.seats, stranding.bookings["P"], stranding.waiting["P", 1]
    assert entry is not None
    assert entry.following == Following(journey=2, flight=HOME)
    plan = move("P", TO_TWO, id="again", follows=party.journeys[0].last_fact)
    offering = decide(ledgers, [party], plan, rules=ASKS, waiting={("P", 1): entry})
    offer, entry = offering.offers["P", 1], offering.waiting["P", 1]
    assert offer is not None
    assert entry is not None
    decision = decide(
        ledgers | offering.seats,
        [offering.bookings["P"]],
        none("P", leg(HOME, 1), journey=2, id="home"),
        structs.replace(offer.plan, id="answer"),
        rules=ASKS,
        reply=Reply(offer, "leave"),
        waiting={("P", 1): entry},
    )
    waits = decision.waiting["P", 1]
    assert waits is not None
    assert (waits.declined, waits.following) == (True, None)


def test_a_later_plan_ends_the_offer_and_may_use_its_seats() -> None:
    ledgers, party, offer = offered(CANCELLED, flight(TWO, capacity={"economy": 2}))
    plan = move("P", TO_TWO, id="later", follows=offer.id)
    decision = decide(ledgers, [party], plan)
    (fact,) = facts(decision)
    assert isinstance(fact, BookingChanged)
    assert decision.offers == {("P", 1): None}
    assert decision.seats[TWO].holders == {"P": Holding("economy", 2)}
    assert decision.seats[TWO].on_offer == {}


def test_a_later_plan_that_is_refused_leaves_the_offer_open() -> None:
    ledgers, party, offer = offered()
    plan = move("P", option(leg(TWO, 7)), id="later", follows=offer.id)
    decision = decide(ledgers, [party], plan)
    assert decision.offers == {}
    assert decision.seats.get(TWO, ledgers[TWO]).on_offer == {"P": Holding("economy", 2)}


# Which answers count.


def answer(to: Offer, **changes: object) -> OfferAnswered:
    given = OfferAnswered(pnr="P", journey=1, id="answer", offer=to.id, answer="take", by="party", made_at=NOW)
    return structs.replace(given, **changes)


@pytest.mark.parametrize(
    ("changes", "later", "refusal"),
    [
        ({}, 0, None),
        ({"by": "desk"}, 0, None),
        ({"by": "system"}, 0, "not asked"),
        ({"offer": "another"}, 0, "unknown offer"),
        ({"option": "another"}, 0, "unknown offer"),
        ({}, 2, "over"),
    ],
)
def test_an_answer_counts_in_time_from_who_is_asked_or_the_desk(
    changes: dict[str, object], later: float, refusal: str | None
) -> None:
    ledgers, _, offer = offered()
    found = refusal_of(answer(offer, **changes), offer, ledgers, rules=ASKS, now=NOW + hours(later))
    assert (found[0] if found else None) == refusal


@pytest.mark.parametrize(
    "changes",
    [
        {"phase": "cancelled"},
        {"last_disruption": 1},
        {"capacity": {"economy": 1}},
    ],
)
def test_an_offer_does_not_hold_once_its_flight_has_changed(changes: dict[str, object]) -> None:
    ledgers, _, offer = offered()
    assert not is_void(offer, ledgers, rules=ASKS)
    ledgers |= {TWO: structs.replace(ledgers[TWO], **changes)}
    assert is_void(offer, ledgers, rules=ASKS)


def test_an_offer_ends_sooner_where_its_flight_leaves_sooner() -> None:
    ledgers, _, offer = offered()
    earlier = NOW + hours(1)
    ledgers |= {TWO: structs.replace(ledgers[TWO], known_departure=earlier)}
    assert due_at(offer, ledgers, rules=ASKS) == earlier - (ASKS.lead - ASKS.leeway) - ASKS.at_the_gate


def test_holders_come_before_offers_where_an_aircraft_gets_smaller() -> None:
    smaller = structs.replace(offered()[0][TWO], capacity={"economy": 3}, holders={"Q": Holding("economy", 2)})
    assert (smaller.free("economy"), smaller.offered("economy")) == (0, 2)


def test_each_trip_has_its_own_marks() -> None:
    """The second one leaves from another airport of the city."""
    other = flight(key(3, "LGA"), departs=DEPARTS + hours(1), arrives=DEPARTS + hours(6))
    ledgers, party = world(CANCELLED, flight(TWO), other)
    (fact,) = facts(decide(ledgers, [party], move("P", TO_TWO, option(leg(other.flight))), rules=ASKS))
    assert isinstance(fact, TripOffered)
    assert fact.trip_marks == ((), ("airport",))


def test_the_delay_is_that_of_the_flights_as_they_are_known() -> None:
    """Whatever the plan says of its arrival."""
    late = flight(TWO, departs=DEPARTS + hours(4), arrives=DEPARTS + hours(9))
    ledgers, party = world(CANCELLED, late)
    rules = SaleRules(consent=(Consent(by="party", delay=timedelta(hours=3)),))
    (fact,) = facts(decide(ledgers, [party], move("P", TO_TWO), rules=rules))
    assert isinstance(fact, TripOffered)


def test_a_reply_rests_on_the_booking_as_it_was_offered_or_a_later_one() -> None:
    """A server that is behind may have the booking from before the offer, which a plan may rest on."""
    _, _, offer = offered()
    stored = Raw(subject="ledger.offer.P.1", sequence=REVISION + 5, data=b"", headers={}, removed=False)
    planned = replying(Reply(offer, "take", "party"), "answer", Entry(offer, stored), None)
    assert planned.plan.booking_revision == REVISION + 5


def test_a_trip_that_was_brought_forward_stands_where_the_party_can_still_be_there() -> None:
    """Who declines another one keeps it."""
    sooner = flight(ONE, departs=DEPARTS, arrives=DEPARTS + hours(5), last_disruption=2)
    ledgers, party = world(sooner, flight(TWO))
    informed = structs.replace(party.journeys[0].legs[0], departs=DEPARTS + hours(1), answered=1)
    party = party.replacing(structs.replace(party.journeys[0], legs=(informed,)))
    decision = decide(ledgers, [party], move("P", TO_TWO), rules=ASKS)
    offer = decision.offers["P", 1]
    assert offer is not None
    (asked,) = facts(decision)
    assert isinstance(asked, TripOffered)
    assert asked.stands
    left = reply((ledgers | decision.seats, decision.bookings["P"], offer), Reply(offer, "leave", "party"))
    (fact,) = facts(left)
    assert isinstance(fact, BookingKept)
    assert [leg.departs for leg in fact.after] == [DEPARTS]


def test_who_declines_in_the_last_minutes_keeps_a_trip_that_was_brought_forward() -> None:
    """It was informed of that when it was asked, and is at the gate."""
    sooner = flight(ONE, departs=NOW + hours(1), arrives=NOW + hours(6), last_disruption=2)
    ledgers, party = world(sooner, flight(TWO))
    informed = structs.replace(party.journeys[0].legs[0], departs=NOW + hours(4), answered=1)
    party = party.replacing(structs.replace(party.journeys[0], legs=(informed,)))
    decision = decide(ledgers, [party], move("P", TO_TWO), rules=ASKS)
    offer = decision.offers["P", 1]
    assert offer is not None
    left = decide(
        ledgers | decision.seats,
        [decision.bookings["P"]],
        structs.replace(offer.plan, id="answer"),
        rules=ASKS,
        reply=Reply(offer, "leave", "party"),
        now=offer.until,
    )
    (fact,) = facts(left)
    assert isinstance(fact, BookingKept)
    assert [leg.departs for leg in fact.after] == [sooner.departs]


@pytest.mark.parametrize(("minutes", "stands"), [(50, True), (20, False)])
def test_a_trip_with_a_connection_stands_where_it_is_long_enough_to_have_been_sold(
    minutes: float, stands: bool
) -> None:
    """Less than the longest minimum of all, and more than that of its airport."""
    sold = flight(ONE, destination="ORD")
    onward = flight(key(5, "ORD"), departs=sold.arrives + hours(3), arrives=sold.arrives + hours(7))
    late = structs.replace(sold, arrives=onward.departs - timedelta(minutes=minutes), last_disruption=1)
    party = booking("P", [sold, onward], seats=2)
    ledgers = seated([late, onward, flight(TWO)], [party])
    (fact,) = facts(decide(ledgers, [party], move("P", TO_TWO), rules=ASKS))
    assert isinstance(fact, TripOffered)
    assert fact.stands == stands
