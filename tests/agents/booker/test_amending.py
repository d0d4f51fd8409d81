"""What the reservation system says of a booking, and what becomes of it here."""

import pytest
from msgspec import structs

from agents.booker.domain import SaleRules, status_id
from agents.booker.domain.amending import LONGEST_WAIT
from agents.booker.domain.wording import unlike
from contracts.ledger import (
    Booking,
    Following,
    Holding,
    Leg,
    Party,
    Reserved,
    SeatLedger,
    SeatsFreed,
    WaitlistEntry,
)
from contracts.names import Cabin, FlightKey
from contracts.passengers import Passenger
from contracts.reservations import (
    AmendedJourney,
    BookingAmended,
    BookingWithdrawn,
    PartySummary,
    ReservationStatus,
)
from tests.agents.booker.booker_world import DEPARTS, NOW, ONE, TWO, booking, flight, hours, key, party
from tests.agents.booker.reservation_world import (
    BACK,
    FIRST,
    FLIGHTS,
    LATER_BACK,
    OUT,
    SECOND,
    SOLD,
    THIRD,
    WAITS,
    decided,
    facts,
    flights_of,
    moved,
    round_trip,
    stranded,
    unchanged,
    why,
    with_party,
)
from tests.reservation_system import whole, withdrawn
from tests.single_journey import altered, journey_of

# Repeated and late.


def test_a_version_that_was_decided_before_does_nothing() -> None:
    """Nor does an older one."""
    ours = structs.replace(SOLD, version=3)
    result = decided(whole(booking("A", [SECOND]), 3), withdrawn(version=2), ours=[ours])
    assert (result.facts, result.bookings, result.seats, result.done) == ([], {}, {}, [0, 1])


def test_of_two_versions_in_one_group_the_older_one_that_comes_later_does_nothing() -> None:
    """Whatever the order of arrival, the higher version holds."""
    result = decided(whole(booking("A", [SECOND]), 5), whole(booking("A", [THIRD]), 4))
    assert flights_of(result.bookings["A"]) == [[TWO]]
    assert (result.bookings["A"].version, result.done) == (5, [1])


def test_a_version_that_says_nothing_new_is_noted() -> None:
    """An older one that comes later must do nothing. Its fact says that nothing is changed."""
    result = decided(whole(SOLD, 2))
    assert unchanged(result)
    assert result.bookings["A"].version == 2


def test_a_forgotten_party_is_not_named_again() -> None:
    result = decided(whole(SOLD), withdrawn(version=2), ours=(), forgotten={"A"})
    assert (result.facts, result.bookings, result.done) == ([], {}, [0, 1])


# The party.


def test_a_corrected_contact_changes_nothing_else() -> None:
    """Plans and letters on their way stay what they are: the journey's last fact is the same."""
    ours = altered(SOLD, state="kept", last_fact="kept")
    result = decided(whole(with_party(SOLD, contact="ana@example.org")), ours=[ours])
    assert result.bookings["A"].party.contact == "ana@example.org"
    assert result.bookings["A"].journeys == ours.journeys
    assert facts(result) == [
        BookingAmended(
            pnr="A",
            id=status_id("A", 1),
            version=1,
            before=PartySummary(passengers=1, seats=1),
            after=PartySummary(passengers=1, seats=1, contact="ana@example.org"),
            changed=("contact",),
            decided_at=NOW,
        )
    ]


def test_a_contact_that_no_letter_can_reach_is_contradicted() -> None:
    """Without a word of it."""
    reason, detail = why(decided(whole(with_party(SOLD, contact="no address"))))
    assert reason == "impossible"
    assert "no address" not in detail


def test_a_party_that_grows_gets_its_seats_on_every_flight() -> None:
    ours = round_trip()
    result = decided(whole(with_party(ours, passengers=3, seats=3)), ours=[ours])
    held = [result.seats[each.flight].holders for each in (OUT, BACK)]
    assert held == [{"A": Holding("economy", 3)}] * 2
    assert result.freed == []


