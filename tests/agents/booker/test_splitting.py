"""A booking is split: some of its passengers get one of their own, and irops loses no one and frees no seat."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from agents.booker.domain import Amendments, status_id
from agents.booker.domain.amending import LONGEST_WAIT
from contracts.ledger import BeforeRequests, Booking, Connection, Holding, SeatLedger
from contracts.money import Money, PaidItem
from contracts.names import Pnr
from contracts.passengers import Passenger, PassengerKind, Service
from contracts.reservations import BookingAmended, BookingContradicted, PartySummary, ReservationStatus, SplitFrom
from tests.agents.booker.booker_world import DEPARTS, NOW, ONE, TWO, booking, flight, hours, key
from tests.agents.booker.reservation_world import (
    BACK,
    FIRST,
    FLIGHTS,
    OUT,
    SECOND,
    WAITS,
    decided,
    facts,
    flights_of,
    moved,
    round_trip,
    stranded,
    why,
    with_party,
)
from tests.reservation_system import whole, withdrawn
from tests.single_journey import journey_of

FOUR = booking("A", [FIRST], seats=4)
"""Four passengers who are not listed, in four seats, for 400 dollars."""


def part(of: Booking, seats: int, pnr: Pnr = "A", **party: Any) -> Booking:
    """A part of a booking whose people are not listed, with its share of what was paid."""
    fare = PaidItem(kind="fare", price=Money(amount=Decimal(100 * seats), currency="USD"))
    changes = {"passengers": seats, "seats": seats, "paid": (fare,), **party}
    return structs.replace(with_party(of, **changes), pnr=pnr)


def split(left: Booking, new: Booking, *, version: int = 1, left_version: int = 1) -> ReservationStatus:
    whence = SplitFrom(pnr=left.pnr, version=left_version, booking=left)
    return ReservationStatus(pnr=new.pnr, version=version, booking=new, split_from=whence)


def halved(of: Booking = FOUR, **more: Any) -> ReservationStatus:
    """One of its four passengers gets a booking of their own."""
    return split(part(of, 3), part(of, 1, "N"), **more)


def contradiction(result: Amendments[int]) -> tuple[str, str]:
    """Reason and detail, which both bookings have and which has changed nothing."""
    one, other = facts(result)
    assert isinstance(one, BookingContradicted)
    assert isinstance(other, BookingContradicted)
    assert (result.seats, result.waiting, result.freed) == ({}, {}, [])
    assert (one.pnr, other.pnr, one.reason, one.detail) == ("A", "N", other.reason, other.detail)
    return one.reason, one.detail


def holders(result: Amendments[int], on: SeatLedger) -> dict[Pnr, int]:
    return {pnr: held.seats for pnr, held in result.seats[on.flight].holders.items()}


# What each of the two has.


def test_each_half_has_its_people_seats_and_money_and_no_seat_is_free_in_between() -> None:
    """On a full flight, for which others wait."""
    others = booking("B", [FIRST], seats=6)
    result = decided(halved(left_version=3), ours=[FOUR, others])
    left, new = result.bookings["A"], result.bookings["N"]
    assert (left.party.seats, new.party.seats, left.version, new.version) == (3, 1, 3, 1)
    assert holders(result, FIRST) == {"A": 3, "B": 6, "N": 1}
    assert result.freed == []
    assert result.seats[ONE].last_fact == FIRST.last_fact
    assert facts(result) == [
        BookingAmended(
            pnr="A",
            id=status_id("A", 3),
            version=3,
            before=PartySummary(passengers=4, seats=4),
            after=PartySummary(passengers=3, seats=3),
            changed=("passengers", "seats", "paid"),
            decided_at=NOW,
        ),
        BookingAmended(
            pnr="N",
            id=status_id("N", 1),
            version=1,
            after=PartySummary(passengers=1, seats=1),
            follows=status_id("A", 3),
            decided_at=NOW,
        ),
    ]


def test_both_halves_are_on_the_trip_that_irops_has_given_them() -> None:
    """The reservation system repeats the flight that it knows."""
    ours = moved(FOUR, SECOND)
    result = decided(halved(), ours=[ours])
    assert [result.bookings[pnr].journeys for pnr in ("A", "N")] == [ours.journeys] * 2
    assert holders(result, SECOND) == {"A": 3, "N": 1}
    assert journey_of(result.bookings["N"]).last_fact == "moved"


def test_what_a_flight_knows_of_the_party_it_knows_of_both() -> None:
    """That it connects, that it has to get off, and that it had lost seats."""
    onward = flight(key(7, "SFO"), destination="LAX", departs=DEPARTS + hours(7), arrives=DEPARTS + hours(8))
    ours = booking("A", [FIRST, onward], seats=4)
    small = structs.replace(FIRST, capacity={"economy": 3}, offloaded=("A",))
    had = structs.replace(SECOND, lost_by={"A": 1})
    result = decided(halved(ours), ours=[ours], flights=[small, onward, had])
    assert result.seats[ONE].offloaded == ("A", "N")
    assert result.seats[ONE].connecting == {pnr: Connection(None, onward.flight) for pnr in ("A", "N")}
    assert result.seats[TWO].lost_by == {"A": 1, "N": 1}


def test_seats_that_the_party_had_lost_are_offered_to_both() -> None:
    """An offer to the whole party may be under way, and comes to nothing."""
    ours = booking("A", [FIRST], seats=4)
    had = structs.replace(SECOND, lost_by={"A": 1})
    result = decided(halved(ours), ours=[ours], flights=[FIRST, had])
    ((_, freed),) = result.freed
    assert (freed.flight, freed.lost_by) == (TWO, (("A", 1), ("N", 1)))


def test_a_party_that_waits_waits_on_as_two() -> None:
    """Each for its own seats."""
    entry = structs.replace(WAITS["A", 1], seats=4)
    result = decided(halved(), ours=[stranded(FOUR)], waiting={("A", 1): entry})
    assert result.waiting == {
        ("A", 1): structs.replace(entry, seats=3),
        ("N", 1): structs.replace(entry, pnr="N", seats=1),
    }
    assert journey_of(result.bookings["N"]).state == "stranded"


def test_each_half_of_a_party_that_waits_keeps_its_share_of_the_seats_that_it_holds() -> None:
    """And each is found by the timer that ends them."""
    waits = journey_of(stranded(FOUR))
    held = FOUR.journeys[0].legs
    ours = FOUR.replacing(structs.replace(waits, held=held))
    entry = structs.replace(WAITS["A", 1], seats=4, held=(FIRST.flight,))
    result = decided(halved(), ours=[ours], waiting={("A", 1): entry})
    assert holders(result, FIRST) == {"A": 3, "N": 1}
    assert [journey_of(half).held for half in result.bookings.values()] == [held, held]
    assert [each.held for each in result.waiting.values() if each] == [(FIRST.flight,)] * 2


def test_a_half_that_is_withdrawn_in_the_same_commit_has_never_waited() -> None:
    """There is no place on the waitlist to be given up."""
    entry = structs.replace(WAITS["A", 1], seats=4)
    result = decided(halved(), withdrawn("N", 2), ours=[stranded(FOUR)], waiting={("A", 1): entry})
    assert result.waiting == {("A", 1): structs.replace(entry, seats=3)}


def test_a_party_is_split_while_it_is_under_way() -> None:
    """Both halves are on board, and have their way back."""
    ours = round_trip(seats=4)
    aloft = structs.replace(OUT, phase="departed")
    result = decided(halved(ours), ours=[ours], flights=[aloft, BACK], now=NOW + hours(1.5))
    assert flights_of(result.bookings["N"]) == [[OUT.flight], [BACK.flight]]
    assert result.seats[OUT.flight].holders == {"A": Holding("economy", 3), "N": Holding("economy", 1)}


# Repeated, late, and in another order.


def test_a_split_that_is_heard_again_changes_nothing() -> None:
    """In one group, and after it."""
    result = decided(halved(), halved(), ours=[FOUR])
    assert (len(result.facts), result.done) == (2, [1, 1])
    again = decided(halved(), ours=list(result.bookings.values()))
    assert (again.facts, again.bookings, again.done) == ([], {}, [0, 0])


def test_a_booking_that_irops_does_not_have_is_taken_in_as_two() -> None:
    """The whole booking, which comes later, is an older version and does nothing."""
    result = decided(halved(left_version=2), whole(FOUR, 1), ours=())
    assert holders(result, FIRST) == {"A": 3, "N": 1}
    assert [each.follows for each in facts(result) if isinstance(each, BookingAmended)] == ["", ""]
    assert result.done == [1]


def test_a_version_of_the_old_booking_that_overtakes_the_split_holds() -> None:
    """The new one still gets its seats."""
    first = decided(whole(part(FOUR, 3, contact="late@example.org"), 2), ours=[FOUR])
    result = decided(halved(), ours=[first.bookings["A"]])
    assert "A" not in result.bookings
    assert holders(result, FIRST) == {"A": 3, "N": 1}


def test_a_version_of_the_new_booking_that_overtakes_the_split_holds() -> None:
    """The old one is left with the others."""
    first = decided(whole(part(FOUR, 1, "N", contact="late@example.org"), 2), ours=[FOUR])
    result = decided(halved(), ours=[FOUR, first.bookings["N"]])
    assert "N" not in result.bookings
    assert holders(result, FIRST) == {"A": 3, "N": 1}


def test_a_split_that_misses_an_earlier_version_waits_for_it() -> None:
    """A fifth passenger has joined: that is version 1, and comes after version 2."""
    five = with_party(part(FOUR, 5), paid=FOUR.party.paid)
    status = split(with_party(part(FOUR, 4), paid=part(FOUR, 3).party.paid), part(FOUR, 1, "N"), left_version=2)
    early = decided(status, ours=[FOUR])
    assert (len(early.ahead), early.facts, early.bookings) == (1, [], {})
    joined = decided(whole(five, 1), ours=[FOUR]).bookings["A"]
    assert holders(decided(status, ours=[joined]), FIRST) == {"A": 4, "N": 1}
    late = decided(status, ours=[FOUR], came_at=NOW - LONGEST_WAIT)
    assert contradiction(late)[0] == "not conserved"


def test_a_forgotten_half_is_not_named_again() -> None:
    """The other one is decided by itself."""
    result = decided(halved(), ours=[FOUR], forgotten={"N"})
    assert [fact.pnr for fact in facts(result)] == ["A"]
    assert holders(result, FIRST) == {"A": 3}


# What is contradicted.


@pytest.mark.parametrize(
    ("left", "new", "detail"),
    [
        pytest.param(
            part(FOUR, 3),
            part(FOUR, 2, "N"),
            "it has 4 passengers in 4 seats, and the two together have 5 in 5",
            id="people",
        ),
        pytest.param(
            part(FOUR, 3),
            with_party(part(FOUR, 1, "N"), seats=2, ssrs=("EXST",)),
            "it has 4 passengers in 4 seats, and the two together have 4 in 5",
            id="seats",
        ),
        pytest.param(
            part(FOUR, 3),
            part(FOUR, 1, "N", paid=()),
            "what was paid for it is not what was paid for the two bookings",
            id="money",
        ),
        pytest.param(
            part(FOUR, 3),
            part(FOUR, 1, "N", ssrs=("WCHR",)),
            "its special services are not those of the two bookings",
            id="services",
        ),
    ],
)
def test_people_seats_services_and_money_are_conserved(left: Booking, new: Booking, detail: str) -> None:
    assert contradiction(decided(split(left, new), ours=[FOUR])) == ("not conserved", detail)


def test_money_may_be_divided_into_other_items() -> None:
    """What counts is the amount of each kind in each currency."""
    one, three = (PaidItem(kind="fare", price=Money(amount=Decimal(n), currency="USD")) for n in ("99.5", "300.5"))
    left, new = part(FOUR, 3, paid=(three,)), part(FOUR, 1, "N", paid=(one,))
    assert decided(split(left, new), ours=[FOUR]).bookings.keys() == {"A", "N"}


def test_a_split_changes_no_journey() -> None:
    """A later version may."""
    assert contradiction(decided(split(part(FOUR, 3), part(booking("N", [SECOND]), 1, "N")), ours=[FOUR])) == (
        "impossible",
        "its journeys are others once it is split",
    )
    trip = round_trip(seats=4)
    out_only = structs.replace(trip, journeys=trip.journeys[:1])
    shorter = decided(split(part(trip, 3), part(out_only, 1, "N")), ours=[trip])
    assert contradiction(shorter)[0] == "impossible"


def test_a_booking_is_split_into_a_new_one() -> None:
    """Not into one that exists."""
    ours = [FOUR, booking("N", [FIRST])]
    assert contradiction(decided(halved(), ours=ours)) == (
        "impossible",
        "it is split from another booking, and irops has it already",
    )


@pytest.mark.parametrize(
    "whence",
    [
        pytest.param(SplitFrom(pnr="N", version=1, booking=part(FOUR, 3, "N")), id="itself"),
        pytest.param(SplitFrom(pnr="B", version=1, booking=part(FOUR, 3)), id="another-pnr"),
    ],
)
def test_a_split_that_is_none_is_contradicted(whence: SplitFrom) -> None:
    status = ReservationStatus(pnr="N", version=1, booking=part(FOUR, 1, "N"), split_from=whence)
    assert why(decided(status, ours=[FOUR]))[0] == "impossible"


# Who may not be parted.


def person(id_: str, kind: PassengerKind | None = "adult", **more: Any) -> Passenger:
    return Passenger(id=id_, kind=kind, **more)


ANA, BO = person("ana"), person("bo")
CHILD, INFANT = person("child", "child"), person("infant", "infant")
BOY, GIRL = person("boy", None, age=14), person("girl", "child")


def family(*people: Passenger, pnr: Pnr = "A") -> Booking:
    """A booking of these, as it is once it has been taken in: infants have no seat, and needs are the party's."""
    infants = sum(passenger.is_infant for passenger in people)
    needs = sorted({ssr for passenger in people for ssr in passenger.needs})
    whole = part(FOUR, len(people) - infants, pnr, passengers=len(people), ssrs=tuple(needs))
    return structs.replace(whole, passengers=people)


