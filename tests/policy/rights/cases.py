"""Journeys to judge, and the airports they are between."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from contracts.care import Entitlement, EntitlementKind
from policy.rights import Case, Place, RuleSet, Sold, Stage, Trip, judge, shipped

PLACES = {
    "JFK": Place("US", 40.6399, -73.7787, ZoneInfo("America/New_York")),
    "LAX": Place("US", 33.9425, -118.4081, ZoneInfo("America/Los_Angeles")),
    "EWR": Place("US", 40.6925, -74.1687, ZoneInfo("America/New_York")),
    "CDG": Place("FR", 49.0128, 2.55, ZoneInfo("Europe/Paris")),
    "MAD": Place("ES", 40.4719, -3.5626, ZoneInfo("Europe/Madrid")),
    "ATH": Place("GR", 37.9364, 23.9445, ZoneInfo("Europe/Athens")),
    "LHR": Place("GB", 51.4706, -0.4619, ZoneInfo("Europe/London")),
    "PTP": Place("GP", 16.2653, -61.5318, ZoneInfo("America/Guadeloupe")),
    "TLV": Place("IL", 32.0114, 34.8867, ZoneInfo("Asia/Jerusalem")),
    "CMN": Place("MA", 33.3675, -7.5900, ZoneInfo("Africa/Casablanca")),
    "ZAG": Place("HR", 45.7429, 16.0688, ZoneInfo("Europe/Zagreb")),
}
NOON = datetime(2025, 6, 10, 12, tzinfo=UTC)
"""When journeys are sold to depart; they take three hours."""
FLIES = timedelta(hours=3)
MINUTE = timedelta(minutes=1)
SETS = {rule_set.name: rule_set for rule_set in shipped()}


def sold(origin: str, destination: str, *, departs: datetime = NOON, **more: Any) -> Sold:
    return Sold(origin=origin, destination=destination, departs=departs, arrives=departs + FLIES, **more)


def trip(of: Sold, *, late: timedelta = timedelta(0), left: timedelta | None = None, **more: Any) -> Trip:
    """A trip that arrives this much later than sold, and departs so much later, or `left` later."""
    stage = Stage(
        origin=more.pop("origin", of.origin),
        destination=more.pop("destination", of.destination),
        departs=of.departs + (late if left is None else left),
        arrives=of.arrives + late,
        cabin=more.pop("cabin", of.cabin),
    )
    return Trip(stages=(stage,), **more)


def case(origin: str, destination: str, *, departs: datetime = NOON, **more: Any) -> Case:
    """A journey that goes as sold but for what is given: `late` and `left` as in `trip`, `notice` before the departure."""
    of = sold(origin, destination, departs=departs)
    late, left = more.pop("late", timedelta(0)), more.pop("left", None)
    notice = more.pop("notice", timedelta(hours=1))
    defaults: dict[str, Any] = {
        "sold": of,
        "trip": trip(of, late=late, left=left),
        "informed_at": departs - notice,
        "operator": "AF",
    }
    return Case(**defaults | more)


def judged(name: str, found: Case, kind: EntitlementKind, **change: Any) -> Entitlement | None:
    """What this rule set says of one kind; None: it does not cover the journey."""
    rule_set: RuleSet = replace(SETS[name], **change) if change else SETS[name]
    return next((each for each in judge(rule_set, found, PLACES) if each.kind == kind), None)


def says(name: str, found: Case, kind: EntitlementKind) -> tuple[str, str, str]:
    """(answer, rule, amount with its currency) of a rule set that covers the journey."""
    answer = judged(name, found, kind)
    assert answer is not None, f"{name} does not cover it"
    amount = f"{answer.amount.amount} {answer.amount.currency}" if answer.amount else ""
    return answer.answer, answer.rule, amount
