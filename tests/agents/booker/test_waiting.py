"""When time alone asks for a party that waits to be looked at."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from agents.booker.domain import SaleRules, looks
from contracts.flights import Phase
from contracts.ledger import Following, Leg, SeatLedger, WaitlistEntry
from contracts.names import Airport, FlightKey

NOON = datetime(2013, 2, 8, 12, 0, tzinfo=UTC)
RULES = SaleRules()


def ledger(flight: FlightKey, to: Airport, *, phase: Phase = "scheduled", departs: datetime = NOON) -> SeatLedger:
    arrives = departs + timedelta(hours=3)
    return SeatLedger(
        flight=flight, destination=to, phase=phase, departs=departs, arrives=arrives, capacity={}, last_change=1
    )


OUT, BACK = ledger("B6.1.JFK.2013-02-08", "ORD"), ledger("B6.2.SFO.2013-02-09", "JFK", departs=NOON + timedelta(days=1))
FLOWN = Leg(flight=OUT.flight, destination="ORD", cabin="economy", departs=OUT.departs, arrives=OUT.arrives)
WAITS = WaitlistEntry(pnr="A", origin="ORD", destination="SFO", seats=1, flown=(FLOWN,))


def at(entry: WaitlistEntry, *flights: SeatLedger) -> list[datetime]:
    return [look.at for look in looks(entry, {each.flight: each for each in flights}, rules=RULES)]


@pytest.mark.parametrize(
    ("phase", "due"),
    [
        ("scheduled", [NOON + RULES.presumed]),
        ("cancelled", [NOON]),
        ("returned", [NOON]),
        ("departed", []),
        ("diverted", []),
        ("landed", []),
        ("arrived", []),
    ],
)
def test_a_party_is_looked_at_once_it_is_not_under_way(phase: Phase, due: list[datetime]) -> None:
    """At once where that is known, else when the presumption ends."""
    assert at(WAITS, replace(OUT, phase=phase)) == due


def test_a_presumption_lasts_from_the_best_known_departure() -> None:
    """Another instant is another fact."""
    late = replace(OUT, known_departure=NOON + timedelta(minutes=20))
    assert at(WAITS, late) == [NOON + timedelta(minutes=20) + RULES.presumed]
    before, after = (next(looks(WAITS, {OUT.flight: each}, rules=RULES)) for each in (OUT, late))
    assert before.fact.id != after.fact.id


@pytest.mark.parametrize(("phase", "due"), [("scheduled", True), ("cancelled", False), ("departed", True)])
def test_the_next_journey_is_looked_at_before_it_leaves(phase: Phase, due: bool) -> None:
    """Or at once, if its first flight has left. A cancellation names its holders itself."""
    entry = replace(WAITS, flown=(), following=Following(2, BACK.flight))
    assert at(entry, replace(BACK, phase=phase)) == [BACK.departs - RULES.given_up] * due
    found = list(looks(entry, {BACK.flight: BACK}, rules=RULES))
    assert [(look.fact.journey, look.fact.by) for look in found] == [(2, 1)]
