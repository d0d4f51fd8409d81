"""Seats by number in what the booker commits: with each holding, and with another aircraft."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from msgspec import structs

from agents.booker.domain import (
    Amendments,
    Decision,
    Layouts,
    Planned,
    Stated,
    amend,
    apply_changes,
    decide_group,
    forget,
    import_bookings,
)
from agents.booker.domain.flights import Changes
from contracts.layouts import Layout, SeatNumber, Section
from contracts.ledger import (
    Booking,
    BookingChanged,
    BookingKept,
    BookingStranded,
    Reseated,
    SeatLedger,
    SeatsReassigned,
)
from contracts.names import Pnr
from contracts.passengers import Passenger
from contracts.plans import PlanProposed
from contracts.reservations import BookingAmended, ReservationStatus, SplitFrom
from tests.agents.booker.booker_world import (
    NOW,
    ONE,
    REVISION,
    TWO,
    booking,
    changed,
    flight,
    keep,
    leg,
    move,
    none,
    option,
    seated,
)

OLD = Layout(layout="old", sections=(Section(cabin="economy", first=1, last=4, letters="AB CD"),))
NEW = Layout(layout="new", sections=(Section(cabin="economy", first=1, last=4, letters="ABC DEF"),), exits=(1,))
LAYOUTS = Layouts([OLD, NEW])
CLOSED = flight(phase="cancelled", last_fact=1, last_disruption=1)
Numbers = Mapping[Pnr, tuple[SeatNumber, ...]]


def numbered(ledger: SeatLedger, numbers: Numbers | None = None, *, layout: str = "old") -> SeatLedger:
    return structs.replace(ledger, layout=layout, numbers=dict(numbers or {}))


def decide(
    flights: Sequence[SeatLedger], bookings: Sequence[Booking], *plans: PlanProposed, unnumbered: Sequence[Booking] = ()
) -> Decision[int]:
    return decide_group(
        [Planned(plan, at) for at, plan in enumerate(plans)],
        bookings={b.pnr: (b, REVISION) for b in bookings},
        flights=seated(flights, [*bookings, *unnumbered]),
        now=NOW,
        layouts=LAYOUTS,
        unnumbered={b.pnr: b for b in unnumbered},
    )


def test_a_move_gives_up_seats_and_gets_others_by_number() -> None:
    """In one commit; the fact names both, and the booking none."""
    closed, open_ = numbered(CLOSED, {"A": ("1A", "1B")}), numbered(flight(TWO))
    a = booking("A", [CLOSED], seats=2)
    result = decide([closed, open_], [a], move("A", option(leg(TWO))))
    assert (result.seats[ONE].numbers, result.seats[TWO].numbers) == ({}, {"A": ("1A", "1B")})
    ((_, fact),) = result.facts
    assert isinstance(fact, BookingChanged)
    assert [(each.flight, each.seats) for each in (*fact.before, *fact.after)] == [
        (ONE, ("1A", "1B")),
        (TWO, ("1A", "1B")),
    ]
    assert [each.seats for each in result.bookings["A"].all_legs] == [()]


def test_two_plans_of_one_group_get_different_seats() -> None:
    """Each sees what the earlier one took."""
    bookings = [booking(pnr, [CLOSED], seats=2) for pnr in "AB"]
    result = decide([CLOSED, numbered(flight(TWO))], bookings, *(move(pnr, option(leg(TWO))) for pnr in "AB"))
    assert result.seats[TWO].numbers == {"A": ("1A", "1B"), "B": ("1C", "1D")}


def test_a_flight_without_a_layout_has_counts_alone() -> None:
    """Its ledger and its facts are as they were."""
    result = decide([CLOSED, flight(TWO)], [booking("A", [CLOSED])], move("A", option(leg(TWO))))
    assert (result.seats[TWO].layout, result.seats[TWO].numbers) == (None, {})
    assert all(each.seats == () for _, fact in result.facts if isinstance(fact, BookingChanged) for each in fact.after)


def test_a_confirmation_names_the_seats_that_the_party_has() -> None:
    """A plan to keep a trip changes none."""
    late = numbered(flight(last_fact=1, last_disruption=1), {"A": ("2C",)})
    result = decide([late], [booking("A", [late])], keep("A", leg(ONE, 1)))
    ((_, fact),) = result.facts
    assert isinstance(fact, BookingKept)
    assert (fact.after[0].seats, result.seats) == (("2C",), {})


def test_a_stranded_party_gives_up_its_numbers() -> None:
    """They are free for others; the fact still says which they were."""
    result = decide([numbered(CLOSED, {"A": ("2C",)})], [booking("A", [CLOSED])], none("A", leg(ONE, 1)))
    ((_, fact),) = result.facts
    assert isinstance(fact, BookingStranded)
    assert (fact.before[0].seats, result.seats[ONE].numbers) == (("2C",), {})


def test_a_holder_without_a_number_gets_one_that_becomes_free() -> None:
    """In the commit that frees it."""
    tiny = Layout(layout="tiny", sections=(Section(cabin="economy", first=1, last=1, letters="A"),))
    full = structs.replace(flight(last_fact=1, last_disruption=1), layout="tiny", numbers={"A": ("1A",)})
    result = decide_group(
        [Planned(move("A", option(leg(TWO))), 0)],
        bookings={"A": (booking("A", [full]), REVISION)},
        flights=seated([full, flight(TWO)], [booking("A", [full]), booking("B", [full])]),
        now=NOW,
        layouts=Layouts([tiny]),
        unnumbered={"B": booking("B", [full])},
    )
    assert result.seats[ONE].numbers == {"B": ("1A",)}


def test_an_imported_party_gets_the_seats_that_its_legs_name() -> None:
    """As far as it may have them: the second wants one that the first has."""
    open_ = numbered(flight())
    a, b = (_with_seats(booking(pnr, [open_]), "3C") for pnr in "AB")
    result = import_bookings([a, b], existing={}, flights={ONE: open_}, layouts=LAYOUTS)
    assert result.seats[ONE].numbers == {"A": ("3C",), "B": ("3D",)}
    assert [each.seats for each in result.bookings["A"].all_legs] == [()]
    assert import_bookings([a], existing=result.bookings, flights=result.seats, layouts=LAYOUTS).present == {"A"}


def _with_seats(sold: Booking, *numbers: SeatNumber) -> Booking:
    journeys = tuple(
        structs.replace(each, legs=tuple(structs.replace(x, seats=numbers) for x in each.legs))
        for each in sold.journeys
    )
    return structs.replace(sold, journeys=journeys)


# What the reservation system changes.


def people(*ids: str) -> tuple[Passenger, ...]:
    """Adults, but for those whose id begins with k."""
    return tuple(Passenger(id=each, age=9 if each[0] == "k" else 40) for each in ids)


def with_people(sold: Booking, *ids: str) -> Booking:
    party = structs.replace(sold.party, passengers=len(ids), seats=len(ids))
    return structs.replace(sold, party=party, passengers=people(*ids))


def amended(ours: Booking, status: ReservationStatus, numbers: tuple[SeatNumber, ...]) -> Amendments[int]:
    ledgers = seated([numbered(flight(), {ours.pnr: numbers})], [ours])
    return amend(
        [Stated(status, 0, NOW)], bookings={ours.pnr: ours}, flights=ledgers, waiting={}, now=NOW, layouts=LAYOUTS
    )


OURS = with_people(booking("A", [flight()]), "p", "q", "r")


@pytest.mark.parametrize(
    ("ids", "numbers"),
    [
        pytest.param(("p", "r"), ("1A", "1C"), id="smaller"),
        pytest.param(("p", "q", "r", "s"), ("1A", "1B", "1C", "1D"), id="larger"),
        pytest.param(("r", "q", "p"), ("1C", "1B", "1A"), id="in another order"),
        pytest.param(("p", "x", "r"), ("1A", "1B", "1C"), id="another person"),
    ],
)
def test_those_who_stay_keep_their_seats(ids: tuple[str, ...], numbers: tuple[SeatNumber, ...]) -> None:
    """Whatever becomes of the others of the party. The fact about it names the seats."""
    status = ReservationStatus(pnr="A", version=1, booking=with_people(OURS, *ids))
    result = amended(OURS, status, ("1A", "1B", "1C"))
    assert result.seats[ONE].numbers == {"A": numbers}
    assert [fact.seats for _, fact in result.facts if isinstance(fact, BookingAmended)] == [{ONE: numbers}]


def test_a_party_with_a_child_in_place_of_an_adult_may_sit_otherwise() -> None:
    """The child has to sit beside an adult."""
    ours = with_people(booking("A", [flight()]), "p", "q")
    status = ReservationStatus(pnr="A", version=1, booking=with_people(ours, "p", "k"))
    (numbers,) = amended(ours, status, ("1B", "1C")).seats[ONE].numbers.values()
    assert numbers in (("1A", "1B"), ("1C", "1D"))


def test_each_half_of_a_split_keeps_the_seats_of_its_people() -> None:
    """None is free in between."""
    left, new = with_people(OURS, "p", "r"), structs.replace(with_people(OURS, "q"), pnr="B")
    ours, left = _paid_alike(OURS), _paid_alike(left)
    status = ReservationStatus(
        pnr="B", version=1, booking=_paid_alike(new), split_from=SplitFrom(pnr="A", version=1, booking=left)
    )
    result = amended(ours, status, ("1A", "1B", "1C"))
    assert result.seats[ONE].numbers == {"A": ("1A", "1C"), "B": ("1B",)}
    named = {fact.pnr: fact.seats for _, fact in result.facts if isinstance(fact, BookingAmended)}
    assert named == {"A": {ONE: ("1A", "1C")}, "B": {ONE: ("1B",)}}
    assert result.freed == []


def _paid_alike(sold: Booking) -> Booking:
    return structs.replace(sold, party=structs.replace(sold.party, paid=()))


def test_a_forgotten_party_has_no_seat_by_number() -> None:
    """Nor is it in a fact about seats that were assigned again."""
    ledgers = seated([numbered(flight(), {"A": ("1A",), "B": ("1B",)})], [booking(pnr, [flight()]) for pnr in "AB"])
    fact = SeatsReassigned(
        flight=ONE,
        n=1,
        cause="aircraft",
        layout="old",
        parties=(Reseated("A", ("2A",), ("1A",)), Reseated("B", ("2B",), ("1B",))),
    )
    result = forget("A", flights=ledgers, facts=[fact], sellable_from=NOW, layouts=LAYOUTS)
    assert result.seats[ONE].numbers == {"B": ("1B",)}
    assert result.redacted == (structs.replace(fact, parties=fact.parties[1:]),)


# Another aircraft.


def re_equipped(
    numbers: Numbers, bookings: Sequence[Booking], *, now: SeatLedger | None = None, **state: object
) -> Changes[int]:
    before = numbered(now or flight(), numbers) if numbers else (now or flight())
    ledgers = seated([before], bookings)
    fields: dict[str, Any] = {"layout": "new", "seats": {"economy": 24}, **state}
    change = changed(before, "re-equipped", **fields)
    return apply_changes([(change, 0)], ledgers=ledgers, bookings={b.pnr: b for b in bookings}, layouts=LAYOUTS)


def reassigned(result: Changes[int]) -> SeatsReassigned | None:
    return next((fact for _, fact in result.facts if isinstance(fact, SeatsReassigned)), None)


def test_seats_that_are_as_good_are_kept() -> None:
    """A window stays a window and two stay side by side; the fact names only those who have others."""
    parties = [booking(pnr, [flight()], seats=seats) for pnr, seats in (("A", 1), ("B", 2), ("C", 1))]
    result = re_equipped({"A": ("2A",), "B": ("3A", "3B"), "C": ("2D",)}, parties)
    fact = reassigned(result)
    assert fact is not None
    assert (fact.cause, fact.layout, fact.n) == ("aircraft", "new", 2)  # after the fact about more seats
    assert [party.pnr for party in fact.parties] == ["C"]
    (moved,) = fact.parties
    assert moved.before == ("2D",)
    assert moved.after[0][-1] in "AF"  # it had a window
    assert result.seats[ONE].numbers == {"A": ("2A",), "B": ("3A", "3B"), "C": moved.after}
    assert result.seats[ONE].last_disruption == 0


def test_a_family_is_seated_before_those_who_travel_alone() -> None:
    """On an aircraft with too few rows for all to keep what they had, a minor is still beside its adult."""
    small = Layout(
        layout="small", sections=(Section(cabin="economy", first=9, last=10, letters="A B"),), absent=("9B",)
    )
    pair = Layout(layout="pair", sections=(Section(cabin="economy", first=1, last=1, letters="AB C"),))
    family = with_people(booking("F", [flight()]), "p", "k")
    alone = booking("A", [flight()])
    before = numbered(flight(), {"A": ("1A",), "F": ("2A", "2B")})
    change = changed(before, "re-equipped", layout="pair", seats={"economy": 3})
    result = apply_changes(
        [(change, 0)],
        ledgers=seated([before], [alone, family]),
        bookings={"A": alone, "F": family},
        layouts=Layouts([OLD, small, pair]),
    )
    assert result.seats[ONE].numbers == {"F": ("1A", "1B"), "A": ("1C",)}


def test_those_who_have_to_get_off_are_the_last_to_have_seats() -> None:
    """Three hold seats, and there are two."""
    two = Layout(layout="two", sections=(Section(cabin="economy", first=1, last=1, letters="A B"),))
    parties = [booking(pnr, [flight()]) for pnr in "ABC"]
    before = numbered(flight(), {"A": ("1A",), "B": ("1B",), "C": ("1C",)})
    change = changed(before, "re-equipped", layout="two", seats={"economy": 2})
    result = apply_changes(
        [(change, 0)],
        ledgers=seated([before], parties),
        bookings={b.pnr: b for b in parties},
        layouts=Layouts([OLD, two]),
    )
    ledger = result.seats[ONE]
    assert set(ledger.numbers) == set("ABC") - set(ledger.offloaded)
    fact = reassigned(result)
    assert fact is not None
    assert [(each.pnr, each.after) for each in fact.parties if not each.after] == [(ledger.offloaded[0], ())]


def test_seats_are_numbered_once_the_layout_is_known() -> None:
    """A flight that was counted until then."""
    fact = reassigned(re_equipped({}, [booking("A", [flight()], seats=2)]))
    assert fact is not None
    assert (fact.cause, [each.before for each in fact.parties]) == ("numbered", [()])


@pytest.mark.parametrize("layout", [None, "unknown"])
def test_a_layout_that_is_not_known_leaves_counts_alone(layout: str | None) -> None:
    """The aircraft is another, so the old numbers are none of its seats."""
    result = re_equipped({"A": ("1A",)}, [booking("A", [flight()])], layout=layout)
    assert (result.seats[ONE].layout, result.seats[ONE].numbers) == (None, {})
    fact = reassigned(result)
    assert fact is not None
    assert fact.parties == (Reseated("A", ("1A",), ()),)


@pytest.mark.parametrize("phase", ["cancelled", "departed"])
def test_no_seats_are_assigned_again_on_a_flight_that_takes_no_one(phase: str) -> None:
    """Cancelled, or gone."""
    result = re_equipped({"A": ("1A",)}, [booking("A", [flight()])], phase=phase)
    assert (result.seats[ONE].numbers, reassigned(result)) == ({"A": ("1A",)}, None)
