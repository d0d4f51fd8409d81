"""Frames and messages for tests of the panel."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from bus.operations import Recorded
from contracts.flights import FlightStatus
from contracts.ledger import BookingChanged, BookingFact, BookingKept, BookingStranded, Disruption, Leg, SeatsDisrupted
from irops.live.figures import Counts, Figures, ReplayProgress, Reports

M = TypeVar("M", bound=msgspec.Struct)

T0 = datetime(2013, 2, 8, 17, 30, tzinfo=UTC)

STORM = Figures(
    now=T0,
    zone="America/New_York",
    pace="900 x real time",
    window="the replay so far",
    counts=Counts(
        statuses=1234,
        rate=12.4,
        disruptions=56,
        outcomes={"rebooked": 321, "kept": 65, "stranded": 4},
        notices=789,
        superseded=3,
        latency_ms=(12.0, 3400.0),
        news=("B6 83 from JFK cancelled: 42 parties, 40 rebooked (31 on B6 283), 2 stranded",),
    ),
    reports=Reports(agents={"booker": 2, "planner": 3}, lag_ms=(1.5, 20.0)),
    progress=ReplayProgress(seconds=45_000.0, of_seconds=86_400.0, statuses=3576),
    restarts=2,
)


def recorded(message: M, *, at: timedelta = timedelta(0), trace: str = "t") -> Recorded[M]:
    """The message as its stream has it, stored this long after `T0`."""
    return Recorded("subject", message, 1, T0 + at, trace)


def status(number: int = 1) -> FlightStatus:
    return FlightStatus(
        flight=f"B6.{number}.JFK.2013-02-08",
        destination="LAX",
        observed_at=T0,
        scheduled_departure=T0,
        scheduled_arrival=T0,
    )


def leg(number: int) -> Leg:
    return Leg(flight=f"B6.{number}.JFK.2013-02-08", destination="LAX", cabin="economy", departs=T0, arrives=T0)


def disrupted(number: int, *parties: str, kind: Disruption = "cancelled", **fields: Any) -> SeatsDisrupted:
    return SeatsDisrupted(flight=leg(number).flight, n=1, kind=kind, parties=parties, departs=T0, arrives=T0, **fields)


def rebooked(pnr: str, *, before: int, after: int) -> BookingChanged:
    return BookingChanged(**_common(pnr, before), after=(leg(after),))


def kept(pnr: str, number: int) -> BookingKept:
    return BookingKept(**_common(pnr, number), after=(leg(number),))


def stranded(pnr: str, number: int) -> BookingFact:
    return BookingStranded(**_common(pnr, number), origin="JFK", destination="LAX")


def _common(pnr: str, number: int) -> dict[str, Any]:
    return {
        "pnr": pnr,
        "id": f"plan-{pnr}",
        "reason": "cancelled",
        "before": (leg(number),),
        "language": "en",
        "contact": "someone@example.org",
        "decided_at": T0,
    }
