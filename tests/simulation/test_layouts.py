"""Generic layouts for the record's flights, and who sits where on them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.layouts import layout_fault
from contracts.names import CABINS
from simulation.layouts import layout_of, with_numbers
from simulation.parties import SeededFlight, seed_flights
from simulation.record import Record


@given(st.integers(0, 40), st.integers(1, 400))
def test_a_generic_layout_has_as_many_seats_as_the_aircraft(first: int, economy: int) -> None:
    """In each cabin, and nothing in it contradicts the rest."""
    layout = layout_of({"first": first, "economy": economy})
    assert layout_fault(layout) is None
    cabins = list(layout.cabin_of().values())
    assert [cabins.count(cabin) for cabin in CABINS] == [first, 0, 0, economy]


@pytest.fixture
def seeded(storm: Record) -> list[SeededFlight]:
    return [with_numbers(flight) for flight in list(seed_flights(storm, seed=7, sample=0.2))[:200]]


def test_every_party_has_seats_of_its_own(seeded: list[SeededFlight]) -> None:
    """As many as it holds, in its cabin; the few that may not sit at an exit, where no other seats are left, have none."""
    without = 0
    for flight in seeded:
        ledger, cabin_of = flight.seat_ledger, layout_of(flight.flight.seats).cabin_of()
        held = [number for numbers in ledger.numbers.values() for number in numbers]
        assert len(held) == len(set(held))
        for pnr, numbers in ledger.numbers.items():
            assert len(numbers) == ledger.holders[pnr].seats
            assert {cabin_of[number] for number in numbers} == {ledger.holders[pnr].cabin}
        without += len(ledger.holders) - len(ledger.numbers)
    assert without < 0.01 * sum(len(flight.bookings) for flight in seeded)
