"""Which parties are offloaded when the aircraft has become smaller."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.booker.domain import apply_changes
from agents.booker.domain.offload import offloaded, presence_on
from contracts.ledger import Holding, Party
from contracts.names import Cabin, Pnr
from contracts.passengers import CouponState, Passenger
from tests.agents.booker.booker_world import ONE, booking, changed, flight, party


def leaving(parties: dict[Pnr, Party], *, seats: int, cabin: Cabin = "economy") -> tuple[Pnr, ...]:
    holders = {pnr: Holding(cabin, p.seats) for pnr, p in parties.items()}
    return offloaded(flight(holders=holders, capacity={cabin: seats}), parties)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(party(tier="platinum"), party(ssrs=("WCHR",)), id="vulnerable-stay"),
        pytest.param(party(fare=900), party(tier="silver"), id="tier-stays"),
        pytest.param(party(tier="diamond"), party(tier="silver"), id="a-tier-that-is-known-stays"),
        pytest.param(party(fare=90), party(fare=100), id="dearer-fare-stays"),
        pytest.param(party(1, fare=100), party(2, fare=200), id="larger-party-stays"),
        pytest.param(party(), party(), id="then-by-pnr"),
    ],
)
def test_the_order_of_getting_off(first: Party, second: Party) -> None:
    """Each criterion decides if the earlier ones are equal."""
    assert leaving({"Y": second, "X": first}, seats=second.seats) == ("X",)


@pytest.mark.parametrize(
    ("states", "leaves"),
    [
        pytest.param({"A": "no_show"}, "A", id="who-did-not-come"),
        pytest.param({"B": "boarded"}, "A", id="not-who-is-on-board"),
        pytest.param({"B": "flown"}, "A", id="nor-who-has-flown"),
        pytest.param({"A": "checked_in", "B": "open"}, "B", id="checked-in-is-no-priority"),
    ],
)
def test_who_was_at_the_gate_comes_before_every_priority(states: dict[Pnr, CouponState], leaves: Pnr) -> None:
    """A has the dearer ticket, B has none that counts: only what is known of the flight turns the order."""
    bookings = {pnr: booking("X", [flight()], party=party(fare=900 if pnr == "A" else 9)) for pnr in "AB"}
    for pnr, state in states.items():
        bookings[pnr] = structs.replace(bookings[pnr], passengers=(Passenger(id="1", coupons={ONE: state}),))
    ledger = flight(holders={pnr: Holding("economy", 1) for pnr in "AB"}, capacity={"economy": 1})
    parties = {pnr: each.party for pnr, each in bookings.items()}
    assert offloaded(ledger, parties, presence=presence_on(ONE, bookings)) == (leaves,)
    departs = changed(ledger, "departed", phase="departed", seats={"economy": 1})
    applied = apply_changes([(departs, 0)], ledgers={ONE: ledger}, bookings=bookings)
    assert applied.seats[ONE].offloaded == (leaves,)


def test_a_party_that_is_not_needed_after_all_stays() -> None:
    """A party that frees enough seats alone spares the ones chosen before it."""
    assert leaving({"A": party(1, fare=50), "B": party(3, fare=300)}, seats=1) == ("B",)


def test_each_cabin_is_judged_by_itself() -> None:
    """Neither free nor missing seats of another cabin count."""
    ledger = flight(
        holders={"A": Holding("first", 1), "B": Holding("economy", 1)}, capacity={"first": 0, "economy": 10}
    )
    assert offloaded(ledger, {"A": party(cabin="first"), "B": party()}) == ("A",)


def test_a_holder_whose_party_is_not_given_is_an_error() -> None:
    """No choice is made without it."""
    with pytest.raises(KeyError, match="A"):
        offloaded(flight(holders={"A": Holding("economy", 1)}, capacity={"economy": 0}), {})


@given(
    sizes=st.lists(st.integers(1, 6), max_size=12),
    capacity=st.integers(0, 40),
)
def test_enough_parties_get_off_and_none_in_vain(sizes: list[int], capacity: int) -> None:
    """The others fit, and would not if any of the chosen ones stayed."""
    parties = {f"P{i}": party(size, fare=(i * 37) % 11) for i, size in enumerate(sizes)}
    chosen = leaving(parties, seats=capacity)
    left = sum(p.seats for pnr, p in parties.items() if pnr not in chosen)
    assert left <= capacity
    assert all(left + parties[pnr].seats > capacity for pnr in chosen)
