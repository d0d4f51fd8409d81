"""A letter about one of several journeys says which it is about, and what becomes of the others.

Complete letters are under `golden/`, as `journeys-<what>-<language>.eml`.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from agents.notifier.adapters import email
from agents.notifier.domain import LANGUAGES, Known, LetterLanguage, Writer
from agents.notifier.domain.other_trips import booked_of
from contracts.flights import Instant
from contracts.ledger import BookingFact, Journey, Language, Leg, Ticket
from contracts.names import origin_of
from tests.agents.notifier.samples import DECIDED, FROM_NEWARK, KNOWN, SAME_AIRPORT, changed, leg, stranded

GOLDEN = Path(__file__).parent / "golden"
SENDER = "Travel notices <notices@irops.example>"
BACK = leg("B6.318.BOS.2013-02-11", "JFK", "2013-02-11T12:00", "2013-02-11T13:20")
BACK_LATER = leg("B6.320.BOS.2013-02-11", "JFK", "2013-02-11T20:00", "2013-02-11T21:20")
ON = leg("DL.77.JFK.2013-02-20", "MIA", "2013-02-20T12:00", "2013-02-20T15:20")
LATE = leg("DL.88.JFK.2013-02-11", "BOS", "2013-02-11T12:30", "2013-02-11T13:40")
NOW = Known(now=DECIDED)


def journey(number: int, sold: Leg, *held: Leg) -> Journey:
    ticket = Ticket(
        origin=origin_of(sold.flight), destination=sold.destination, departs=sold.departs, arrives=sold.arrives,
        flights=(sold.flight,),
    )  # fmt: skip
    return Journey(number=number, ticket=ticket, legs=held)


OUT_AND_BACK = (journey(1, KNOWN, SAME_AIRPORT), journey(2, BACK, BACK))


def others(
    journeys: tuple[Journey, ...], number: int, trip: tuple[Leg, ...], known: Known = NOW
) -> list[tuple[str, bool]]:
    booked = booked_of(journeys, number, trip, known)
    return [(other.first.flight, other.is_affected) for other in booked.others] if booked else []


def test_the_only_journey_needs_no_mention() -> None:
    """There is nothing else in the booking."""
    assert booked_of(OUT_AND_BACK[:1], 1, (SAME_AIRPORT,), NOW) is None


def test_the_others_are_those_with_flights_ahead() -> None:
    """One that is flown or waits for seats is left out."""
    three = (*OUT_AND_BACK, journey(3, ON, ON))
    assert others(three, 1, (SAME_AIRPORT,)) == [(BACK.flight, False), (ON.flight, False)]
    assert others((*OUT_AND_BACK, journey(3, ON)), 1, (SAME_AIRPORT,)) == [(BACK.flight, False)]
    assert others(three, 3, (ON,), Known(now=SAME_AIRPORT.arrives)) == [(BACK.flight, False)]


@pytest.mark.parametrize(
    ("arrives", "expected"),
    [
        pytest.param(BACK.departs - timedelta(hours=3), [(BACK.flight, False)], id="three hours before it begins"),
        pytest.param(BACK.departs - timedelta(hours=1), [], id="an hour before it begins"),
        pytest.param(BACK.departs + timedelta(hours=1), [(BACK.flight, True)], id="after it begins"),
    ],
)
def test_a_journey_that_begins_before_this_one_ends_is_affected(
    arrives: Instant, expected: list[tuple[str, bool]]
) -> None:
    """Where that is not certain, nothing is promised."""
    assert others(OUT_AND_BACK, 1, (structs.replace(SAME_AIRPORT, arrives=arrives),)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(KNOWN.departs - timedelta(days=1), True, id="before it"),
        pytest.param(KNOWN.departs, True, id="on it"),
        pytest.param(KNOWN.arrives, False, id="after it"),
    ],
)
def test_the_journey_before_comes_first_until_it_is_flown(now: Instant, *, expected: bool) -> None:
    """Its party goes to the airport for it, whatever has become of this one."""
    booked = booked_of((journey(1, KNOWN, KNOWN), journey(2, BACK)), 2, (), Known(now=now))
    assert booked is not None
    assert booked.comes_first is expected


def letters(language: Language) -> dict[str, tuple[BookingFact, tuple[Journey, ...]]]:
    back = structs.replace(changed((BACK,), after=(BACK_LATER,), reason="unreachable", language=language), journey=2)
    waits = structs.replace(stranded((BACK,), language=language), journey=2)
    return {
        "return-stranded": (waits, (journey(1, KNOWN, KNOWN), journey(2, BACK))),
        "outbound": (changed(after=(FROM_NEWARK,), language=language), OUT_AND_BACK),
        "three": (changed(after=(FROM_NEWARK,), language=language), (*OUT_AND_BACK, journey(3, ON, ON))),
        "affected": (changed(after=(LATE,), language=language), (journey(1, KNOWN, LATE), OUT_AND_BACK[1])),
        "stranded": (stranded(language=language), (journey(1, KNOWN), OUT_AND_BACK[1])),
        "unreachable": (back, (journey(1, KNOWN, LATE), journey(2, BACK, BACK_LATER))),
    }


@pytest.mark.parametrize("name", letters("en"))
@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_about_one_of_several_journeys_read_as_agreed(
    writer: Writer, language: LetterLanguage, name: str
) -> None:
    """The reader knows which trip is meant, and need not ask about the other."""
    fact, journeys = letters(language)[name]
    written = email(writer.write(fact, journeys=journeys), sender=SENDER).decode()
    assert written == (GOLDEN / f"journeys-{name}-{language}.eml").read_text(encoding="utf-8")
