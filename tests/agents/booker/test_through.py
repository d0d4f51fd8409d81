"""A party on a flight that goes on under its number stays on board, unless another aircraft flies the next leg."""

import pytest
from msgspec import structs

from agents.booker.domain.flights import apply_changes
from agents.booker.domain.present_trip import too_soon
from agents.booker.domain.progress import Traveller, progress_of
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.worksheet import Worksheet
from contracts.flights import FlightChanged
from contracts.ledger import SeatLedger, SeatsDisrupted
from tests.agents.booker.booker_world import NOW, booking, changed, flight, hours, key, seated

FIRST = flight(key(65), destination="ATL", phase="departed", departs=NOW - hours(1), arrives=NOW + hours(2), tail="N1")
SECOND = flight(key(65, "ATL"), departs=NOW + hours(2.3), arrives=NOW + hours(5))
PARTY = booking("A", [FIRST, SECOND])
WHO = Traveller(PARTY, PARTY.journeys[0])


@pytest.mark.parametrize(("tail", "legs"), [("N1", 2), (None, 1), ("N2", 1)], ids=["same", "unknown", "other"])
def test_only_its_own_aircraft_takes_a_party_on_that_comes_in_after_the_onward_leg_left(
    tail: str | None, legs: int
) -> None:
    """The times of what is known to be one aircraft contradict each other where a report is late. Any others do not."""
    left = structs.replace(SECOND, phase="departed", departs=NOW + hours(1), tail=tail)
    progress = progress_of(WHO, seated([FIRST, left], [PARTY]), rules=SaleRules())
    assert len(progress.flown) == legs


@pytest.mark.parametrize(("tail", "is_too_soon"), [("N1", False), (None, False), ("N2", True)])
def test_an_onward_leg_brought_forward_is_too_soon_for_a_party_that_changes_planes(
    tail: str | None, is_too_soon: bool
) -> None:
    """Who stays on board is always there."""
    early = structs.replace(SECOND, departs=NOW + hours(0.3), tail=tail)
    ledgers = seated([FIRST, early], [PARTY])
    progress = progress_of(WHO, ledgers, rules=SaleRules())
    why = too_soon(progress, sheet=Worksheet(ledgers), rules=SaleRules(), informed_at=NOW)
    assert (why is not None) is is_too_soon


def broken_by(change: FlightChanged, *ledgers: SeatLedger) -> list[tuple[str, tuple[str, ...]]]:
    """The disruptions that the change makes: of what kind, and of which parties."""
    result = apply_changes([(change, None)], ledgers=seated(ledgers, [PARTY]), bookings={"A": PARTY}, rules=SaleRules())
    return [(fact.kind, fact.parties) for _, fact in result.facts if isinstance(fact, SeatsDisrupted)]


def leaves(second: SeatLedger) -> FlightChanged:
    """It leaves in time."""
    return changed(
        second,
        "departed",
        phase="departed",
        tail=second.tail,
        scheduled_departure=SECOND.departs,
        scheduled_arrival=SECOND.arrives,
    )


@pytest.mark.parametrize(
    ("tail", "late", "broken"),
    [
        ("N1", 0.5, []),
        (None, 0.8, [("misconnected", ("A",))]),
        (None, 0.5, []),
        (None, 0.3, []),
        ("N2", 0.5, []),  # it was broken before
    ],
    ids=["same", "unknown", "unknown, and may be in", "just in", "other"],
)
def test_a_departure_at_its_known_time_breaks_a_stop_where_the_leg_before_is_not_in(
    tail: str | None, late: float, broken: list[tuple[str, tuple[str, ...]]]
) -> None:
    """No time has moved, and the aircraft is another."""
    second = structs.replace(SECOND, tail=tail)
    first = structs.replace(FIRST, known_arrival=FIRST.arrives + hours(late))
    assert broken_by(leaves(second), first, second) == broken


def test_a_landing_at_its_known_time_shows_that_another_aircraft_has_gone_on() -> None:
    """Whatever the registrations: until then it could have landed before, without a word."""
    first = structs.replace(FIRST, known_arrival=FIRST.arrives + hours(0.5))
    gone = structs.replace(SECOND, phase="departed", tail="N1")
    landed = changed(
        first,
        "arrived",
        phase="arrived",
        tail="N1",
        arrives=first.known_arrival,
        scheduled_departure=FIRST.departs,
        scheduled_arrival=FIRST.arrives,
    )
    assert broken_by(landed, first, gone) == [("misconnected", ("A",))]
