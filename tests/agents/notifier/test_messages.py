"""The messages themselves, in each language.

The complete ones are under `golden/`: they are read by people in review, so a change of wording changes them knowingly.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.notifier.adapters import letter
from agents.notifier.domain import KINDS, LANGUAGES, Kind, Writer
from contracts.ledger import BookingFact, Disruption, Language, Leg
from tests.agents.notifier.samples import (
    DURING,
    FIRST,
    FROM_NEWARK,
    LATER,
    ONWARD,
    SAME_AIRPORT,
    TICKET,
    TOLD,
    changed,
    kept,
    leg,
    still_waiting,
    stranded,
)  # fmt: skip

GOLDEN = Path(__file__).parent / "golden"
LATER_FROM_NEWARK = leg(FROM_NEWARK.flight, "BOS", "2013-02-08T23:40", "2013-02-09T00:52")
SENDER = "Travel notices <notices@irops.example>"


def fact_of(kind: Kind, language: Language) -> BookingFact:
    facts: dict[Kind, BookingFact] = {
        "changed": changed(language=language),
        "found": changed((), language=language),
        "retimed": kept(language=language),
        "kept": kept(after=(TOLD,), language=language),
        "diverted": kept(after=(TOLD,), reason="diverted", diverted_to="BDL", language=language),
        "stranded": stranded(language=language),
    }
    return facts[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_told_in_every_language(writer: Writer, language: Language, kind: Kind) -> None:
    """A message has a subject of one line, the flight, and the reference, and no template mark is left in it."""
    notice = writer.write(fact_of(kind, language))
    assert notice.subject
    assert "\n" not in notice.subject
    assert "B6 " in notice.subject + notice.body
    assert "K7QX2M" in notice.body
    assert not set("{}%") & set(notice.subject + notice.body)
    assert "\n\n\n" not in notice.body
    assert "  ," not in notice.body


@pytest.mark.parametrize("reason", ["cancelled", "retimed", "downgauged", "diverted"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("before", [(TOLD,), (FIRST, ONWARD)], ids=["one flight", "two flights"])
def test_every_reason_reads_differently(
    writer: Writer, language: Language, reason: Disruption, before: tuple[Leg, ...]
) -> None:
    """What happened is said, whatever the reason and however many flights."""
    others: tuple[Disruption, ...] = ("cancelled", "retimed", "downgauged", "diverted")
    bodies = {
        other: writer.write(changed(before, reason=other, language=language)).body.split("\n\n")[1] for other in others
    }
    assert sum(bodies[reason] == body for body in bodies.values()) == 1


COMPLETE: dict[str, BookingFact] = {
    "changed-en": changed(after=(FROM_NEWARK,)),
    "changed-connection-fr": changed(after=(FIRST, ONWARD), language="fr"),
    "retimed-es": kept(language="es"),
    "retimed-en": kept(),
    "diverted-en": kept(
        (FIRST, ONWARD), after=(FIRST, ONWARD), reason="diverted", diverted_to="CLE", decided_at=DURING
    ),
    "stranded-fr": stranded(language="fr"),
    "stranded-es": stranded((FIRST, ONWARD), language="es"),
    "found-es": changed((), after=(FROM_NEWARK,), language="es"),
}


@pytest.mark.parametrize("name", COMPLETE)
def test_complete_messages_read_as_agreed(writer: Writer, name: str) -> None:
    """Byte for byte what goes into the Maildir."""
    written = letter(writer.write(COMPLETE[name], ticket=TICKET), sender=SENDER).decode()
    assert written == (GOLDEN / f"{name}.eml").read_text(encoding="utf-8")


UNTOLD: dict[str, Callable[[Language], tuple[BookingFact, BookingFact]]] = {
    "moved-and-retimed": lambda language: (
        changed(after=(FROM_NEWARK,), language=language),
        kept((FROM_NEWARK,), after=(LATER_FROM_NEWARK,), language=language),
    ),
    "stranded-and-found": lambda language: (
        stranded((FIRST, ONWARD), language=language),
        changed((), after=(FROM_NEWARK,), language=language),
    ),
    "moved-and-stranded": lambda language: (
        changed(language=language),
        stranded((SAME_AIRPORT,), reason="downgauged", language=language),
    ),
    "found-and-stranded": lambda language: (changed((), language=language), still_waiting(language=language)),
    "moved-and-diverted": lambda language: (
        changed(after=(FIRST, ONWARD), language=language),
        kept(
            (FIRST, ONWARD), after=(FIRST, ONWARD), reason="diverted", diverted_to="CLE", language=language,
            decided_at=DURING,
        ),
    ),
    "moved-and-moved-back": lambda language: (
        changed(language=language),
        changed((SAME_AIRPORT,), after=(TOLD,), reason="downgauged", language=language),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNTOLD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_not_told_before_is_told_as_agreed(writer: Writer, language: Language, name: str) -> None:
    """Two facts in one message, from the trip as last told."""
    untold, fact = UNTOLD[name](language)
    written = letter(writer.write(fact, ticket=TICKET, untold=[untold]), sender=SENDER).decode()
    assert written == (GOLDEN / f"untold-{name}-{language}.eml").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_airport_is_pointed_out(writer: Writer, language: Language) -> None:
    """Whoever has to go to Newark instead of JFK reads both names."""
    body = writer.write(changed(after=(FROM_NEWARK,), language=language)).body
    notes = next(part for part in body.split("\n\n") if "\n* " in part)
    assert "Newark Liberty International Airport (EWR)" in notes
    assert "John F Kennedy International Airport (JFK)" in notes


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_ordinary_move_has_no_warnings(writer: Writer, language: Language) -> None:
    """Same airports, same day, same cabin, later: there is nothing to point out."""
    assert "\n* " not in writer.write(changed(after=(SAME_AIRPORT,), language=language)).body


def test_new_times_stand_beside_those_told_before(writer: Writer) -> None:
    """On the same day the old time alone is enough."""
    body = writer.write(kept()).body
    assert "Departs: Friday, February 8, 2013, 4:10 PM (before: 2:30 PM)" in body


def test_new_times_on_another_day_name_the_day_told_before(writer: Writer) -> None:
    """A delay past midnight shows both days."""
    overnight = leg(TOLD.flight, "BOS", "2013-02-09T15:00", "2013-02-09T16:10")
    body = writer.write(kept(after=(overnight,))).body
    assert "Departs: Saturday, February 9, 2013, 10:00 AM (before: Friday, February 8, 2013, 2:30 PM)" in body


def test_an_unknown_airport_is_told_by_code_and_utc(writer: Writer) -> None:
    """An airport without a known zone still gets a true time."""
    nowhere = leg("B6.9.ZZZ.2013-02-08", "BOS", "2013-02-08T22:00", "2013-02-08T23:10")
    body = writer.write(changed(after=(nowhere,))).body
    assert "B6 9  ZZZ to Boston (BOS)\n  Departs: Friday, February 8, 2013, 10:00 PM UTC" in body


def test_a_stranded_party_does_not_read_that_a_cancelled_flights_seat_is_lost(writer: Writer) -> None:
    """A seat on a cancelled flight is no loss; one on a flight that leaves without the party is, and is told."""
    assert "no longer held" not in writer.write(stranded()).body
    assert "no longer held" in writer.write(stranded(reason="downgauged")).body


def test_whoever_is_under_way_is_not_sent_to_the_airport(writer: Writer) -> None:
    """Advice fits where the traveller is."""
    late = leg(FIRST.flight, "DTW", "2013-02-09T13:00", "2013-02-09T16:10")
    body = writer.write(kept((FIRST,), after=(late,), decided_at=DURING)).body
    assert "at the airport" not in body


def test_the_same_fact_is_always_told_in_the_same_words(writer: Writer) -> None:
    """A redelivered fact makes the same bytes."""
    fact = kept(after=(LATER,))
    assert letter(writer.write(fact), sender=SENDER) == letter(writer.write(fact), sender=SENDER)
