"""Random statuses of one flight: lives as feeds report them, and nonsense."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from msgspec.structs import replace

from contracts.flights import Cause, FlightStatus

T = TypeVar("T")
KEY = "B6.1017.JFK.2013-02-08"
DEPARTS = datetime(2013, 2, 8, 15, 0, tzinfo=UTC)
ARRIVES = DEPARTS + timedelta(hours=5)


_EVENTS = ["leaves"] * 6 + ["lands"] * 5 + ["diverts"] * 3 + ["cancels"] * 2 + ["expects"] * 2 + ["forgets"] * 2


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def statuses(rng: Random) -> list[FlightStatus]:
    """Of either kind, some of them repeated or of one instant, and some with a cause."""
    found = a_life(rng) if rng.random() < 0.5 else nonsense(rng)
    if rng.random() < 0.3:
        found = two_departures(rng, found)
    return [replace(each, cause=Cause(code=str(71 + at))) if at % 3 == 2 else each for at, each in enumerate(found)]


def came(rng: Random, reported: list[FlightStatus]) -> list[tuple[FlightStatus, datetime]]:
    """The statuses with when each came: some after the next one, and some before their time by their feed's clock."""
    reported = list(reported)
    for place in range(len(reported) - 1):
        if rng.random() < 0.15:
            reported[place : place + 2] = reversed(reported[place : place + 2])
    found: list[tuple[FlightStatus, datetime]] = []
    for status in reported:
        at = status.observed_at + minutes(rng.choice([0, 0, 1, 4, -4]))
        found.append((status, max([at, *(before for _, before in found[-1:])])))
    return found


def two_departures(rng: Random, reported: list[FlightStatus]) -> list[FlightStatus]:
    """The statuses as of a flight of two hours, whose schedule comes and goes by more and by less than that."""
    found: list[FlightStatus] = []
    for status in reported:
        departs = status.scheduled_departure + minutes(rng.choice([0, 0, 0, 180, 180, 190, -150, 30, 360]))
        found.append(replace(status, scheduled_departure=departs, scheduled_arrival=departs + minutes(120)))
    return found


def a_life(rng: Random) -> list[FlightStatus]:
    """A flight that leaves, lands elsewhere, comes back, is cancelled and restored, by a feed that repeats itself."""
    reported: list[FlightStatus] = []
    now = DEPARTS - minutes(rng.choice([0, 60, 600]))
    left: datetime | None = None
    landed: datetime | None = None
    expected: datetime | None = None
    to: str | None = None
    cancelled = False
    for _ in range(rng.randint(3, 16)):
        now += minutes(rng.choice([0, 1, 5, 15, 30, 60, 90]))
        match rng.choice(_EVENTS):
            case "leaves" if left is None or landed is not None:
                left, cancelled = now - minutes(rng.choice([0, 3, 10])), False
                landed = landed if rng.random() < 0.3 else None
            case "lands" if left is not None:
                landed = now - minutes(rng.choice([0, 2]))
            case "diverts":
                to = rng.choice([None, "DEN", "SLC", "JFK", "SFO", "JFK"])
            case "cancels":
                cancelled = not cancelled
            case "expects":
                expected = now + minutes(rng.choice([30, 90, -20]))
            case "forgets":
                left = landed = to = expected = None
                cancelled = False
        reported.append(
            FlightStatus(
                flight=KEY,
                destination="SFO",
                observed_at=now,
                scheduled_departure=DEPARTS,
                scheduled_arrival=ARRIVES,
                estimated_departure=expected,
                estimated_arrival=now + minutes(rng.choice([20, 100, 300])) if rng.random() < 0.3 else None,
                departed_at=left,
                arrived_at=landed,
                cancelled=cancelled,
                diverted_to=to,
                seats={"economy": rng.choice([100, 150])} if rng.random() < 0.2 else None,
            )
        )
        if rng.random() < 0.1:
            reported.append(rng.choice(reported))
    return reported


def nonsense(rng: Random) -> list[FlightStatus]:
    """Any field may have any value: other schedules and destinations, times days away, events before they are observed."""

    def maybe(share: float, value: T) -> T | None:
        return value if rng.random() < share else None

    reported: list[FlightStatus] = []
    now, calm = DEPARTS - minutes(600), rng.random() < 0.5
    for _ in range(rng.randint(1, 14)):
        steps = [0, 1, 20, 45, 60] if calm else [0, 0, 1, 20, 60, 180, 600, 1500]
        now += minutes(rng.choice(steps) if rng.random() < 0.8 else -rng.choice([10, 100]))
        departure = DEPARTS if rng.random() < 0.93 else DEPARTS + minutes(rng.choice([45, 300, -60]))
        arrival = ARRIVES if rng.random() < 0.96 else departure + timedelta(hours=rng.choice([4, -1, 31]))

        def happened(at: datetime = now) -> datetime:
            return at - minutes(rng.choice([0, 0, 5, 20, 45, 120, 300, -3, -10]))

        def expected(scheduled: datetime, at: datetime = now) -> datetime:
            if rng.random() < 0.25:
                return scheduled + timedelta(hours=rng.choice([80, 81, 84, 95, -30, 200, 800]))
            return rng.choice([scheduled + minutes(rng.randint(-200, 400)), at + minutes(rng.choice([10, 60, 200]))])

        reported.append(
            FlightStatus(
                flight=KEY,
                destination=rng.choice(["SFO"] * 20 + ["SEA", "DEN"]),
                observed_at=now,
                scheduled_departure=departure,
                scheduled_arrival=arrival,
                estimated_departure=maybe(0.4, expected(DEPARTS)),
                estimated_arrival=maybe(0.4, expected(ARRIVES)),
                departed_at=maybe(0.4, happened()),
                arrived_at=maybe(0.2, happened()),
                cancelled=rng.random() < 0.15,
                diverted_to=maybe(0.3, rng.choice(["DEN", "SLC", "SFO", "JFK", "DEN"])),
                seats={"economy": rng.choice([100, 150, -1]), "first": rng.choice([0, 4])}
                if rng.random() < 0.2
                else None,
                authorised={"economy": rng.choice([100, 160, -1])} if rng.random() < 0.1 else None,
                tail=maybe(0.2, rng.choice(["N1", "N2", "N-2", "no mark"])),
                layout=maybe(0.2, rng.choice(["small", "large"])),
            )
        )
        if rng.random() < 0.1:
            reported.append(reported[-1])
    return reported