def test_a_party_that_grows_beyond_the_seats_is_contradicted() -> None:
    """The seats that it holds count as its own: ten are there, four are others'."""
    others = booking("B", [FIRST], seats=4)
    assert why(decided(whole(with_party(SOLD, passengers=7, seats=7)), ours=[SOLD, others])) == (
        "no seats",
        f"no seats on {ONE} in economy: 7 wanted, 6 free",
    )
    result = decided(whole(with_party(SOLD, passengers=6, seats=6)), ours=[SOLD, others])
    assert result.seats[ONE].free("economy") == 0


def test_a_party_that_shrinks_frees_seats() -> None:
    """Also on an aircraft that has become too small."""
    ours = booking("A", [FIRST], seats=4)
    small = structs.replace(FIRST, capacity={"economy": 3})
    result = decided(whole(booking("A", [FIRST], seats=2)), ours=[ours], flights=[small])
    assert result.seats[ONE].holders == {"A": Holding("economy", 2)}
    assert [(cause, freed) for cause, freed in result.freed] == [(0, SeatsFreed(flight=ONE, n=1))]


def test_a_party_that_waits_no_longer_is_off_the_waitlist_whatever_comes_in_the_same_commit() -> None:
    """It is put on one flight, and then on another."""
    on_two, on_three = (booking("A", [to]) for to in (SECOND, flight(key(3), departs=DEPARTS + hours(1))))
    result = decided(whole(on_two, 1), whole(on_three, 2), ours=[stranded(SOLD)], waiting=WAITS, flights=[
        FIRST, SECOND, flight(key(3), departs=DEPARTS + hours(1)),
    ])  # fmt: skip
    assert result.waiting == {("A", 1): None}
    assert [leg.flight for leg in result.bookings["A"].all_legs] == [key(3)]


def test_seats_that_a_party_had_lost_are_offered_to_it_once_it_is_smaller() -> None:
    """No other party has freed any: this one needs fewer."""
    ours = booking("A", [FIRST], seats=4)
    had = flight(TWO, departs=DEPARTS - hours(1), capacity={"economy": 2}, lost_by={"A": 1})
    result = decided(whole(booking("A", [FIRST], seats=2)), ours=[ours], flights=[FIRST, had])
    assert (TWO, (("A", 1),)) in [(freed.flight, freed.lost_by) for _, freed in result.freed]


@pytest.mark.parametrize(("arrives", "offered"), [(8, True), (30.5, False)], ids=["in-time", "too-late"])
def test_a_return_is_offered_what_it_had_lost_once_its_way_out_is_another_one(arrives: float, offered: bool) -> None:
    """Which it would come with now."""
    other = flight(key(7), destination="BOS", departs=NOW + hours(6), arrives=NOW + hours(arrives))
    lost = structs.replace(BACK, lost_by={"A": 2}, lost_behind={"A": OUT.flight})
    there = booking("A", [other]).journeys[0].legs
    theirs = round_trip().replacing(structs.replace(round_trip().journeys[0], legs=there))
    ours = moved(round_trip(), LATER_BACK, 2)
    result = decided(whole(theirs), ours=[ours], flights=[*FLIGHTS[:4], lost, LATER_BACK, other])
    assert ((BACK.flight, (("A", 2),)) in [(freed.flight, freed.lost_by) for _, freed in result.freed]) is offered
    assert result.seats[BACK.flight].lost_behind == {"A": other.flight}
    assert result.seats[other.flight].lost_onward == (BACK.flight,)


def test_a_return_that_has_become_the_first_journey_is_lost_behind_no_flight() -> None:
    """And is offered what it had lost."""
    lost = structs.replace(BACK, lost_by={"A": 2}, lost_behind={"A": OUT.flight})
    ours = moved(round_trip(), LATER_BACK, 2)
    theirs = structs.replace(round_trip(), journeys=round_trip().journeys[1:])
    result = decided(whole(theirs), ours=[ours], flights=[*FLIGHTS[:4], lost, LATER_BACK])
    assert (BACK.flight, (("A", 2),)) in [(freed.flight, freed.lost_by) for _, freed in result.freed]
    assert result.seats[BACK.flight].lost_behind == {}


