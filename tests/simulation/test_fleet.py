"""Seats: by tail if that is plausible, otherwise by carrier."""

from contracts.names import Cabin
from simulation.equipment import SWAPPED, equipment_of
from simulation.fleet import CARRIERS, cabins, seat_count
from simulation.record import Aircraft, Record

AIRCRAFT = {
    "N200": Aircraft("A320-232", 200),
    "N4": Aircraft("172N", 4),
    "N20": Aircraft("ERJ 190-100 IGW", 20),
    "N379": Aircraft("A330-243", 379),
}


def test_a_plausible_tail_gives_the_seats() -> None:
    """If its carrier flies aircraft of that size."""
    assert seat_count("B6", "N200", AIRCRAFT) == 200


def test_a_tail_that_is_missing_unknown_or_implausible_gets_the_carriers_usual_seats() -> None:
    """No commuter carrier flies passengers in a Cessna, and no JetBlue in an A330."""
    assert [seat_count("MQ", tail, AIRCRAFT) for tail in (None, "N0", "N4")] == [50, 50, 50]
    assert seat_count("B6", "N379", AIRCRAFT) == CARRIERS["B6"].usual


def test_a_type_that_the_register_has_wrong_is_corrected() -> None:
    """An Embraer 190 has a hundred seats, not twenty."""
    assert seat_count("B6", "N20", AIRCRAFT) == 100


def test_regional_aircraft_and_one_cabin_carriers_have_no_first_class() -> None:
    """For others it is a tenth."""
    one: list[dict[Cabin, int]] = [cabins("EV", 50), cabins("B6", 150)]
    assert one == [{"economy": 50}, {"economy": 150}]
    assert cabins("DL", 150) == {"first": 15, "economy": 135}


def test_every_carriers_sizes_are_plausible() -> None:
    """The usual and other sizes are within its limits, and there is always another size to swap to."""
    for fleet in CARRIERS.values():
        assert all(fleet.least <= seats <= fleet.most for seats in (fleet.usual, *fleet.others))
        assert len(set(fleet.others)) >= 2


def test_every_carrier_of_the_record_is_in_the_table(storm: Record) -> None:
    """No carrier gets the table's default."""
    assert {f.carrier for f in storm.flights} <= CARRIERS.keys()


def test_some_flown_flights_were_sold_on_another_aircraft(storm: Record) -> None:
    """About three in a thousand, over five seeds; the aircraft that flies is always the recorded one."""
    swapped = flown = 0
    for seed in range(5):
        for flight in storm.flights:
            equipment = equipment_of(flight, aircraft=storm.aircraft, seed=seed)
            assert equipment.flown == cabins(flight.carrier, seat_count(flight.carrier, flight.tail, storm.aircraft))
            assert not (equipment.swapped and flight.cancelled)
            assert equipment.swapped == (equipment.sold != equipment.flown)
            swapped += equipment.swapped
            flown += not flight.cancelled
    assert 0.6 * SWAPPED < swapped / flown < 1.5 * SWAPPED