def parted(left: tuple[Passenger, ...], new: tuple[Passenger, ...]) -> str:
    """Why these may not be parted; nothing where they are."""
    result = decided(split(family(*left), family(*new, pnr="N")), ours=[family(*left, *new)])
    if isinstance(facts(result)[0], BookingAmended):
        return ""
    reason, detail = contradiction(result)
    assert reason == "parted"
    return detail


IN_CARE = structs.replace(CHILD, escort="ana")


@pytest.mark.parametrize(
    ("left", "new", "why_not"),
    [
        pytest.param((ANA,), (BO,), "", id="adults"),
        pytest.param((BO,), (ANA, CHILD, INFANT), "", id="all minors with an adult"),
        pytest.param((ANA, BO), (CHILD,), "its minors would be parted from all its adults", id="child from adults"),
        pytest.param((INFANT,), (ANA, BO), "its minors would be parted from all its adults", id="infant from adults"),
        pytest.param((ANA, CHILD), (BO, INFANT), "its minors would be parted from each other", id="siblings"),
        pytest.param((ANA, BOY), (BO, GIRL), "its minors would be parted from each other", id="teenager"),
        pytest.param(
            (BO, CHILD, INFANT), (ANA, structs.replace(BOY, escort="ana")), "", id="each with those who have their care"
        ),
        pytest.param(
            (ANA, BO),
            (person("carl"), IN_CARE),
            "one of its passengers would be parted from the one who has them in their care",
            id="child from its escort",
        ),
        pytest.param((BO,), (ANA, IN_CARE), "", id="child with its escort"),
        pytest.param(
            (ANA,),
            (structs.replace(BO, escort="ana"),),
            "one of its passengers would be parted from the one who has them in their care",
            id="adult from their escort",
        ),
    ],
)
def test_no_minor_is_parted_from_those_who_have_its_care(
    left: tuple[Passenger, ...], new: tuple[Passenger, ...], why_not: str
) -> None:
    assert parted(left, new) == why_not