def test_a_party_cannot_grow_once_it_is_under_way() -> None:
    ours = round_trip()
    left = structs.replace(OUT, phase="departed")
    reason, _ = why(decided(whole(with_party(ours, passengers=2, seats=2)), ours=[ours], flights=[left, BACK]))
    assert reason == "under way"


def test_a_waiting_party_that_shrinks_waits_for_fewer_seats() -> None:
    ours = stranded(booking("A", [FIRST], seats=3))
    entry = structs.replace(WAITS["A", 1], seats=3)
    result = decided(whole(booking("A", [FIRST], seats=2)), ours=[ours], waiting={("A", 1): entry})
    assert result.waiting == {("A", 1): structs.replace(entry, seats=2)}
    assert result.bookings["A"].journeys[0].state == "stranded"


def test_coupons_and_people_come_with_the_booking() -> None:
    """Of a flight that irops has replaced there is no coupon here."""
    people = (Passenger(id="T1", kind="adult", coupons={ONE: "checked_in"}),)
    theirs = structs.replace(SOLD, passengers=people)
    result = decided(whole(theirs))
    assert result.bookings["A"].passengers == people
    (fact,) = facts(result)
    assert isinstance(fact, BookingAmended)
    assert fact.changed == ("people", "coupons")
    replaced = decided(whole(theirs), ours=[moved(SOLD, SECOND)]).bookings["A"]
    assert [each.coupons for each in replaced.passengers] == [{}]


# Flights.


def test_another_flight_takes_its_seats_and_frees_those_of_the_one_before() -> None:
    result = decided(whole(booking("A", [SECOND])))
    journey = journey_of(result.bookings["A"])
    assert (journey.state, journey.last_fact, [leg.flight for leg in journey.legs]) == (
        "ticketed",
        status_id("A", 1),
        [TWO],
    )
    assert (result.seats[ONE].holders, result.seats[TWO].holders) == ({}, {"A": Holding("economy", 1)})
    assert [freed.flight for _, freed in result.freed] == [ONE]
    (fact,) = facts(result)
    assert isinstance(fact, BookingAmended)
    assert fact.journeys == (AmendedJourney(number=1, before=SOLD.journeys[0].legs, after=journey.legs),)


def test_a_trip_that_the_reservation_system_gives_may_be_moved_back_to() -> None:
    """That the one before it was a move back is past."""
    ours = altered(SOLD, moved_back=True)
    assert not journey_of(decided(whole(booking("A", [SECOND])), ours=[ours]).bookings["A"]).moved_back


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        pytest.param(
            altered(SOLD, legs=(structs.replace(SOLD.journeys[0].legs[0], flight=OUT.flight, destination="BOS"),)),
            "its legs end in BOS, its ticket in SFO",
            id="elsewhere",
        ),
        pytest.param(structs.replace(SOLD, journeys=()), "has no journeys", id="without journeys"),
    ],
)
def test_what_an_import_would_refuse_is_contradicted(theirs: Booking, expected: str) -> None:
    """For the same reason."""
    ours = altered(SOLD, ticket=structs.replace(SOLD.journeys[0].ticket, departs=OUT.departs))
    status = whole(theirs)
    assert why(decided(status, ours=[ours])) == ("impossible", expected)


