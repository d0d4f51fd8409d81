"""When a flight of which no word comes counts as silent, and what follows from that."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from agents.booker.domain import SaleRules, fall_silent, on_change, silent_at
from agents.booker.domain.routes import lost_legs
from contracts.flights import LEFT, Flight, FlightChanged, Phase
from contracts.ledger import Holding, Leg, SeatLedger

NOON = datetime(2013, 2, 8, 12, 0, tzinfo=UTC)
RULES = SaleRules()
AWAY = SeatLedger(
    flight="B6.1.JFK.2013-02-08",
    destination="SFO",
    phase="diverted",
    diverted_to="DTW",
    departs=NOON,
    arrives=NOON + timedelta(hours=6),
    known_arrival=NOON + timedelta(hours=2),
    capacity={"economy": 9},
    last_change=3,
    last_fact=4,
    last_disruption=2,
    last_for_all=1,
    holders={"B": Holding("economy", 1), "A": Holding("economy", 2)},
)
BACK = replace(AWAY, phase="returned", diverted_to="JFK", known_departure=NOON + timedelta(hours=3))
PRESUMED = RULES.presumed


@pytest.mark.parametrize(
    ("phase", "at"),
    [
        ("diverted", AWAY.expected_arrival + PRESUMED),
        ("returned", AWAY.expected_departure + PRESUMED),
        ("scheduled", None),
        ("rerouted", None),
        ("cancelled", None),
        ("departed", None),
        ("landed", None),
        ("arrived", None),
    ],
)
def test_a_flight_that_is_elsewhere_or_back_is_silent_after_a_while(phase: Phase, at: datetime | None) -> None:
    """Of any other it is known where its passengers are, or presumed."""
    assert silent_at(replace(AWAY, phase=phase), presumed=PRESUMED) == at


def test_a_silence_counts_from_the_best_known_times() -> None:
    assert silent_at(BACK, presumed=PRESUMED) == NOON + timedelta(hours=3) + PRESUMED


def test_all_its_holders_are_named_once() -> None:
    after, fact = fall_silent(AWAY)
    assert (fact.kind, fact.n, fact.parties, fact.diverted_to) == ("diverted", 5, ("A", "B"), "DTW")
    assert (after.last_fact, after.last_disruption, after.last_for_all) == (5, 5, 5)
    assert silent_at(after, presumed=PRESUMED) is None


@pytest.mark.parametrize(
    ("ledger", "presumed"),
    [(AWAY, "landed"), (replace(AWAY, diverted_to="JFK"), "returned"), (BACK, "returned")],
    ids=["elsewhere", "to where it began", "back"],
)
def test_it_is_presumed_to_be_where_it_was_to_land(ledger: SeatLedger, presumed: Phase) -> None:
    assert ledger.presumed_phase == ledger.phase
    assert fall_silent(ledger)[0].presumed_phase == presumed


@pytest.mark.parametrize("phase", sorted(LEFT))
def test_the_next_word_of_it_ends_the_silence(phase: Phase) -> None:
    """Whatever it is."""
    silent, _ = fall_silent(AWAY)
    state = Flight(
        flight=AWAY.flight, destination="SFO", phase=phase, last_change=4, scheduled_departure=NOON,
        scheduled_arrival=AWAY.arrives, departs=NOON, arrives=NOON + timedelta(hours=5), announced_departure=NOON,
        announced_arrival=AWAY.arrives, observed_at=NOON, seats=AWAY.capacity,
        diverted_to="DTW" if phase in ("diverted", "landed") else None,
    )  # fmt: skip
    applied = on_change(silent, FlightChanged(flight=AWAY.flight, n=4, change="estimated", state=state))
    assert applied is not None
    assert not applied.ledger.silent


@pytest.mark.parametrize(
    ("ledger", "why"),
    [
        (AWAY, "lands in DTW, not in SFO"),
        (replace(AWAY, diverted_to="JFK"), "came back, and no word of it has come since"),
        (BACK, "came back, and no word of it has come since"),
    ],
    ids=["elsewhere", "to where it began", "back"],
)
def test_no_party_can_fly_with_it(ledger: SeatLedger, why: str) -> None:
    """From when it counts as silent."""
    leg = Leg(flight=AWAY.flight, destination="SFO", cabin="economy", departs=ledger.departs, arrives=ledger.arrives)
    assert not list(lost_legs([leg], {AWAY.flight: ledger}, rules=RULES))
    ((_, reason),) = lost_legs([leg], {AWAY.flight: fall_silent(ledger)[0]}, rules=RULES)
    assert why in reason
