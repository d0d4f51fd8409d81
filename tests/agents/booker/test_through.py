"""A party on a flight that goes on under its number stays on board, unless another aircraft flies the next leg."""

import pytest
from msgspec import structs

from agents.booker.domain.rules import SaleRules
from agents.booker.domain.trip import Traveller, progress_of, too_soon
from agents.booker.domain.worksheet import Worksheet
from tests.agents.booker.booker_world import NOW, booking, flight, hours, key, seated

FIRST = flight(key(65), destination="ATL", phase="departed", departs=NOW - hours(1), arrives=NOW + hours(2), tail="N1")
SECOND = flight(key(65, "ATL"), departs=NOW + hours(2.3), arrives=NOW + hours(5))
PARTY = booking("A", [FIRST, SECOND])
WHO = Traveller(PARTY, PARTY.journeys[0])


@pytest.mark.parametrize(("tail", "legs"), [("N1", 2), (None, 2), ("N2", 1)], ids=["same", "unknown", "other"])
def test_only_its_own_aircraft_takes_a_party_on_that_comes_in_after_the_onward_leg_left(
    tail: str | None, legs: int
) -> None:
    """The times of one aircraft contradict each other where a report is late. Those of two do not."""
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
    why = too_soon(progress, sheet=Worksheet(ledgers), rules=SaleRules(), now=NOW)
    assert (why is not None) is is_too_soon