@pytest.mark.parametrize("disruptions", [0, 2])
@pytest.mark.parametrize("lost", [{"phase": "cancelled"}, {"phase": "rerouted", "diverted_to": "LAX"}])
def test_a_flight_that_is_lost_is_taken_in_as_answered_for(lost: dict[str, object], disruptions: int) -> None:
    """Also one whose cancellation disrupted none. The planner hears of the amendment."""
    flights = [
        each if each is not SECOND else structs.replace(SECOND, last_disruption=disruptions, **lost) for each in FLIGHTS
    ]
    (leg,) = journey_of(decided(whole(booking("A", [SECOND])), ours=[SOLD], flights=flights).bookings["A"]).legs
    assert (leg.flight, leg.answered) == (TWO, disruptions)


def test_a_flight_that_is_not_known_yet_is_waited_for() -> None:
    """Its schedule may come after the booking. Meanwhile nothing is changed; the version is decided with the flight, or once
    the flight has not come."""
    status, ours = whole(booking("A", [flight(key(9))])), [SOLD]
    early = decided(status, ours=ours)
    assert (early.ahead, early.facts, early.bookings, early.seats) == ([(0, f"unknown flight {key(9)}")], [], {}, {})
    came = decided(status, ours=ours, flights=[*FLIGHTS, flight(key(9))])
    assert flights_of(came.bookings["A"]) == [[key(9)]]
    late = decided(status, ours=ours, came_at=NOW - LONGEST_WAIT)
    assert why(late) == ("impossible", f"unknown flight {key(9)}")
    assert late.bookings["A"].version == 1


def test_a_later_version_overtakes_one_that_waits() -> None:
    """It does nothing when its flight is known."""
    waits, later = whole(booking("A", [flight(key(9))]), 1), whole(booking("A", [SECOND]), 2)
    result = decided(waits, later)
    assert (len(result.ahead), flights_of(result.bookings["A"])) == (1, [[TWO]])
    again = decided(waits, ours=[result.bookings["A"]], flights=[*FLIGHTS, flight(key(9))])
    assert (again.done, again.bookings) == ([0], {})


def test_flights_without_seats_are_contradicted() -> None:
    full = booking("B", [SECOND], seats=10)
    assert why(decided(whole(booking("A", [SECOND])), ours=[SOLD, full]))[0] == "no seats"


def test_a_leg_that_stays_is_still_unanswered() -> None:
    """Its flight was disrupted, and the party has yet to be planned for: the fact is a cause to plan it."""
    onward = flight(key(7, "SFO"), destination="LAX", departs=DEPARTS + hours(7), arrives=DEPARTS + hours(8))
    later = structs.replace(onward, flight=key(8, "SFO"), departs=DEPARTS + hours(9), arrives=DEPARTS + hours(10))
    late = structs.replace(FIRST, last_disruption=2, last_fact=2)
    ours = booking("A", [FIRST, onward])
    result = decided(whole(booking("A", [FIRST, later])), ours=[ours], flights=[late, onward, later])
    assert [leg.answered for leg in result.bookings["A"].all_legs] == [0, 0]
    assert result.seats[late.flight].connecting["A"].onward == later.flight


# What irops has done meanwhile.


def test_flights_that_irops_has_replaced_are_no_news_when_they_are_repeated() -> None:
    """A corrected contact comes with the flights as the reservation system has them."""
    ours = moved(SOLD, SECOND)
    result = decided(whole(with_party(SOLD, contact="ana@example.org")), ours=[ours])
    assert result.bookings["A"].journeys == ours.journeys
    assert result.bookings["A"].party.contact == "ana@example.org"
    assert result.seats == {}


def test_flights_other_than_irops_has_given_are_contradicted() -> None:
    """Neither wins: a person decides. The version counts as decided."""
    result = decided(whole(booking("A", [THIRD]), 4), ours=[moved(SOLD, SECOND)])
    assert why(result) == ("moved", "is moved to B6 3; irops has moved it to B6 2")
    assert result.bookings == {"A": structs.replace(moved(SOLD, SECOND), version=4)}


