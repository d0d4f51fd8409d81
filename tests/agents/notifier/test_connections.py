"""A letter about a connection that is broken by the times of one of its flights says which flight, and why.

Complete letters are under `golden/`, as `connection-<what>-<language>.eml`.
"""

from pathlib import Path

import pytest
from msgspec import structs

from agents.notifier.adapters import email
from agents.notifier.domain import LANGUAGES, Known, LetterLanguage, Writer
from agents.notifier.domain.connections import Missed, missed_connection
from contracts.ledger import BookingFact, Language, Leg
from contracts.names import FlightKey
from tests.agents.notifier.samples import DECIDED, FIRST, KNOWN, ONWARD, changed, leg, stranded
from tests.agents.notifier.test_whereabouts import IN_THE_AIR, OTHER_ONWARD, flight, known

GOLDEN = Path(__file__).parent / "golden"
SENDER = "Travel notices <notices@irops.example>"
LATE = leg(FIRST.flight, "DTW", "2013-02-09T13:00", "2013-02-09T16:45")
GOING_ON = leg("DL.22.DTW.2013-02-09", "BOS", "2013-02-09T15:30", "2013-02-09T17:10")
EARLY = leg(ONWARD.flight, "BOS", "2013-02-09T15:30", "2013-02-09T17:10")
TO_MAINE = leg("DL.24.BOS.2013-02-09", "PWM", "2013-02-09T20:00", "2013-02-09T20:50")
NOTHING = Known(now=DECIDED)


def at_known_times(*legs: Leg) -> Known:
    return known(DECIDED, *(flight(each, "scheduled") for each in legs))


@pytest.mark.parametrize(
    ("after", "broken_by", "expected"),
    [
        pytest.param((FIRST, OTHER_ONWARD), FIRST.flight, (FIRST, ONWARD, True), id="the first is late"),
        pytest.param((FIRST, OTHER_ONWARD), ONWARD.flight, (FIRST, ONWARD, False), id="the second is early"),
        pytest.param((FIRST, ONWARD), ONWARD.flight, (ONWARD, TO_MAINE, True), id="the middle one, kept, is late"),
        pytest.param((FIRST,), ONWARD.flight, (FIRST, ONWARD, False), id="the middle one, lost, is early"),
        pytest.param((), FIRST.flight, (FIRST, ONWARD, True), id="nothing is left"),
        pytest.param((FIRST,), KNOWN.flight, None, id="another flight"),
        pytest.param((FIRST,), None, None, id="not known"),
    ],
)
def test_the_connection_is_that_of_the_flight_that_broke_it(
    after: tuple[Leg, ...], broken_by: FlightKey | None, expected: tuple[Leg, Leg, bool] | None
) -> None:
    """A flight in the middle may break either of its connections."""
    found = missed_connection((FIRST, ONWARD, TO_MAINE), after, broken_by, NOTHING)
    assert found == (expected and Missed(inbound=expected[0], onward=expected[1], is_late=expected[2]))


def test_a_broken_connection_has_the_best_known_times() -> None:
    """A move below the threshold for announcements may break it."""
    missed = missed_connection((FIRST, ONWARD), (FIRST, OTHER_ONWARD), FIRST.flight, at_known_times(LATE))
    assert missed == Missed(inbound=LATE, onward=ONWARD, is_late=True)


def letters(language: Language) -> dict[str, tuple[BookingFact, Known]]:
    both = at_known_times(LATE, ONWARD)
    moved = changed((FIRST, ONWARD), after=(LATE, OTHER_ONWARD), reason="misconnected", language=language)
    lost = structs.replace(stranded((FIRST, ONWARD), reason="misconnected", language=language), broken_by=FIRST.flight)
    return {
        "late": (structs.replace(moved, broken_by=FIRST.flight), both),
        "late-in-the-air": (structs.replace(moved, broken_by=FIRST.flight), IN_THE_AIR),
        "early": (
            structs.replace(moved, after=(FIRST, OTHER_ONWARD), broken_by=ONWARD.flight),
            at_known_times(FIRST, EARLY),
        ),
        "stranded": (structs.replace(lost, flown=(FIRST,), origin="DTW"), IN_THE_AIR),
        "unknown": (moved, both),
        "aircraft": (
            structs.replace(moved, before=(FIRST, GOING_ON), after=(FIRST, OTHER_ONWARD), broken_by=GOING_ON.flight),
            at_known_times(FIRST, GOING_ON),
        ),
        "aircraft-gone": (
            structs.replace(moved, before=(FIRST, GOING_ON), broken_by=GOING_ON.flight),
            known(DECIDED, flight(LATE, "departed"), flight(GOING_ON, "departed")),
        ),
        "unreachable": (
            changed((FIRST, ONWARD), after=(OTHER_ONWARD,), reason="unreachable", language=language),
            NOTHING,
        ),
        "amended": (changed((FIRST, ONWARD), after=(OTHER_ONWARD,), reason="amended", language=language), NOTHING),
    }


@pytest.mark.parametrize("name", letters("en"))
@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_about_a_broken_connection_read_as_agreed(writer: Writer, language: LetterLanguage, name: str) -> None:
    """The flight that was on time is not called changed."""
    fact, when = letters(language)[name]
    written = email(writer.write(fact, known=when), sender=SENDER).decode()
    assert written == (GOLDEN / f"connection-{name}-{language}.eml").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_connection_broken_before_another_change_is_still_the_reason(
    writer: Writer, language: LetterLanguage
) -> None:
    """One letter about both facts says why the party has other flights than it knows."""
    fact, when = letters(language)["late"]
    then = structs.replace(
        changed((LATE, OTHER_ONWARD), after=(LATE, TO_MAINE), language=language), id="then", follows=fact.id
    )
    alone, both = writer.write(fact, known=when), writer.write(then, known=when, earlier=[fact])
    assert both.subject == alone.subject
    assert both.body.split("\n\n")[1] == alone.body.split("\n\n")[1]
