"""The feed tells the recorded story: late, twice, out of order, and in the end right."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pytest

from contracts.flights import FLIGHT_STATUS, FlightStatus
from simulation.announcements import FARTHEST, Announcement, feed_of
from simulation.parties import seed_flights
from simulation.record import Record

WINDOW = timedelta(hours=24)
Reading = Callable[[date, int], Record]
Told = Announcement[FlightStatus]


@pytest.fixture(scope="module")
def day(storm: Record) -> list[Told]:
    """The storm's own 24 hours."""
    return feed_of(storm, storm.first_instant, storm.first_instant + WINDOW, seed=7)


@pytest.fixture(scope="module")
def story(storm: Record) -> list[Told]:
    """All there is to say about four days."""
    return whole_story(storm)


def whole_story(record: Record, seed: int = 7) -> list[Told]:
    begin, end = record.first_instant - timedelta(days=2), record.horizon_end + timedelta(days=3)
    return feed_of(record, begin, end, seed=seed)


def newest(announcements: Iterable[Told]) -> dict[str, FlightStatus]:
    known: dict[str, FlightStatus] = {}
    for said in announcements:
        status = said.message
        if status.flight not in known or status.observed_at > known[status.flight].observed_at:
            known[status.flight] = status
    return known


@pytest.mark.parametrize("first", [date(2013, 2, 8), date(2013, 3, 9), date(2013, 6, 13), date(2013, 12, 31)], ids=str)
def test_the_newest_status_is_the_recorded_outcome(first: date, reading: Reading) -> None:
    """For every flight that ended inside the window, applying all statuses by `observed_at` gives what the record has."""
    record = reading(first, 2)
    begin, end = record.first_instant, record.first_instant + WINDOW
    known, checked = newest(feed_of(record, begin, end, seed=7)), 0
    for flight in record.flights:
        if flight.cancelled:
            # Every cancellation is told 2 h after the departure at the latest.
            if flight.scheduled_departure + timedelta(hours=2, minutes=1) > end:
                continue
            assert known[flight.flight].cancelled
        elif flight.arrived_at is not None:
            if flight.arrived_at + timedelta(minutes=3) > end:
                continue
            status = known[flight.flight]
            assert (status.departed_at, status.arrived_at) == (flight.departed_at, flight.arrived_at)
            assert (status.cancelled, status.diverted_to) == (False, None)
        else:
            assert flight.departed_at is not None
            if flight.departed_at + flight.block + timedelta(minutes=3) > end:
                continue
            status = known[flight.flight]
            assert status.diverted_to not in (None, flight.destination)
            assert (status.departed_at, status.arrived_at) == (flight.departed_at, None)
        checked += 1
    assert checked > 500


def test_everything_is_delivered_inside_the_window_in_order(storm: Record, day: list[Told]) -> None:
    """What was known before comes at the first instant exactly."""
    ats = [said.at for said in day]
    begin = storm.first_instant
    assert ats == sorted(ats)
    assert ats[0] == begin
    assert ats[-1] <= begin + WINDOW
    assert all(said.message.observed_at <= said.at for said in day)
    assert {s.at for s in day if s.message.observed_at + timedelta(minutes=35) < begin} == {begin}


def test_the_next_days_cancellations_are_told_today(day: list[Told]) -> None:
    """9 February's 393 were announced hours ahead: many on the 8th."""
    tomorrow = {s.message.flight for s in day if s.message.cancelled and s.message.flight.endswith("2013-02-09")}
    assert len(tomorrow) > 100


def test_a_flight_has_five_to_eight_messages(storm: Record, story: list[Told]) -> None:
    """On average, for one that flies; nobody has more than twenty."""
    flown = {f.flight for f in storm.flights if not f.cancelled}
    count: dict[str, int] = defaultdict(int)
    for said in story:
        count[said.message.flight] += 1
    assert 5 <= sum(count[f] for f in flown) / len(flown) <= 8
    assert max(count.values()) <= 20


def test_a_delay_is_approached(storm: Record, story: list[Told]) -> None:
    """The first estimates of flights more than two hours late are worse than the last by far."""
    first, last = 0.0, 0.0
    told: dict[str, list[FlightStatus]] = defaultdict(list)
    for said in story:
        if said.message.estimated_departure is not None:
            told[said.message.flight].append(said.message)
    late = [f for f in storm.flights if f.departed_at and f.departed_at - f.scheduled_departure > timedelta(hours=2)]
    for flight in late:
        steps = sorted(told[flight.flight], key=lambda status: status.observed_at)
        assert len(steps) > 1
        assert flight.departed_at is not None
        assert steps[0].estimated_departure is not None
        assert steps[-1].estimated_departure is not None
        first += abs(steps[0].estimated_departure - flight.departed_at).total_seconds()
        last += abs(steps[-1].estimated_departure - flight.departed_at).total_seconds()
    assert late
    assert last < first / 4


def test_no_estimate_has_passed_when_it_is_made(story: list[Told]) -> None:
    """A feed expects only what is to come."""
    for status in (said.message for said in story):
        if status.estimated_departure is not None:
            assert status.estimated_departure > status.observed_at
            assert status.estimated_arrival is not None
            assert status.estimated_arrival > status.estimated_departure