def test_another_cabin_than_irops_has_given_is_named() -> None:
    """The flights alone would be the same."""
    ours = moved(SOLD, SECOND)
    (leg,) = ours.all_legs
    ours = altered(ours, legs=(structs.replace(leg, cabin="first"),))
    seats = structs.replace(SECOND, capacity={"first": 2}, holders={"A": Holding("first", 1)})
    result = decided(whole(booking("A", [SECOND]), 4), ours=[ours], flights=[seats])
    assert why(result) == ("moved", "is moved to B6 2 in economy; irops has moved it to B6 2 in first")


@pytest.mark.parametrize(
    ("flight", "cabin", "words"),
    [
        ("B6.3.JFK.2013-02-08", "economy", ("B6 2", "B6 3")),
        ("B6.2.BOS.2013-02-08", "first", ("B6 2 from JFK", "B6 2 from BOS")),
        ("B6.2.JFK.2013-02-09", "economy", ("B6 2 of 2013-02-08", "B6 2 of 2013-02-09")),
        ("B6.2.JFK.2013-02-08", "first", ("B6 2 in economy", "B6 2 in first")),
    ],
)
def test_two_trips_are_worded_by_what_differs(flight: FlightKey, cabin: Cabin, words: tuple[str, str]) -> None:
    """The number of a flight is enough only where the other one has another."""
    leg = Leg(flight="B6.2.JFK.2013-02-08", destination="SFO", cabin="economy", departs=DEPARTS, arrives=DEPARTS)
    assert unlike((leg,), (structs.replace(leg, flight=flight, cabin=cabin),)) == words


def test_the_reservation_system_may_come_to_have_what_irops_has_booked() -> None:
    """The ticket stays what was sold first: delay is measured by it. Later repeats are no news."""
    ours = moved(SOLD, SECOND)
    caught_up = decided(whole(booking("A", [SECOND])), ours=[ours]).bookings["A"]
    assert journey_of(caught_up) == structs.replace(journey_of(ours), reserved=(Reserved(TWO, "economy"),))
    again = moved(caught_up, THIRD)
    repeated = decided(whole(booking("A", [SECOND]), 2), ours=[again])
    assert unchanged(repeated)
    contradicted = decided(whole(SOLD, 2), ours=[again])
    assert why(contradicted)[0] == "moved"


def test_a_stranded_party_takes_the_flights_that_the_reservation_system_has_found() -> None:
    """It waits no longer."""
    result = decided(whole(booking("A", [SECOND])), ours=[stranded(SOLD)], waiting=WAITS)
    assert result.waiting == {("A", 1): None}
    assert (journey_of(result.bookings["A"]).state, flights_of(result.bookings["A"])) == ("ticketed", [[TWO]])
    assert result.seats[TWO].holders == {"A": Holding("economy", 1)}


def test_a_stranded_party_waits_on_while_its_former_flights_are_repeated() -> None:
    result = decided(whole(SOLD), ours=[stranded(SOLD)], waiting=WAITS)
    assert unchanged(result)


def test_each_journey_is_compared_by_itself() -> None:
    """The way out is as irops has booked it, and the way back as the reservation system has."""
    ours = round_trip()
    out = structs.replace(OUT, flight=key(8), departs=NOW + hours(3), arrives=NOW + hours(4))
    ours = moved(ours, out)
    theirs = round_trip(back=LATER_BACK)
    result = decided(whole(theirs), ours=[ours], flights=[*FLIGHTS, out])
    assert flights_of(result.bookings["A"]) == [[out.flight], [LATER_BACK.flight]]
    assert [journey.last_fact for journey in result.bookings["A"].journeys] == ["moved", status_id("A", 1)]


# Journeys that come and go.


def test_a_journey_that_is_missing_is_given_up() -> None:
    ours, home = round_trip(), BACK.flight
    theirs = structs.replace(ours, journeys=ours.journeys[:1])
    result = decided(whole(theirs), ours=[ours])
    assert flights_of(result.bookings["A"]) == [[OUT.flight]]
    assert result.seats[home].holders == {}
    (fact,) = facts(result)
    assert isinstance(fact, BookingAmended)
    assert fact.journeys == (AmendedJourney(number=2, before=ours.journeys[1].legs),)


