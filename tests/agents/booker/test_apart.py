"""Answers of the reservation system's that irops could not follow, and whether the two are apart by them."""

import pytest
from msgspec import structs

from agents.booker.domain.apart import Trip, contradiction
from contracts.ledger import Booking
from contracts.offers import Answer, AnswerRefused
from tests.agents.booker.booker_world import NOW, ONE, THREE, TWO, booking, flight

TRIPS: dict[str, Trip] = {"first": ((TWO, "economy"),), "second": ((THREE, "economy"),)}
REFUSED = AnswerRefused(
    pnr="P", id="late", offer="offer", refusal="over", detail="it came too late", decided_at=NOW, rules=7
)


def on(key: str, *, version: int = 3) -> Booking:
    return structs.replace(booking("P", [flight(key)]), version=version)


@pytest.mark.parametrize(
    ("answer", "option", "has", "is_apart"),
    [
        pytest.param("take", "", ONE, True, id="the first trip is confirmed and the party has its old one"),
        pytest.param("take", "", TWO, False, id="the first trip is confirmed and the party has it"),
        pytest.param("take", "second", TWO, True, id="another trip is confirmed than the party has"),
        pytest.param("take", "second", THREE, False, id="another trip is confirmed and the party has it"),
        pytest.param("take", "unknown", TWO, True, id="a trip is confirmed that was never offered"),
        pytest.param("leave", "", ONE, False, id="no trip is confirmed and the party has its old one"),
        pytest.param("leave", "", THREE, True, id="no trip is confirmed and the party has one"),
    ],
)
def test_the_two_systems_are_apart_where_the_party_is_not_as_the_answer_says(
    answer: Answer, option: str, has: str, is_apart: bool
) -> None:
    found = contradiction(REFUSED, answer, option, TRIPS, on(has))
    assert (found is not None) == is_apart


def test_a_contradiction_says_which_trip_was_confirmed_and_why_it_could_not_be_booked() -> None:
    found = contradiction(REFUSED, "take", "", TRIPS, on(ONE))
    assert found is not None
    assert (found.reason, found.answer, found.version, found.rules) == ("answered", "late", 3, 7)
    assert found.detail == "journey 1: B6 2 is confirmed, and could not be booked: it came too late"


def test_a_contradiction_says_which_trip_the_party_has_that_was_refused() -> None:
    found = contradiction(REFUSED, "leave", "", TRIPS, on(TWO))
    assert found is not None
    assert found.detail == "journey 1: the party has B6 2, which is refused: it came too late"


def test_a_booking_that_irops_does_not_have_is_not_contradicted() -> None:
    assert contradiction(REFUSED, "take", "", TRIPS, None) is None
