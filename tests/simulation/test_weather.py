"""The weather: its observations, its announcements, and that a lock-step has no step for it alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from bus import Bus
from contracts.asks import Stepped
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.weather import WEATHER_OBSERVED, WeatherObserved
from simulation.announcements import Announcement, FeedMessage, weather_of
from simulation.conductor import replay_at_pace, replay_in_lockstep, set_pace
from simulation.record import Record, RecordError, read_days
from tests.simulation.test_conductor import answering

Written = Callable[..., Path]
Reading = Callable[[date, int], Record]
DAY = date(2013, 2, 8)
AGENTS = ("monitor", "booker")
NOON = datetime(2013, 2, 8, 12, tzinfo=UTC)
HEADER = "origin,year,month,day,hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib,time_hour"


def weather_file(folder: Path, *rows: str) -> Path:
    (folder / "weather.csv").write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return folder


def status(at: datetime) -> Announcement[FlightStatus]:
    return Announcement(
        at,
        FlightStatus(
            flight="B6.1.JFK.2013-02-08",
            destination="BOS",
            observed_at=at,
            scheduled_departure=NOON,
            scheduled_arrival=NOON,
        ),
    )


def observed(at: datetime, *, airport: str = "JFK") -> Announcement[WeatherObserved]:
    return Announcement(at, WeatherObserved(airport=airport, observed_at=at))


# The record.


def test_an_observation_has_the_records_figures_in_its_units(storm: Record) -> None:
    """JFK in the storm, at eleven in the morning: freezing, gusts of 30 mph, snow."""
    (found,) = [o for o in storm.weather if (o.airport, o.observed_at) == ("JFK", datetime(2013, 2, 8, 16, tzinfo=UTC))]
    assert found == WeatherObserved(
        airport="JFK",
        observed_at=datetime(2013, 2, 8, 16, tzinfo=UTC),
        temperature_f=35.96,
        wind_mph=23.0156,
        gust_mph=29.920279999999998,
        precipitation_in=0.04,
        visibility_mi=6,
    )


def test_the_weather_begins_a_day_before_and_ends_with_the_horizon(storm: Record) -> None:
    """Three airports, five days, no hour missing, in order."""
    assert len(storm.weather) == 3 * 24 * 5
    assert storm.weather[0].observed_at == storm.first_instant - timedelta(days=1)
    assert storm.weather[-1].observed_at == storm.horizon_end - timedelta(hours=1)
    assert list(storm.weather) == sorted(storm.weather, key=lambda o: (o.observed_at, o.airport))


@pytest.mark.parametrize(
    ("day", "hours", "missing"), [(date(2013, 3, 10), 23, 0), (date(2013, 11, 3), 25, 1)], ids=["spring", "autumn"]
)
def test_every_hour_is_observed_once_through_a_clock_change(
    day: date, hours: int, missing: int, reading: Reading
) -> None:
    """23 in spring, 25 in autumn, of which the file lacks one; the repeated local hour has two instants."""
    record = reading(day, 1)
    at_jfk = [o.observed_at for o in record.weather if o.airport == "JFK" and o.observed_at >= record.first_instant]
    assert len(at_jfk) == len(set(at_jfk)) == hours - missing


def test_the_last_day_has_no_weather_of_its_own(reading: Reading) -> None:
    """The file ends on 30 December; no weather is made up."""
    record = reading(date(2013, 12, 31), 1)
    assert record.weather
    assert max(o.observed_at for o in record.weather) < record.first_instant


def test_a_missing_measurement_is_none(written: Written) -> None:
    """`NA` or another spelling of it, and a wind that was never measured on Earth."""
    folder = weather_file(
        written({}),
        "JFK,2013,2,8,0,NA,24,66,60,1048.36058,NA,0,NA,10,2013-02-08T05:00:00Z",
        r"LGA,2013,2,8,0,33.5,24,66,60,\N,31.5,,NaN,NULL,2013-02-08T05:00:00Z",
    )
    at = datetime(2013, 2, 8, 5, tzinfo=UTC)
    assert read_days(folder, DAY, 1).weather == (
        WeatherObserved(airport="JFK", observed_at=at, precipitation_in=0, visibility_mi=10),
        WeatherObserved(airport="LGA", observed_at=at, temperature_f=33.5, gust_mph=31.5),
    )


def test_a_folder_without_the_weather_has_none(written: Written) -> None:
    """A replay can do without it."""
    assert read_days(written({}), DAY, 1).weather == ()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            "JFK,2013,2,8,0,warm,24,66,60,9,NA,0,NA,10,2013-02-08T05:00:00Z",
            "weather at JFK, 2013-02-08T05:00:00Z, can't",
        ),
        ("JFK,2013,2,8,0,33,24,66,60,9,NA,0,NA,10,2013-02-08T05:00:00", "can't be read: time data"),
    ],
    ids=["no number", "no zone"],
)
def test_an_unreadable_observation_is_refused_by_name(written: Written, rows: str, words: str) -> None:
    """The error says which observation and what is wrong."""
    with pytest.raises(RecordError, match=words):
        read_days(weather_file(written({}), rows), DAY, 1)


def test_a_weather_file_without_its_columns_is_refused(written: Written) -> None:
    """The error says which is missing."""
    folder = written({})
    (folder / "weather.csv").write_text("origin,temp\n", encoding="utf-8")
    with pytest.raises(RecordError, match="lacks the column precip"):
        read_days(folder, DAY, 1)


# The announcements.


def test_an_observation_is_announced_minutes_after_its_hour(storm: Record) -> None:
    """Three to ten minutes, and in order."""
    first = storm.first_instant
    announced = weather_of(storm, first, first + timedelta(hours=24), seed=7)
    assert [a.at for a in announced] == sorted(a.at for a in announced)
    late = [a.at - a.message.observed_at for a in announced if a.at > first]
    assert min(late) >= timedelta(minutes=3)
    assert max(late) <= timedelta(minutes=10)


def test_the_last_hours_before_a_replay_are_announced_at_its_start(storm: Record) -> None:
    """Six hours at three airports, and nothing older."""
    first = storm.first_instant
    times = [
        a.message.observed_at for a in weather_of(storm, first, first + timedelta(hours=1), seed=7) if a.at == first
    ]
    assert (min(times), len(times)) == (first - timedelta(hours=6), 18)


def test_nothing_is_announced_after_the_last_instant(storm: Record) -> None:
    """An observation of the last minutes comes later."""
    first = storm.first_instant
    last = first + timedelta(hours=2)
    announced = weather_of(storm, first, last, seed=7)
    assert all(a.at <= last for a in announced)
    assert max(a.message.observed_at for a in announced) == last - timedelta(hours=1)


def test_one_seed_announces_alike_and_another_does_not(storm: Record) -> None:
    """Whatever other days are read."""
    window = (storm.first_instant, storm.first_instant + timedelta(hours=24))
    one = weather_of(storm, *window, seed=7)
    assert one == weather_of(read_days(None, DAY, 1), *window, seed=7)
    assert one != weather_of(storm, *window, seed=8)


# The replay.


async def test_a_lockstep_takes_no_step_for_the_weather_alone(nc: Client, bus: Bus) -> None:
    """It is published with the next status, so there are as many steps as without it."""
    feed = [status(NOON), status(NOON + timedelta(hours=1))]
    weather = [observed(NOON + timedelta(minutes=m)) for m in (0, 20, 40)]
    end = NOON + timedelta(hours=2)
    asked: dict[bool, list[tuple[str, datetime]]] = {}
    for with_weather in (False, True):
        messages: list[Announcement[FeedMessage]] = sorted(
            [*feed, *(weather if with_weather else [])], key=lambda announcement: announcement.at
        )
        nothing: dict[str, list[Stepped | int]] = {agent: [] for agent in AGENTS}
        async with answering(nc, nothing) as questions:
            await replay_in_lockstep(bus, messages, order=AGENTS, until=end)
        asked[with_weather] = [(question.agent, question.now) for question in questions]
    assert asked[True] == asked[False]
    assert {now for _, now in asked[True]} == {NOON, NOON + timedelta(hours=1), end}


async def test_weather_after_the_last_status_is_published_by_the_end(nc: Client, bus: Bus) -> None:
    """Each observation under its airport's subject, in order of delivery."""
    messages: list[Announcement[FeedMessage]] = [
        observed(NOON),
        status(NOON),
        observed(NOON + timedelta(minutes=30), airport="LGA"),
    ]
    async with answering(nc, {agent: [] for agent in AGENTS}):
        await replay_in_lockstep(bus, messages, order=AGENTS, until=NOON + timedelta(hours=1))
    published = [(r.message.airport, r.sequence) async for r in bus.history(WEATHER_OBSERVED)]
    assert published == [("JFK", 1), ("LGA", 3)]
    assert [r.sequence async for r in bus.history(FLIGHT_STATUS)] == [2]


async def test_a_paced_replay_publishes_each_message_at_its_time(bus: Bus) -> None:
    """The weather among the flights' statuses, and no message before its time."""
    feed: list[Announcement[FeedMessage]] = [
        observed(NOON),
        status(NOON + timedelta(seconds=60)),
        observed(NOON + timedelta(seconds=120)),
    ]
    await set_pace(bus, NOON, 600)
    await bus.wait_for_tick(lambda tick: tick.speed == 600)
    await replay_at_pace(bus, feed, until=NOON + timedelta(seconds=130))
    weather = [record async for record in bus.history(WEATHER_OBSERVED)]
    statuses = [record async for record in bus.history(FLIGHT_STATUS)]
    assert [record.message.observed_at for record in weather] == [NOON, NOON + timedelta(seconds=120)]
    published = [(record.stored_at, record.message.observed_at) for record in weather]
    published += [(record.stored_at, record.message.observed_at) for record in statuses]
    assert all(bus.tick.now + (stored - bus.tick.at) * bus.tick.speed >= due for stored, due in published)