def test_a_missing_journey_that_waits_leaves_the_waitlist() -> None:
    ours = stranded(round_trip(), 2)
    theirs = structs.replace(round_trip(), journeys=round_trip().journeys[:1])
    entry = WaitlistEntry(pnr="A", journey=2, origin="BOS", destination="JFK", seats=1)
    result = decided(whole(theirs), ours=[ours], waiting={("A", 2): entry})
    assert result.waiting == {("A", 2): None}


def test_a_party_that_waits_knows_which_flight_its_next_journey_has_now() -> None:
    """It would leave without the party."""
    ours = stranded(round_trip())
    entry = WaitlistEntry(pnr="A", origin="JFK", destination="BOS", seats=1, following=Following(2, BACK.flight))
    result = decided(whole(round_trip(back=LATER_BACK)), ours=[ours], waiting={("A", 1): entry})
    assert result.waiting == {("A", 1): structs.replace(entry, following=Following(2, LATER_BACK.flight))}


def test_a_journey_that_was_flown_and_is_missing_stays() -> None:
    """Reservation systems drop what has been flown."""
    ours = round_trip()
    there = structs.replace(OUT, phase="arrived")
    theirs = structs.replace(round_trip(back=LATER_BACK), journeys=round_trip(back=LATER_BACK).journeys[1:])
    result = decided(whole(theirs), ours=[ours], flights=[there, BACK, LATER_BACK], now=NOW + hours(3))
    assert flights_of(result.bookings["A"]) == [[OUT.flight], [LATER_BACK.flight]]


@pytest.mark.parametrize("phase", ["departed", "arrived"])
def test_a_leg_that_was_flown_and_is_missing_stays(phase: str) -> None:
    """As a journey does. One that has not left is given up."""
    onward = flight(key(8, "ORD"), departs=DEPARTS + hours(8), arrives=DEPARTS + hours(12))
    first = flight(key(7), destination="ORD", phase=phase)
    ours = booking("A", [first, onward])
    rest = altered(ours, legs=ours.journeys[0].legs[1:])
    result = decided(whole(rest, contact="new"), ours=[ours], flights=[first, onward])
    assert flights_of(result.bookings["A"]) == [[first.flight, onward.flight]]
    at_home = decided(whole(rest), ours=[ours], flights=[structs.replace(first, phase="scheduled"), onward])
    assert why(at_home)[0] == "impossible"


def test_a_journey_under_way_is_neither_given_up_nor_withdrawn() -> None:
    ours = round_trip()
    theirs = structs.replace(ours, journeys=ours.journeys[1:])
    aloft = structs.replace(OUT, phase="departed")
    for status in (whole(theirs), withdrawn()):
        assert why(decided(status, ours=[ours], flights=[aloft, BACK]))[0] == "under way"


def test_a_new_journey_gets_its_seats() -> None:
    ours = structs.replace(round_trip(), journeys=round_trip().journeys[:1])
    result = decided(whole(round_trip()), ours=[ours])
    assert result.seats[BACK.flight].holders == {"A": Holding("economy", 1)}
    assert OUT.flight not in result.seats


def test_a_journey_that_begins_before_the_one_before_has_ended_is_contradicted() -> None:
    """Here because irops has moved the first one."""
    late = structs.replace(OUT, flight=key(8), departs=NOW + hours(33), arrives=NOW + hours(34))
    early = structs.replace(BACK, flight=key(9, "BOS"), departs=NOW + hours(32), arrives=NOW + hours(33))
    ours = moved(round_trip(), late)
    reason, detail = why(decided(whole(round_trip(back=early)), ours=[ours], flights=[*FLIGHTS, late, early]))
    assert (reason, detail) == (
        "impossible",
        f"journey 2: {early.flight} leaves before the journey before it has ended",
    )