def test_departures_and_arrivals_are_told_as_they_happen(story: list[Told]) -> None:
    """Never before, and a repetition of one instant tells one thing."""
    seen: dict[tuple[str, object], FlightStatus] = {}
    for status in (said.message for said in story):
        assert status.departed_at is None or status.departed_at <= status.observed_at
        assert status.arrived_at is None or status.arrived_at <= status.observed_at
        assert seen.setdefault((status.flight, status.observed_at), status) == status


def test_nothing_is_announced_a_day_ahead(storm: Record, story: list[Told]) -> None:
    """So seeding's own `observed_at` is always older."""
    due = {f.flight: f.scheduled_departure for f in storm.flights}
    assert all(said.message.observed_at > due[said.message.flight] - FARTHEST for said in story)
    seeded = {s.flight.flight: s.flight.observed_at for s in seed_flights(storm, seed=7, load_factor=0.1)}
    assert all(said.message.observed_at > seeded[said.message.flight] for said in story)


def test_a_storms_cancellations_come_hours_ahead_with_a_tail(storm: Record, story: list[Told]) -> None:
    """More than a third over 6 h before, some only when it should have left."""
    due = {f.flight: f.scheduled_departure for f in storm.flights_of(storm.first) if f.cancelled}
    told: dict[str, timedelta] = {}
    for status in (said.message for said in story):
        if status.cancelled and status.flight in due:
            told[status.flight] = due[status.flight] - status.observed_at
    assert len(told) == 472
    leads = told.values()
    assert sum(lead >= timedelta(hours=6) for lead in leads) / 472 > 0.35
    assert 0.01 < sum(lead < timedelta(minutes=1) for lead in leads) / 472 < 0.12


def test_messages_come_late_twice_and_out_of_order(story: list[Told]) -> None:
    """At about the documented rates: 4 %, 5 % and 2 %."""
    first: dict[tuple[str, object], Told] = {}
    repeated = overtaken = 0
    latest: dict[str, FlightStatus] = {}
    for said in story:
        status = said.message
        key = (status.flight, status.observed_at)
        if key in first:
            repeated += 1
            continue
        first[key] = said
        if status.flight in latest and latest[status.flight].observed_at > status.observed_at:
            overtaken += 1
        else:
            latest[status.flight] = status
    late = sum(said.at - said.message.observed_at >= timedelta(minutes=2) for said in first.values())
    assert 0.03 < repeated / len(first) < 0.07
    assert 0.01 < overtaken / len(first) < 0.04
    assert 0.03 < late / len(first) < 0.09


def test_some_cancellations_are_withdrawn(storm: Record) -> None:
    """Flown flights that were called cancelled are restored within about two hours."""
    flown = {f.flight for f in storm.flights if not f.cancelled}
    withdrawn = 0
    for seed in range(3):
        told: dict[str, list[FlightStatus]] = defaultdict(list)
        for said in whole_story(storm, seed):
            told[said.message.flight].append(said.message)
        for flight in flown:
            steps = sorted(told[flight], key=lambda status: status.observed_at)
            for at, status in enumerate(steps):
                if status.cancelled:
                    withdrawn += 1
                    restored = next(s for s in steps[at:] if not s.cancelled)
                    assert restored.observed_at - status.observed_at <= timedelta(hours=2, minutes=1)
                    break
    assert 0.0015 < withdrawn / (3 * len(flown)) < 0.006


@pytest.mark.parametrize("sample", [1.0, 0.05], ids=["full", "twentieth"])
def test_a_changed_aircraft_is_told_with_its_seats(storm: Record, sample: float) -> None:
    """From the swap on every status has them, so no order of arrival can lose them; other flights' seats are not told."""
    sold = {s.flight.flight: s.flight for s in seed_flights(storm, seed=7, sample=sample)}
    begin, end = storm.first_instant - timedelta(days=2), storm.horizon_end + timedelta(days=3)
    known = newest(feed_of(storm, begin, end, seed=7, sample=sample))
    changed = [status for status in known.values() if status.seats is not None]
    assert changed
    for status in changed:
        assert sold[status.flight].tail is None
        assert status.seats is not None
        assert all(count > 0 for count in status.seats.values())
    tails = {f.flight: f.tail for f in storm.flights}
    assert all(status.tail == tails[status.flight] for status in known.values())


def test_one_seed_tells_one_story(storm: Record, day: list[Told]) -> None:
    """The same again, and another with another seed."""
    again = feed_of(storm, storm.first_instant, storm.first_instant + WINDOW, seed=7)
    other = feed_of(storm, storm.first_instant, storm.first_instant + WINDOW, seed=8)
    assert again == day
    assert other != day


def test_a_flights_news_does_not_depend_on_the_days_read(storm: Record, day: list[Told], reading: Reading) -> None:
    """Reading fewer days leaves out their flights and changes nothing else."""
    alone = reading(storm.first, 1)
    told = feed_of(alone, alone.first_instant, alone.first_instant + WINDOW, seed=7)
    keys = {f.flight for f in alone.flights}
    assert told == [said for said in day if said.message.flight in keys]


def test_every_status_can_be_addressed(day: list[Told]) -> None:
    """Its subject takes it."""
    assert all(FLIGHT_STATUS.of(said.message).name.startswith("feed.flight.") for said in day)
