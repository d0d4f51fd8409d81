"""Delay with hindsight: the record's arrivals against the tickets'."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.ledger import Booking, Leg, Party, Ticket
from simulation.hindsight import passenger_delays
from simulation.record import Record, RecordedFlight
from tests.single_journey import altered, single


def booked(flight: RecordedFlight, *, people: int = 1, state: str = "rebooked", late: float = 0.0) -> Booking:
    """A party on this flight, whose ticket promised an arrival `late` minutes before the real one."""
    promised = (flight.arrived_at or flight.scheduled_arrival) - timedelta(minutes=late)
    leg = Leg(flight=flight.flight, destination=flight.destination, cabin="economy", departs=promised, arrives=promised)
    booking = single(
        f"P{flight.flight.split('.')[1]}",
        Party(passengers=people, seats=people, cabin="economy"),
        ticket=Ticket(
            origin=flight.origin,
            destination=flight.destination,
            departs=promised,
            arrives=promised,
            flights=(flight.flight,),
        ),
        legs=(leg,),
        state="rebooked",
    )
    if state == "stranded":
        return altered(booking, state="stranded", legs=())
    return altered(booking, state=state)


@pytest.fixture
def arrived(storm: Record) -> RecordedFlight:
    return next(f for f in storm.flights if f.arrived_at)


@pytest.fixture
def cancelled(storm: Record) -> RecordedFlight:
    return next(f for f in storm.flights if f.cancelled)


def test_figures_are_weighted_by_passengers(storm: Record, arrived: RecordedFlight) -> None:
    """Nine people 10 minutes late and one 110: mean 20, median and 90th percentile 10."""
    figures = passenger_delays(
        [booked(arrived, people=9, late=10), booked(arrived, late=110, state="kept")], storm, storm.horizon_end
    )
    assert (figures.parties, figures.passengers) == (2, 10)
    assert (figures.mean, figures.median, figures.p90) == (20, 10, 10)
    assert (figures.arrived_mean, figures.arrived_median, figures.arrived_p90) == (20, 10, 10)


def test_parties_that_were_not_disrupted_are_not_counted(storm: Record, arrived: RecordedFlight) -> None:
    """Their bookings are still `ticketed`."""
    figures = passenger_delays([booked(arrived, late=50, state="ticketed")], storm, storm.horizon_end)
    assert (figures.parties, figures.mean, figures.p90) == (0, 0, 0)


def test_early_counts_as_on_time(storm: Record, arrived: RecordedFlight) -> None:
    """It does not make up for the delay of others."""
    figures = passenger_delays([booked(arrived, late=-60), booked(arrived, late=60)], storm, storm.horizon_end)
    assert figures.mean == 30


def test_the_last_legs_flight_decides(storm: Record, arrived: RecordedFlight, cancelled: RecordedFlight) -> None:
    """The outcome of an earlier leg's flight does not matter."""
    booking = booked(arrived, late=30)
    booking = altered(booking, legs=(booked(cancelled).journeys[0].legs[0], *booking.journeys[0].legs))
    figures = passenger_delays([booking], storm, storm.horizon_end)
    assert (figures.mean, figures.censored_parties) == (30, 0)


@pytest.mark.parametrize("state", ["stranded", "rebooked", "kept"])
def test_a_party_that_never_arrives_is_censored_a_day_after_the_horizon(
    storm: Record, cancelled: RecordedFlight, state: str
) -> None:
    """Stranded, or on a cancelled flight; counted in the figures and apart."""
    figures = passenger_delays([booked(cancelled, people=3, state=state)], storm, storm.horizon_end)
    bound = storm.horizon_end + timedelta(hours=24) - cancelled.scheduled_arrival
    assert figures.mean == bound / timedelta(minutes=1)
    assert (figures.censored_parties, figures.censored_passengers, figures.arrived_mean) == (1, 3, 0)


def test_a_flight_that_the_record_lacks_is_censored(storm: Record, arrived: RecordedFlight) -> None:
    """Its arrival is not known."""
    booking = booked(arrived)
    elsewhere = replace(booking.journeys[0].legs[0], flight="ZZ.1.JFK.2013-02-08")
    figures = passenger_delays([altered(booking, legs=(elsewhere,))], storm, storm.horizon_end)
    assert figures.censored_parties == 1


def test_a_diverted_flight_that_got_there_counts_as_it_arrived(storm: Record) -> None:
    """One that did not is censored."""
    got_there = next(f for f in storm.flights if f.diverted and f.arrived_at)
    figures = passenger_delays([booked(got_there, late=200)], storm, storm.horizon_end)
    assert (figures.mean, figures.censored_parties) == (200, 0)
    elsewhere = next(f for f in storm.flights if f.diverted and f.arrived_at is None)
    assert passenger_delays([booked(elsewhere)], storm, storm.horizon_end).censored_parties == 1


def test_figures_are_minutes_not_rounded(storm: Record, arrived: RecordedFlight) -> None:
    """Half minutes stay."""
    figures = passenger_delays([booked(arrived, late=0.5)], storm, storm.horizon_end)
    assert figures.median == 0.5
