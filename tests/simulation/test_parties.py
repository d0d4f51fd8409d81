"""Flights fill to the load factor, with plausible parties, the same for one seed."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice

import msgspec
import pytest

from contracts.ledger import Booking, SeatLedger
from contracts.money import fare_rank
from simulation.parties import SeededFlight, seed_flights
from simulation.parties.locators import Locators
from simulation.record import Record

pytestmark = pytest.mark.xdist_group("record")  # the days of the record are read and seeded once

Seeding = list[SeededFlight]
Reading = Callable[[date, int], Record]


@pytest.fixture(scope="module")
def seeded(storm: Record) -> Seeding:
    """Four days at full size."""
    return list(seed_flights(storm, seed=7))


def bookings(seeding: Seeding) -> list[Booking]:
    return [b for s in seeding for b in s.bookings]


def seats_sold(seeding: Seeding) -> int:
    return sum(b.party.seats for b in bookings(seeding))


def capacity(seeding: Seeding) -> int:
    return sum(sum(s.seat_ledger.capacity.values()) for s in seeding)


def test_the_storms_day_has_about_101000_passengers(storm: Record, seeded: Seeding) -> None:
    """At a load factor of 0.83."""
    day = {f.flight for f in storm.flights_of(storm.first)}
    people = sum(b.party.passengers for s in seeded if s.flight.flight in day for b in s.bookings)
    assert 99_000 < people < 104_000


@pytest.mark.parametrize("load_factor", [0.0, 0.3, 0.95, 1.0])
def test_flights_fill_to_the_load_factor_and_never_beyond_capacity(load_factor: float, reading: Reading) -> None:
    """Within one per cent on average over a day; each cabin of each flight within its seats."""
    seeding = list(seed_flights(reading(date(2013, 12, 31), 1), seed=7, load_factor=load_factor))
    assert seats_sold(seeding) / capacity(seeding) == pytest.approx(load_factor, abs=0.01)
    for one in seeding:
        assert all(one.seat_ledger.free(cabin) >= 0 for cabin in one.seat_ledger.capacity)


def test_loads_differ_between_flights(seeded: Seeding) -> None:
    """Some have a third of their seats free, some are full."""
    loads = [1 - s.seat_ledger.free("economy") / s.seat_ledger.capacity["economy"] for s in seeded]
    assert min(loads) < 0.72
    assert max(loads) > 0.95


def test_the_ledger_and_the_bookings_agree(seeded: Seeding) -> None:
    """Each holder is a booking with that cabin and that many seats, and vice versa."""
    for one in seeded:
        held = {b.pnr: (b.party.cabin, b.party.seats) for b in one.bookings}
        assert {p: (h.cabin, h.seats) for p, h in one.seat_ledger.holders.items()} == held
        assert len(held) == len(one.bookings)
        assert one.seat_ledger.capacity == one.flight.seats


def test_a_seeded_flight_is_as_scheduled(storm: Record, seeded: Seeding) -> None:
    """It has one change, no announcement since, and is observed a day before the replay."""
    for recorded, one in zip(storm.flights, seeded, strict=True):
        flight, ledger = one.flight, one.seat_ledger
        assert (flight.flight, flight.phase, flight.last_change) == (recorded.flight, "scheduled", 1)
        assert (flight.departs, flight.arrives) == (recorded.scheduled_departure, recorded.scheduled_arrival)
        assert (flight.announced_departure, flight.announced_arrival) == (flight.departs, flight.arrives)
        assert flight.observed_at == storm.first_instant - timedelta(days=1)
        assert (ledger.phase, ledger.last_change, ledger.last_fact, ledger.last_disruption) == ("scheduled", 1, 0, 0)
        assert (ledger.departs, ledger.arrives) == (flight.departs, flight.arrives)


def test_a_booking_holds_the_flight_of_its_ticket(seeded: Seeding) -> None:
    """One leg, the ticket's flight at the ticket's times, in the cabin paid for."""
    for one in seeded:
        for booking in one.bookings:
            (leg,) = booking.journeys[0].legs
            assert booking.journeys[0].ticket.flights == (one.flight.flight,) == (leg.flight,)
            assert (booking.journeys[0].ticket.departs, booking.journeys[0].ticket.arrives) == (
                leg.departs,
                leg.arrives,
            )
            assert (leg.cabin, leg.answered, booking.journeys[0].state) == (booking.party.cabin, 0, "ticketed")


def test_locators_are_six_characters_and_never_repeat(seeded: Seeding) -> None:
    """Of about 200,000."""
    pnrs = [b.pnr for b in bookings(seeded)]
    assert 180_000 < len(set(pnrs)) == len(pnrs)
    assert {len(p) for p in pnrs} == {6}


def test_too_many_flights_for_the_locators_are_an_error() -> None:
    """A day has at most 4,096 flights and a flight 512 parties; no PNR is given twice."""
    locators = Locators(7)
    assert len(set(locators.of_flight(day_of_year=366, flight=4095))) == 512
    with pytest.raises(ValueError, match="there are no PNRs for flight 4096 of day 1"):
        next(locators.of_flight(day_of_year=1, flight=4096))


def test_infants_need_no_seat_and_have_an_adult(seeded: Seeding) -> None:
    """Seats are passengers less infants."""
    for party in (b.party for b in bookings(seeded)):
        assert party.seats == party.passengers - party.ssrs.count("INFT") > 0
        assert 1 <= party.passengers <= 6


def test_unaccompanied_minors_are_alone(seeded: Seeding) -> None:
    """There are some."""
    minors = [b.party for b in bookings(seeded) if "UMNR" in b.party.ssrs]
    assert minors
    assert all(p.passengers == 1 and "CHLD" not in p.ssrs for p in minors)


def test_parties_are_composed_as_documented(seeded: Seeding) -> None:
    """Shares of size, language, tier and remarks."""
    parties = [b.party for b in bookings(seeded)]
    sizes = Counter(p.passengers for p in parties)
    assert sizes[1] / len(parties) == pytest.approx(0.48, abs=0.02)
    assert sum(p.passengers for p in parties) / len(parties) == pytest.approx(1.96, abs=0.05)
    assert sum(bool(p.remark) for p in parties) / len(parties) == pytest.approx(0.03, abs=0.002)
    languages = Counter(p.language for p in parties)
    assert languages["en"] > languages["es"] > languages["fr"] > 1_000
    assert all(p.tier != "none" for p in parties) is False
    assert {p.tier for p in parties} == {"none", "silver", "gold", "platinum"}


def test_remarks_are_whole_sentences_in_the_partys_language(seeded: Seeding) -> None:
    """No template field is left, and there is variety."""
    remarks = {(b.party.language, b.party.remark) for b in bookings(seeded) if b.party.remark}
    assert not any("{" in text or "}" in text for _, text in remarks)
    assert Counter(language for language, _ in remarks).keys() == {"en", "es", "fr"}
    assert len(remarks) > 500


def test_contacts_are_undeliverable(seeded: Seeding) -> None:
    """`.invalid` is reserved by RFC 2606."""
    assert all(b.party.contact == f"{b.pnr.lower()}@example.invalid" for b in bookings(seeded))


def test_first_class_costs_more(seeded: Seeding) -> None:
    """On one flight, a seat in first costs more than twice one in economy, on average."""
    one = next(s for s in seeded if s.seat_ledger.capacity.get("first", 0) >= 15)
    per_seat = {
        cabin: sum(fare_rank(b.party.paid) for b in one.bookings if b.party.cabin == cabin)
        / sum(b.party.seats for b in one.bookings if b.party.cabin == cabin)
        for cabin in ("first", "economy")
    }
    assert per_seat["first"] > 1.8 * per_seat["economy"] > 0


def test_one_seed_gives_one_set_of_bytes(storm: Record, seeded: Seeding) -> None:
    """Another seed gives others."""
    encode = msgspec.json.Encoder().encode
    again = list(islice(seed_flights(storm, seed=7), 500))
    assert encode([s.bookings for s in again]) == encode([s.bookings for s in seeded[:500]])
    assert [s.seat_ledger for s in again] == [s.seat_ledger for s in seeded[:500]]
    other = next(seed_flights(storm, seed=8))
    assert other.bookings != seeded[0].bookings


def test_a_flights_parties_do_not_depend_on_the_days_read(storm: Record, seeded: Seeding, reading: Reading) -> None:
    """One day alone is seeded as among four."""
    alone = list(seed_flights(reading(storm.first, 1), seed=7))
    assert alone == seeded[: len(alone)]


def test_a_sample_is_a_share_of_the_same_parties_and_of_the_seats(storm: Record, seeded: Seeding) -> None:
    """A twentieth of parties, passengers and seats, at the same load; groups stay whole."""
    sample = list(seed_flights(storm, seed=7, sample=0.05))
    full = {b.pnr: b for b in bookings(seeded)}
    kept = bookings(sample)
    assert all(full[b.pnr] == b for b in kept)
    assert len(kept) / len(full) == pytest.approx(0.05, rel=0.02)
    assert seats_sold(sample) / seats_sold(seeded) == pytest.approx(0.05, rel=0.03)
    assert capacity(sample) / capacity(seeded) == pytest.approx(0.05, rel=0.03)
    assert all(s.seat_ledger.capacity["economy"] >= 1 for s in sample)
    assert all(s.seat_ledger.free(cabin) >= 0 for s in sample for cabin in s.seat_ledger.capacity)


def test_seeded_messages_can_be_decoded(seeded: Seeding) -> None:
    """The contracts accept every key, code and PNR."""
    for one in seeded[::200]:
        assert msgspec.json.decode(msgspec.json.encode(one.seat_ledger), type=SeatLedger) == one.seat_ledger
        assert msgspec.json.decode(msgspec.json.encode(one.bookings), type=list[Booking]) == one.bookings


@pytest.mark.parametrize(
    ("load_factor", "sample", "words"),
    [
        (1.1, 1.0, "a load factor of 1.1 is not"),
        (-0.1, 1.0, "a load factor of -0.1"),
        (0.8, 0.0, "a sample of 0.0 is not"),
    ],
    ids=["over", "under", "none"],
)
def test_a_share_out_of_range_is_refused(storm: Record, load_factor: float, sample: float, words: str) -> None:
    """At once, not at the first flight."""
    with pytest.raises(ValueError, match=words):
        seed_flights(storm, seed=7, load_factor=load_factor, sample=sample)
