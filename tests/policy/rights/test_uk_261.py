"""UK 261, case by case: where it differs from the Regulation that it was made of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.policy.rights.cases import MINUTE, case, judged, says

UK = "uk-261"
H = timedelta(hours=1)


@pytest.mark.parametrize(
    ("ends", "happened", "answer"),
    [
        (("LHR", "CDG"), {"late": 3 * H}, ("owed", "delay-7(1)(a)", "220.00 GBP")),
        (("LHR", "CDG"), {"late": 3 * H - MINUTE}, ("not_owed", "", "")),
        (("LHR", "ATH"), {"late": 3 * H}, ("owed", "delay-7(1)(b)", "350.00 GBP")),
        (("LHR", "TLV"), {"late": 3 * H}, ("owed", "delay-7(1)(c)", "260.00 GBP")),
        (("LHR", "TLV"), {"late": 4 * H}, ("owed", "delay-7(1)(c)", "520.00 GBP")),
        (("LHR", "JFK"), {"cancelled": True, "trip": None}, ("owed", "5(1)(c)-7(1)(c)", "520.00 GBP")),
        (("LHR", "JFK"), {"cancelled": True, "late": 4 * H}, ("owed", "5(1)(c)-7(1)(c)", "260.00 GBP")),
        (("LHR", "JFK"), {"denied": True, "late": 5 * H}, ("owed", "4(3)-7(1)(c)", "520.00 GBP")),
    ],
)
def test_the_amounts_in_pounds(ends: tuple[str, str], happened: dict[str, Any], answer: tuple[str, str, str]) -> None:
    """By distance alone: no territory is one for article 7(1)(b)."""
    assert says(UK, case(*ends, cause="41", **happened), "compensation") == answer


@pytest.mark.parametrize(
    ("ends", "operator", "covered"),
    [
        (("LHR", "JFK"), "DL", True),
        (("JFK", "LHR"), "BA", True),
        (("JFK", "LHR"), "AF", True),
        (("JFK", "LHR"), "DL", False),
        (("JFK", "CDG"), "BA", True),
        (("JFK", "CDG"), "AF", False),
        (("CDG", "MAD"), "BA", True),
        (("CDG", "MAD"), "AF", False),
    ],
)
def test_which_journeys_it_covers(ends: tuple[str, str], operator: str, covered: bool) -> None:
    """From the United Kingdom with any airline, to it with British and Community ones, to the Union with British ones."""
    assert (judged(UK, case(*ends, operator=operator, late=4 * H), "compensation") is not None) == covered


@pytest.mark.parametrize(
    ("departs", "covered"),
    [(datetime(2020, 12, 31, 23, 59, tzinfo=UTC), False), (datetime(2021, 1, 1, tzinfo=UTC), True)],
)
def test_from_which_day(departs: datetime, covered: bool) -> None:
    """The one ends where the other begins."""
    found = case("LHR", "JFK", departs=departs, late=4 * H)
    assert (judged(UK, found, "compensation") is not None) == covered
    assert (judged("eu-261-2004", found, "compensation") is not None) != covered