def test_two_who_travel_alone_stay_together() -> None:
    """They are children without an adult."""
    one, other = (person(id_, "child", services=(Service(ssr="UMNR"),)) for id_ in ("one", "other"))
    assert parted((one,), (other,)) == "its minors would be parted from each other"


def test_a_party_with_minors_whose_people_are_not_known_is_not_split() -> None:
    ours = with_party(FOUR, ssrs=("INFT",))
    status = split(with_party(part(FOUR, 3), ssrs=("INFT",)), part(FOUR, 1, "N"))
    assert contradiction(decided(status, ours=[ours])) == (
        "parted",
        "it has minors (INFT), and not all its people are known",
    )


def test_each_person_is_in_one_of_the_two_as_they_were() -> None:
    """Their coupons aside: those may be newer."""
    ours = family(ANA, BO)
    swapped = split(family(ANA), family(person("carl"), pnr="N"))
    assert contradiction(decided(swapped, ours=[ours])) == (
        "not conserved",
        "its passengers are not each in one of the two bookings, as they were",
    )
    older = split(family(ANA), family(structs.replace(BO, age=30), pnr="N"))
    assert contradiction(decided(older, ours=[ours]))[0] == "not conserved"
    checked_in = structs.replace(BO, coupons={ONE: "checked_in"})
    result = decided(split(family(ANA), family(checked_in, pnr="N")), ours=[ours], flights=FLIGHTS)
    assert result.bookings["N"].passengers == (checked_in,)


def test_a_split_of_what_a_request_has_changed_beside_the_trip_waits_for_a_person() -> None:
    """The reservation system may not know, and whose bag it is neither of them does."""
    ours = structs.replace(FOUR, before_requests=BeforeRequests(bags=1))
    reason, _ = contradiction(decided(halved(), ours=[ours]))
    assert reason == "requested"