# Bookings that come and go.


def test_a_whole_booking_that_is_new_is_taken_in() -> None:
    result = decided(whole(SOLD, 7), ours=())
    taken = result.bookings["A"]
    assert (taken.version, journey_of(taken).state, journey_of(taken).last_fact) == (7, "ticketed", status_id("A", 7))
    assert result.seats[ONE].holders == {"A": Holding("economy", 1)}
    (fact,) = facts(result)
    assert isinstance(fact, BookingAmended)
    assert fact.before is None


NEVER_HELD = Booking(pnr="A", party=Party(passengers=0, seats=0, cabin="economy"), journeys=(), version=2)


def test_a_new_booking_that_cannot_be_held_is_contradicted_once_and_remembered() -> None:
    """An older version that could be held comes too late."""
    status = whole(with_party(SOLD, passengers=11, seats=11), 2)
    result = decided(status, status, whole(SOLD, 1), ours=())
    assert why(result)[0] == "no seats"
    assert (result.bookings, result.done) == ({"A": NEVER_HELD}, [1, 2])


def test_the_next_version_of_a_booking_that_could_not_be_held_is_decided_as_any() -> None:
    """It is taken in, or withdrawn: irops has heard of it."""
    taken = decided(whole(SOLD, 3), ours=[NEVER_HELD])
    assert flights_of(taken.bookings["A"]) == [[ONE]]
    (fact,) = facts(taken)
    assert isinstance(fact, BookingAmended)
    assert fact.before is None
    (gone,) = facts(decided(withdrawn(version=3), ours=[NEVER_HELD]))
    assert isinstance(gone, BookingWithdrawn)


def test_a_withdrawn_booking_gives_up_seats_places_and_what_is_personal() -> None:
    """It stays, so that a late plan or version finds it."""
    ours = stranded(with_party(round_trip(seats=2), contact="ana@example.org", remark="We are three."), 2)
    entry = WaitlistEntry(pnr="A", journey=2, origin="BOS", destination="JFK", seats=2)
    result = decided(withdrawn(version=2), ours=[ours], waiting={("A", 2): entry})
    assert result.bookings == {"A": Booking(pnr="A", party=structs.replace(party(2), paid=()), journeys=(), version=2)}
    assert result.seats[OUT.flight].holders == {}
    assert result.waiting == {("A", 2): None}
    assert [freed.flight for _, freed in result.freed] == [OUT.flight]
    assert facts(result) == [
        BookingWithdrawn(
            pnr="A",
            id=status_id("A", 2),
            version=2,
            journeys=(
                AmendedJourney(number=1, before=ours.journeys[0].legs),
                AmendedJourney(number=2, follows="waits"),
            ),
            decided_at=NOW,
        )
    ]


def test_a_late_version_does_not_revive_a_withdrawn_booking() -> None:
    """A later one does."""
    gone = Booking(pnr="A", party=party(), journeys=(), version=4)
    assert decided(whole(SOLD, 3), ours=[gone]).bookings == {}
    revived = decided(whole(SOLD, 5), ours=[gone]).bookings["A"]
    assert flights_of(revived) == [[ONE]]


def test_a_booking_that_was_never_known_and_is_withdrawn_is_contradicted_and_remembered() -> None:
    """An older version that comes later would else be taken in."""
    result = decided(withdrawn(version=2), whole(SOLD, 1), ours=())
    assert why(result) == ("unknown", "it is withdrawn, and irops does not have it")
    assert result.done == [1]
    assert result.bookings == {"A": NEVER_HELD}


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(ReservationStatus(pnr="A", version=1), id="neither"),
        pytest.param(ReservationStatus(pnr="A", version=1, withdrawn=True, booking=SOLD), id="both"),
        pytest.param(ReservationStatus(pnr="A", version=1, booking=booking("B", [FIRST])), id="another-pnr"),
    ],
)
def test_a_status_that_is_none_is_contradicted(status: ReservationStatus) -> None:
    assert why(decided(status))[0] == "impossible"


