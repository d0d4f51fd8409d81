"""Which seats a party gets: what may never be, and what always is, whatever the layout and the seats taken already."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from agents.booker.domain.seating import assign, beside, request_of
from agents.booker.domain.seatmaps import SeatMap, take
from contracts.layouts import Layout, SeatNumber, Section, layout_fault
from contracts.ledger import Booking, Party, SeatPreference
from contracts.names import Cabin
from contracts.passengers import Passenger, with_seats

NARROW = Layout(
    layout="narrow",
    sections=(
        Section(cabin="first", first=1, last=2, letters="AC DF"),
        Section(cabin="economy", first=3, last=8, letters="ABC DEF"),
    ),
    exits=(5,),
    blocked=("8F",),
    bassinets=("3B",),
    extra_legroom=("3A", "3C"),
)
letters = st.sampled_from(["A B", "AB CD", "ABC", "ABC DEF", "A BCD E", "AB CDE FG"])


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Small ones, with all that a layout can say."""
    economy = Section(cabin="economy", first=2, last=draw(st.integers(2, 4)), letters=draw(letters))
    layout = Layout(layout="x", sections=(Section(cabin="first", first=1, last=1, letters="A B"), economy))
    numbers = sorted(layout.cabin_of())
    some = st.lists(st.sampled_from(numbers), max_size=3, unique=True).map(tuple)
    layout = structs.replace(layout, exits=draw(st.sampled_from([(), (2,), (3,)][: economy.last])), absent=draw(some))
    left = sorted(layout.cabin_of()) or numbers
    named = st.lists(st.sampled_from(left), max_size=2, unique=True).map(tuple)
    layout = structs.replace(layout, blocked=draw(named), bassinets=draw(named), extra_legroom=draw(named))
    return layout if layout_fault(layout) is None else structs.replace(layout, absent=(), exits=())


ages = st.sampled_from([4, 9, 16, 30, 40, None])


@st.composite
def bookings(draw: st.DrawFn, *, most: int = 5) -> Booking:
    """A party with its people, some of them in the care of others, or without."""
    people = draw(st.lists(ages, min_size=1, max_size=most))
    passengers = [Passenger(id=str(at), age=age) for at, age in enumerate(people)]
    for at, age in enumerate(people):
        if age is not None and age < 18 and draw(st.booleans()):
            escort = draw(st.integers(0, len(people) - 1))
            if escort != at:
                passengers[at] = structs.replace(passengers[at], escort=str(escort))
    party = Party(
        passengers=len(people),
        seats=len(people),
        cabin="economy",
        preference=draw(st.sampled_from(["none", "window", "aisle"])),
        ssrs=draw(st.sampled_from([(), ("WCHR",), ("LANG",)])),
    )
    known = draw(st.booleans()) or most < 5
    return Booking(pnr="P", party=party, journeys=(), passengers=tuple(passengers) if known else ())


def seat_all(layout: Layout, parties: Sequence[tuple[Booking, Cabin]]) -> list[tuple[SeatNumber, ...]]:
    """Each party's seats, one after the other."""
    seats = SeatMap(layout)
    free, given_ = seats.free({}), []
    for booking, cabin in parties:
        numbers = assign(seats, free, request_of(booking, cabin, booking.party.seats))
        take(seats, free, numbers)
        given_.append(numbers)
    return given_


parties = st.lists(st.tuples(bookings(), st.sampled_from(["first", "economy"])), min_size=1, max_size=8)


@given(layouts(), parties)
def test_no_seat_is_given_to_two_parties(layout: Layout, parties: list[tuple[Booking, Cabin]]) -> None:
    """Nor twice to one."""
    numbers = [number for party in seat_all(layout, parties) for number in party]
    assert len(numbers) == len(set(numbers))


@given(layouts(), parties)
def test_seats_are_of_the_layout_and_the_cabin(layout: Layout, parties: list[tuple[Booking, Cabin]]) -> None:
    """A party has all that it needs there, or none; and none that is blocked."""
    cabin_of = layout.cabin_of()
    for (booking, cabin), numbers in zip(parties, seat_all(layout, parties), strict=True):
        assert len(numbers) in (0, booking.party.seats)
        assert {cabin_of[number] for number in numbers} <= {cabin}
        assert set(numbers).isdisjoint(layout.blocked)


@given(layouts(), parties)
def test_the_same_parties_get_the_same_seats(layout: Layout, parties: list[tuple[Booking, Cabin]]) -> None:
    """Whatever was worked out before."""
    assert seat_all(layout, parties) == seat_all(structs.replace(layout), parties)


@given(layouts(), parties)
def test_exit_rows_are_for_those_who_may_sit_there(layout: Layout, parties: list[tuple[Booking, Cabin]]) -> None:
    """No party with a minor, or with a service of those that forbid it."""
    for (booking, _), numbers in zip(parties, seat_all(layout, parties), strict=True):
        if "WCHR" in booking.party.ssrs or any(each.is_minor for each in booking.passengers):
            assert {int(number[:-1]) for number in numbers}.isdisjoint(layout.exits)


@given(layouts(), parties)
def test_a_party_without_seats_could_have_had_none(layout: Layout, parties: list[tuple[Booking, Cabin]]) -> None:
    """There were fewer than it needs, of those that it may have."""
    cabin_of, taken = layout.cabin_of(), set(layout.blocked)
    for (booking, cabin), numbers in zip(parties, seat_all(layout, parties), strict=True):
        if not numbers:
            fit = "WCHR" not in booking.party.ssrs and not any(each.is_minor for each in booking.passengers)
            rows = () if fit else layout.exits
            left = [n for n, c in cabin_of.items() if c == cabin and n not in taken and int(n[:-1]) not in rows]
            assert len(left) < booking.party.seats
        taken.update(numbers)


