"""The feed announces the recorded outcome: late, twice, out of order, and correctly in the end."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pytest

from contracts.flights import FLIGHT_STATUS, FlightStatus
from simulation.announcements import FARTHEST, Announcement, feed_of
from simulation.parties import seed_flights
from simulation.record import Record

pytestmark = pytest.mark.xdist_group("record")  # the days of the record are read and seeded once

WINDOW = timedelta(hours=24)
Reading = Callable[[date, int], Record]
Announced = Announcement[FlightStatus]


@pytest.fixture(scope="module")
def day(storm: Record) -> list[Announced]:
    """The 24 hours of the storm."""
    return feed_of(storm, storm.first_instant, storm.first_instant + WINDOW, seed=7)


@pytest.fixture(scope="module")
def story(storm: Record) -> list[Announced]:
    """All announcements about four days."""
    return whole_story(storm)


def whole_story(record: Record, seed: int = 7) -> list[Announced]:
    begin, end = record.first_instant - timedelta(days=2), record.horizon_end + timedelta(days=3)
    return feed_of(record, begin, end, seed=seed)


def newest(announcements: Iterable[Announced]) -> dict[str, FlightStatus]:
    known: dict[str, FlightStatus] = {}
    for announcement in announcements:
        status = announcement.message
        if status.flight not in known or status.observed_at > known[status.flight].observed_at:
            known[status.flight] = status
    return known


@pytest.mark.parametrize("first", [date(2013, 2, 8), date(2013, 3, 9), date(2013, 6, 13), date(2013, 12, 31)], ids=str)
def test_the_newest_status_is_the_recorded_outcome(first: date, reading: Reading) -> None:
    """For every flight that ended inside the window, the status with the latest `observed_at` has the recorded outcome."""
    record = reading(first, 2)
    begin, end = record.first_instant, record.first_instant + WINDOW
    known, checked = newest(feed_of(record, begin, end, seed=7)), 0
    for flight in record.flights:
        if flight.cancelled:
            # Every cancellation is announced 2 h after the departure at the latest.
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


def test_everything_is_delivered_inside_the_window_in_order(storm: Record, day: list[Announced]) -> None:
    """Earlier announcements come at the first instant."""
    times = [announcement.at for announcement in day]
    begin = storm.first_instant
    assert times == sorted(times)
    assert times[0] == begin
    assert times[-1] <= begin + WINDOW
    assert all(announcement.message.observed_at <= announcement.at for announcement in day)
    assert {s.at for s in day if s.message.observed_at + timedelta(minutes=35) < begin} == {begin}


def test_the_next_days_cancellations_are_announced_today(day: list[Announced]) -> None:
    """Many of the 393 of 9 February are announced on the 8th, hours ahead."""
    tomorrow = {s.message.flight for s in day if s.message.cancelled and s.message.flight.endswith("2013-02-09")}
    assert len(tomorrow) > 100


def test_a_flight_has_five_to_eight_messages(storm: Record, story: list[Announced]) -> None:
    """On average, for one that flies; no flight has more than twenty."""
    flown = {f.flight for f in storm.flights if not f.cancelled}
    count: dict[str, int] = defaultdict(int)
    for announcement in story:
        count[announcement.message.flight] += 1
    assert 5 <= sum(count[f] for f in flown) / len(flown) <= 8
    assert max(count.values()) <= 20


def test_estimates_approach_the_delay(storm: Record, story: list[Announced]) -> None:
    """For flights more than two hours late, the first estimates are far worse than the last."""
    first, last = 0.0, 0.0
    by_flight: dict[str, list[FlightStatus]] = defaultdict(list)
    for announcement in story:
        if announcement.message.estimated_departure is not None:
            by_flight[announcement.message.flight].append(announcement.message)
    late = [f for f in storm.flights if f.departed_at and f.departed_at - f.scheduled_departure > timedelta(hours=2)]
    for flight in late:
        steps = sorted(by_flight[flight.flight], key=lambda status: status.observed_at)
        assert len(steps) > 1
        assert flight.departed_at is not None
        assert steps[0].estimated_departure is not None
        assert steps[-1].estimated_departure is not None
        first += abs(steps[0].estimated_departure - flight.departed_at).total_seconds()
        last += abs(steps[-1].estimated_departure - flight.departed_at).total_seconds()
    assert late
    assert last < first / 4


def test_estimates_are_in_the_future(story: list[Announced]) -> None:
    """When they are made."""
    for status in (announcement.message for announcement in story):
        if status.estimated_departure is not None:
            assert status.estimated_departure > status.observed_at
            assert status.estimated_arrival is not None
            assert status.estimated_arrival > status.estimated_departure


def test_departures_and_arrivals_are_announced_after_they_happen(story: list[Announced]) -> None:
    """Statuses of one flight with the same `observed_at` are equal."""
    seen: dict[tuple[str, object], FlightStatus] = {}
    for status in (announcement.message for announcement in story):
        assert status.departed_at is None or status.departed_at <= status.observed_at
        assert status.arrived_at is None or status.arrived_at <= status.observed_at
        assert seen.setdefault((status.flight, status.observed_at), status) == status


def test_nothing_is_announced_a_day_ahead(storm: Record, story: list[Announced]) -> None:
    """So the `observed_at` of seeding is always older."""
    due = {f.flight: f.scheduled_departure for f in storm.flights}
    assert all(announcement.message.observed_at > due[announcement.message.flight] - FARTHEST for announcement in story)
    seeded = {s.flight.flight: s.flight.observed_at for s in seed_flights(storm, seed=7, load_factor=0.1)}
    assert all(announcement.message.observed_at > seeded[announcement.message.flight] for announcement in story)


def test_a_storms_cancellations_come_hours_ahead_with_a_tail(storm: Record, story: list[Announced]) -> None:
    """More than a third over 6 h before, some only after the scheduled departure."""
    due = {f.flight: f.scheduled_departure for f in storm.flights_of(storm.first) if f.cancelled}
    leads_by_flight: dict[str, timedelta] = {}
    for status in (announcement.message for announcement in story):
        if status.cancelled and status.flight in due:
            leads_by_flight[status.flight] = due[status.flight] - status.observed_at
    assert len(leads_by_flight) == 472
    leads = leads_by_flight.values()
    assert sum(lead >= timedelta(hours=6) for lead in leads) / 472 > 0.35
    assert 0.01 < sum(lead < timedelta(minutes=1) for lead in leads) / 472 < 0.12


def test_messages_come_late_twice_and_out_of_order(story: list[Announced]) -> None:
    """At about the documented rates: 4 %, 5 % and 2 %."""
    first: dict[tuple[str, object], Announced] = {}
    repeated = overtaken = 0
    latest: dict[str, FlightStatus] = {}
    for announcement in story:
        status = announcement.message
        key = (status.flight, status.observed_at)
        if key in first:
            repeated += 1
            continue
        first[key] = announcement
        if status.flight in latest and latest[status.flight].observed_at > status.observed_at:
            overtaken += 1
        else:
            latest[status.flight] = status
    late = sum(
        announcement.at - announcement.message.observed_at >= timedelta(minutes=2) for announcement in first.values()
    )
    assert 0.03 < repeated / len(first) < 0.07
    assert 0.01 < overtaken / len(first) < 0.04
    assert 0.03 < late / len(first) < 0.09


def test_some_cancellations_are_withdrawn(storm: Record) -> None:
    """Flown flights that were announced as cancelled are restored within about two hours."""
    flown = {f.flight for f in storm.flights if not f.cancelled}
    withdrawn = 0
    for seed in range(3):
        by_flight: dict[str, list[FlightStatus]] = defaultdict(list)
        for announcement in whole_story(storm, seed):
            by_flight[announcement.message.flight].append(announcement.message)
        for flight in flown:
            steps = sorted(by_flight[flight], key=lambda status: status.observed_at)
            for at, status in enumerate(steps):
                if status.cancelled:
                    withdrawn += 1
                    restored = next(s for s in steps[at:] if not s.cancelled)
                    assert restored.observed_at - status.observed_at <= timedelta(hours=2, minutes=1)
                    break
    assert 0.0015 < withdrawn / (3 * len(flown)) < 0.006


@pytest.mark.parametrize("sample", [1.0, 0.05], ids=["full", "twentieth"])
def test_a_changed_aircraft_is_announced_with_its_seats(storm: Record, sample: float) -> None:
    """From the swap on every status has them, so no order of delivery can lose them; other flights have no seats in theirs."""
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


def test_one_seed_gives_one_feed(storm: Record, day: list[Announced]) -> None:
    """The same again, and another feed with another seed."""
    again = feed_of(storm, storm.first_instant, storm.first_instant + WINDOW, seed=7)
    other = feed_of(storm, storm.first_instant, storm.first_instant + WINDOW, seed=8)
    assert again == day
    assert other != day


def test_a_flights_announcements_do_not_depend_on_the_days_read(
    storm: Record, day: list[Announced], reading: Reading
) -> None:
    """Fewer days have fewer flights and no other difference."""
    alone = reading(storm.first, 1)
    announced = feed_of(alone, alone.first_instant, alone.first_instant + WINDOW, seed=7)
    keys = {f.flight for f in alone.flights}
    assert announced == [announcement for announcement in day if announcement.message.flight in keys]


def test_every_status_can_be_addressed(day: list[Announced]) -> None:
    """Its key is valid in a subject."""
    assert all(FLIGHT_STATUS.of(announcement.message).name.startswith("feed.flight.") for announcement in day)