def test_a_journey_is_known_by_its_number() -> None:
    """The same flights under another number are another journey."""
    renumbered = structs.replace(SOLD, journeys=(structs.replace(SOLD.journeys[0], number=2),))
    (fact,) = facts(decided(whole(renumbered)))
    assert isinstance(fact, BookingAmended)
    assert [(each.number, bool(each.before), bool(each.after)) for each in fact.journeys] == [
        (1, True, False),
        (2, False, True),
    ]


# Who did not come.

GONE = structs.replace(OUT, phase="departed", departs=NOW - hours(1), arrives=NOW + hours(1))
CANCELS = SaleRules(no_show_cancels=True)


def not_come(*, sold: SeatLedger = GONE) -> tuple[Booking, Booking]:
    """A round trip as we have it, sold at these times, and as it is once no one came to its first flight."""
    ours = round_trip()
    leg = structs.replace(ours.journeys[0].legs[0], departs=sold.departs, arrives=sold.arrives)
    ours = ours.replacing(structs.replace(ours.journeys[0], legs=(leg,)))
    ours = structs.replace(ours, passengers=(Passenger(id="T1", kind="adult"),))
    return ours, structs.replace(ours, passengers=(Passenger(id="T1", kind="adult", coupons={OUT.flight: "no_show"}),))


@pytest.mark.parametrize(
    ("rules", "left"),
    [pytest.param(SaleRules(), [1, 2], id="by-default"), pytest.param(CANCELS, [1], id="where-the-rules-say-so")],
)
def test_a_no_show_cancels_later_journeys_where_the_rules_say_so(rules: SaleRules, left: list[int]) -> None:
    """The seats back are given up, and the fact says so."""
    ours, theirs = not_come()
    result = decided(whole(theirs), ours=[ours], flights=[GONE, BACK], rules=rules)
    assert [journey.number for journey in result.bookings["A"].journeys] == left
    assert (BACK.flight in result.seats) is (left == [1])
    (fact,) = facts(result)
    assert isinstance(fact, BookingAmended)
    assert [(each.number, each.after) for each in fact.journeys] == ([(2, ())] if left == [1] else [])


@pytest.mark.parametrize(
    "why_not",
    [
        pytest.param("disrupted", id="a-disruption-of-its-flight"),
        pytest.param("early", id="it-left-before-the-time-that-the-party-knew"),
        pytest.param("letter", id="a-letter-of-irops-about-the-journey"),
    ],
)
def test_a_no_show_that_irops_may_have_caused_cancels_nothing(why_not: str) -> None:
    """Late or not, a letter may be why no one came."""
    ours, theirs = not_come(sold=structs.replace(GONE, departs=NOW) if why_not == "early" else GONE)
    if why_not == "letter":
        ours = ours.replacing(structs.replace(ours.journeys[0], state="kept", last_fact="letter"))
    gone = structs.replace(GONE, last_fact=1, last_disruption=1) if why_not == "disrupted" else GONE
    result = decided(whole(theirs), ours=[ours], flights=[gone, BACK], rules=CANCELS)
    assert [journey.number for journey in result.bookings["A"].journeys] == [1, 2]
    assert facts(result)


def test_who_came_keeps_its_later_journeys() -> None:
    """One passenger of two is enough."""
    ours, theirs = not_come()
    people = (*theirs.passengers, Passenger(id="T2", kind="adult", coupons={OUT.flight: "flown"}))
    both = [
        structs.replace(with_party(each, passengers=2, seats=2), passengers=who)
        for each, who in ((ours, (*ours.passengers, Passenger(id="T2", kind="adult"))), (theirs, people))
    ]
    result = decided(whole(both[1]), ours=[both[0]], flights=[GONE, BACK], rules=CANCELS)
    assert [journey.number for journey in result.bookings["A"].journeys] == [1, 2]