# Minors, against every way to seat the party.


def neighbours(layout: Layout, one: SeatNumber, other: SeatNumber) -> bool:
    """Whether these two seats are side by side, read off the layout's own letters."""
    if one[:-1] != other[:-1]:
        return False
    row = int(one[:-1])
    section = next(each for each in layout.sections if each.first <= row <= each.last)
    return abs(section.letters.index(one[-1]) - section.letters.index(other[-1])) == 1


def is_minded(layout: Layout, people: Sequence[Passenger], numbers: Sequence[SeatNumber]) -> bool:
    """Whether each minor sits beside the adult in whose care it is, or else beside any adult."""
    adults = {person.id: number for person, number in zip(people, numbers, strict=True) if not person.is_minor}
    for person, number in zip(people, numbers, strict=True):
        if person.is_minor and adults:
            own = [adults[person.escort]] if person.escort in adults else list(adults.values())
            if not any(neighbours(layout, number, adult) for adult in own):
                return False
    return True


@settings(deadline=None)
@given(layouts(), bookings(most=4), st.data())
def test_minors_sit_beside_an_adult_wherever_that_is_possible(
    layout: Layout, booking: Booking, data: st.DataObject
) -> None:
    """Of all ways to seat the party in what is free, if one has each minor beside an adult, so has the one that is chosen."""
    seats = SeatMap(layout)
    usable = sorted(
        number for number, cabin in layout.cabin_of().items() if cabin == "economy" and number not in layout.blocked
    )
    taken = data.draw(st.lists(st.sampled_from(usable), max_size=len(usable), unique=True)) if usable else []
    free = seats.free({"others": tuple(taken)})
    numbers = assign(seats, free, request_of(booking, "economy", booking.party.seats))
    people = with_seats(booking.passengers, booking.party.seats)
    fit = "WCHR" not in booking.party.ssrs and not any(each.is_minor for each in people)
    left = [n for n in usable if n not in taken and (fit or int(n[:-1]) not in layout.exits)]
    some = data.draw(st.permutations(left)) if len(left) > 9 else left
    possible = any(is_minded(layout, people, way) for way in permutations(some[:9], len(people)))
    if possible:
        assert is_minded(layout, people, numbers)


# What is preferred.


def adults(count: int, preference: SeatPreference = "none", **changes: object) -> Booking:
    party = structs.replace(Party(passengers=count, seats=count, cabin="economy", preference=preference), **changes)
    return Booking(pnr="P", party=party, journeys=())


def family(*people: int) -> Booking:
    passengers = tuple([Passenger(id=str(at), age=age) for at, age in enumerate(people)])
    party = Party(passengers=len(people), seats=len(people), cabin="economy")
    return Booking(pnr="P", party=party, journeys=(), passengers=passengers)


@pytest.mark.parametrize(("preference", "letters_"), [("window", "AF"), ("aisle", "CD")])
def test_one_who_prefers_a_seat_gets_such_a_seat(preference: SeatPreference, letters_: str) -> None:
    """At a window, or at an aisle, while there is one."""
    numbers = seat_all(NARROW, [(adults(1, preference), "economy")] * 11)
    assert {number[-1] for (number,) in numbers} == set(letters_)


def test_a_party_sits_together() -> None:
    """Three in one block, four across the aisle, and seven in two rows."""
    three, four, seven = seat_all(NARROW, [(adults(3), "economy"), (adults(4), "economy"), (adults(7), "economy")])
    assert {number[:-1] for number in three} == {number[:-1] for number in three[:1]}
    assert set("ABC") == {number[-1] for number in three} or set("DEF") == {number[-1] for number in three}
    assert len({number[:-1] for number in four}) == 1
    assert len({number[:-1] for number in seven}) == 2


def test_parties_in_twos_leave_no_seat_alone_between_them() -> None:
    """One alone is put where a seat would be left over, so that the next two find two together."""
    layout = structs.replace(NARROW, blocked=(), exits=(), bassinets=())
    seats = SeatMap(layout)
    given_ = seat_all(
        layout, [(adults(1), "economy"), (adults(2), "economy"), (adults(2), "economy"), (adults(1), "economy")]
    )
    assert all(beside(seats, *pair) for pair in given_ if len(pair) == 2)
    assert len({number[:-1] for party in given_ for number in party}) == 1


def test_an_adult_minds_two_children_between_them() -> None:
    """The party's seats are in the order of its people."""
    (numbers,) = seat_all(NARROW, [(family(8, 35, 6), "economy")])
    assert [number[-1] for number in numbers] in (["A", "B", "C"], ["D", "E", "F"])


def test_an_infant_on_a_lap_has_no_seat_and_is_near_a_bassinet() -> None:
    """The adult's seat is one that a bassinet can be fixed in front of."""
    booking = family(35, 1)
    booking = structs.replace(booking, party=structs.replace(booking.party, seats=1, ssrs=("INFT",)))
    assert seat_all(NARROW, [(booking, "economy")]) == [("3B",)]


def test_a_party_keeps_the_seats_that_it_had() -> None:
    """One more of it sits as near as can be."""
    seats = SeatMap(NARROW)
    request = request_of(adults(3), "economy", 3, had=("6A", "", "6C"))
    assert assign(seats, seats.free({}), request) == ("6A", "6B", "6C")
    assert assign(seats, seats.free({"Q": ("6C",)}), request) != ("6A", "6B", "6C")
