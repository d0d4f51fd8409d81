"""The letters, in each language.

Complete letters are under `golden/`, where a reviewer reads them: a change of wording shows there.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from msgspec import structs

from agents.notifier.adapters import email
from agents.notifier.domain import KINDS, LANGUAGES, Kind, Known, Reported, Writer
from contracts.ledger import BookingFact, BookingKept, BookingStranded, Disruption, Documents, Language, Leg
from contracts.names import CABINS
from tests.agents.notifier.samples import (
    DURING,
    FIRST,
    FROM_NEWARK,
    JOURNEYS,
    KNOWN,
    LATER,
    ONWARD,
    SAME_AIRPORT,
    changed,
    kept,
    lapsed,
    leg,
    offered,
    overdue,
    still_waiting,
    stranded,
    waiting_with_seats,
)  # fmt: skip

GOLDEN = Path(__file__).parent / "golden"
LATER_FROM_NEWARK = leg(FROM_NEWARK.flight, "BOS", "2013-02-08T23:40", "2013-02-09T00:52")
DIVERSION = kept(after=(KNOWN,), reason="diverted", diverted_to="BDL")
SENDER = "Travel notices <notices@irops.example>"


def fact_of(kind: Kind, language: Language) -> Reported:
    facts: dict[Kind, Reported] = {
        "changed": changed(language=language),
        "found": changed((), language=language),
        "retimed": kept(language=language),
        "kept": kept(after=(KNOWN,), language=language),
        "resumed": kept(after=(KNOWN,), language=language),
        "diverted": kept(after=(KNOWN,), reason="diverted", diverted_to="BDL", language=language),
        "returned": kept(after=(KNOWN,), reason="diverted", diverted_to="JFK", language=language),
        "ended": changed(
            (KNOWN, leg("B6.9.BOS.2013-02-08", "PWM", "2013-02-08T23:00", "2013-02-08T23:50")),
            after=(KNOWN,),
            reason="diverted",
            language=language,
            decided_at=KNOWN.arrives,
        ),
        "stranded": stranded(language=language),
        "offered": offered(language=language),
        "arranging": offered(answerer="system", language=language),
    }
    return facts[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_letter_exists_in_every_language(writer: Writer, language: Language, kind: Kind) -> None:
    """It has a subject of one line, the flight and the booking reference, and no template mark."""
    letter = writer.write(fact_of(kind, language), diverted=DIVERSION if kind == "resumed" else None)
    assert letter.subject
    assert "\n" not in letter.subject
    assert "B6 " in letter.subject + letter.body
    assert "K7QX2M" in letter.body
    assert not set("{}%") & set(letter.subject + letter.body)
    assert "\n\n\n" not in letter.body
    assert "  ," not in letter.body


@pytest.mark.parametrize("reason", ["cancelled", "retimed", "downgauged", "diverted"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("before", [(KNOWN,), (FIRST, ONWARD)], ids=["one flight", "two flights"])
def test_every_reason_reads_differently(
    writer: Writer, language: Language, reason: Disruption, before: tuple[Leg, ...]
) -> None:
    """The letter says what happened, whatever the reason and the number of flights."""
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
    "held-en": waiting_with_seats((FIRST,)),
    "held-es": waiting_with_seats((FIRST,), language="es"),
    "held-fr": waiting_with_seats((FIRST,), language="fr"),
    "lapsed-en": lapsed(),
    "lapsed-es": lapsed(language="es"),
    "lapsed-fr": lapsed(language="fr"),
    "overdue-en": overdue(),
    "overdue-es": overdue(language="es"),
    "overdue-fr": overdue(language="fr"),
}


@pytest.mark.parametrize("name", COMPLETE)
def test_complete_letters_read_as_agreed(writer: Writer, name: str) -> None:
    """Byte for byte as written to the Maildir."""
    written = email(writer.write(COMPLETE[name], journeys=JOURNEYS), sender=SENDER).decode()
    assert written == (GOLDEN / f"{name}.eml").read_text(encoding="utf-8")


MERGED: dict[str, Callable[[Language], tuple[BookingFact, BookingFact]]] = {
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
    "held-and-lapsed": lambda language: (waiting_with_seats((FIRST,), language=language), lapsed(language=language)),
    "stranded-and-overdue": lambda language: (stranded(language=language), overdue(language=language)),
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
        changed((SAME_AIRPORT,), after=(KNOWN,), reason="downgauged", language=language),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MERGED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_about_two_facts_read_as_agreed(writer: Writer, language: Language, name: str) -> None:
    """From the trip that the party knows."""
    earlier, fact = MERGED[name](language)
    written = email(writer.write(fact, journeys=JOURNEYS, earlier=[earlier]), sender=SENDER).decode()
    assert written == (GOLDEN / f"earlier-{name}-{language}.eml").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_airport_is_pointed_out(writer: Writer, language: Language) -> None:
    """A party that has to go to Newark instead of JFK reads both names."""
    body = writer.write(changed(after=(FROM_NEWARK,), language=language)).body
    notes = next(part for part in body.split("\n\n") if "\n* " in part)
    assert "Newark Liberty International Airport (EWR)" in notes
    assert "John F Kennedy International Airport (JFK)" in notes


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cabin_has_a_name_of_its_own(writer: Writer, language: Language) -> None:
    """In the list of flights, and in the warning that the cabin is another."""
    bodies = set()
    for cabin in CABINS:
        known = structs.replace(KNOWN, cabin=CABINS[CABINS.index(cabin) - 1])
        bodies.add(
            writer.write(changed((known,), after=(structs.replace(LATER, cabin=cabin),), language=language)).body
        )
    assert len(bodies) == len(CABINS)
    assert not any(f": {cabin}\n" in body for body in bodies for cabin in ("business", "premium"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_ordinary_move_has_no_warnings(writer: Writer, language: Language) -> None:
    """Same airports, same day, same cabin, later: nothing to point out."""
    assert "\n* " not in writer.write(changed(after=(SAME_AIRPORT,), language=language)).body


def test_new_times_stand_beside_the_former_ones(writer: Writer) -> None:
    """On the same day the former time alone is enough."""
    body = writer.write(kept()).body
    assert "Departs: Friday, February 8, 2013, 4:10 PM (before: 2:30 PM)" in body


def test_new_times_on_another_day_stand_beside_the_former_day(writer: Writer) -> None:
    """A delay past midnight shows both days."""
    overnight = leg(KNOWN.flight, "BOS", "2013-02-09T15:00", "2013-02-09T16:10")
    body = writer.write(kept(after=(overnight,))).body
    assert "Departs: Saturday, February 9, 2013, 10:00 AM (before: Friday, February 8, 2013, 2:30 PM)" in body


def test_an_unknown_airport_is_shown_by_its_code_and_utc(writer: Writer) -> None:
    """An airport without a known zone still has a correct time."""
    nowhere = leg("B6.9.ZZZ.2013-02-08", "BOS", "2013-02-08T22:00", "2013-02-08T23:10")
    body = writer.write(changed(after=(nowhere,))).body
    assert "B6 9  ZZZ to Boston (BOS)\n  Departs: Friday, February 8, 2013, 10:00 PM UTC" in body


@pytest.mark.parametrize(
    ("language", "named"),
    [
        ("en", "EI 5017 (operated by B6 1017)"),
        ("es", "EI 5017 (operado por B6 1017)"),
        ("fr", "EI 5017 (opéré par B6 1017)"),
    ],
)
def test_a_codeshare_is_named_as_it_was_bought_and_as_it_is_flown(
    writer: Writer, language: Language, named: str
) -> None:
    """The subject has the number that the party knows; a flight sold under its own number has no other."""
    bought = structs.replace(KNOWN, sold_as="EI.5017.JFK.2013-02-08")
    moved = writer.write(changed((bought,), language=language), journeys=JOURNEYS)
    assert "EI 5017" in moved.subject
    assert named in moved.body
    assert "B6 2017  " in moved.body
    later = structs.replace(LATER, sold_as=bought.sold_as)
    assert f"{named}  " in writer.write(kept((bought,), after=(later,), language=language), journeys=JOURNEYS).body


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_letter_shows_the_reference_that_the_party_knows(writer: Writer, language: Language) -> None:
    """The locator of its record, where it has one, else its PNR."""
    fact = changed((KNOWN,), language=language)
    assert f": {fact.pnr}\n" in writer.write(fact, journeys=JOURNEYS).body
    by_locator = writer.write(fact, journeys=JOURNEYS, reference="AB12CD").body
    assert ": AB12CD\n" in by_locator
    assert fact.pnr not in by_locator


_CONFIRMED = re.compile("confirm", re.IGNORECASE)
"""In English, Spanish and French."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("documents", get_args(Documents))
def test_nothing_is_called_confirmed_before_the_ticket_shows_it(
    writer: Writer, documents: Documents, language: Language
) -> None:
    """The letter says so, and its record agrees with its words."""
    shown = documents in ("in_sync", "reissued")
    for fact in (kept(after=(KNOWN,), language=language), changed(language=language), stranded(language=language)):
        plain = writer.write(fact, journeys=JOURNEYS)
        letter = writer.write(structs.replace(fact, documents=documents), journeys=JOURNEYS)
        confirms = bool(_CONFIRMED.search(letter.subject + letter.body))
        assert letter.confirms == confirms == (shown and isinstance(fact, BookingKept))
        assert (letter == plain) == (shown or isinstance(fact, BookingStranded))


def test_other_flights_than_those_sold_are_confirmed_by_a_ticket_that_is_known_to_show_them(writer: Writer) -> None:
    """Where nothing is known of the ticket, it shows what was sold."""
    fact = kept((SAME_AIRPORT,), after=(SAME_AIRPORT,))
    unknown, reissued = (
        writer.write(structs.replace(fact, documents=documents), journeys=JOURNEYS) for documents in (None, "reissued")
    )
    assert (unknown.confirms, reissued.confirms) == (False, True)
    assert not _CONFIRMED.search(unknown.subject + unknown.body)
    assert _CONFIRMED.search(reissued.subject)


def test_a_stranded_party_reads_that_its_seats_are_lost_only_if_the_flight_flies(writer: Writer) -> None:
    """A seat on a cancelled flight is no loss; one on a flight that leaves without the party is."""
    assert "no longer held" not in writer.write(stranded()).body
    assert "no longer held" in writer.write(stranded(reason="downgauged")).body


def test_a_party_under_way_is_not_sent_to_the_airport(writer: Writer) -> None:
    """The advice fits where the party is."""
    late = leg(FIRST.flight, "DTW", "2013-02-09T13:00", "2013-02-09T16:10")
    body = writer.write(kept((FIRST,), after=(late,), decided_at=DURING)).body
    assert "at the airport" not in body


def test_the_same_fact_always_gives_the_same_letter(writer: Writer) -> None:
    """Byte for byte, for a redelivered fact."""
    fact = kept(after=(LATER,))
    assert email(writer.write(fact), sender=SENDER) == email(writer.write(fact), sender=SENDER)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("before", [(KNOWN,), ()], ids=["changed", "found"])
def test_a_letter_says_what_is_unusual_in_a_new_trip(
    writer: Writer, language: Language, before: tuple[Leg, ...]
) -> None:
    """A night on the way, and another country, for which it leaves the papers to the reader."""
    usual = changed(before, after=(FIRST, ONWARD), language=language)
    lines = [writer.write(structs.replace(usual, marks=marks)).body for marks in ((), ("night",), ("country",))]
    plain, night, country = (set(body.splitlines()) for body in lines)
    assert night - plain - country
    assert "visa" in " ".join(country - plain - night)


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "  Seats: 12A, 12B\n"), ("es", "  Asientos: 12A, 12B\n"), ("fr", "  Sièges : 12A, 12B\n")],
)
def test_a_letter_names_the_seats_of_the_trip(writer: Writer, language: Language, line: str) -> None:
    """By number, under the cabin of each flight that gives them out; no letter has a line for seats that are counted alone."""
    seated = structs.replace(SAME_AIRPORT, seats=("12A", "12B"))
    letter = writer.write(changed(after=(seated,), language=language))
    plain = writer.write(changed(language=language))
    assert line in letter.body
    assert letter.body.replace(line, "") == plain.body


def test_a_letter_names_the_seats_that_its_reader_has_now(writer: Writer) -> None:
    """Another aircraft may have given out others since the fact."""
    seated = structs.replace(SAME_AIRPORT, seats=("12A",))
    now = Known(now=SAME_AIRPORT.departs - timedelta(hours=5), seats={SAME_AIRPORT.flight: ("14C",)})
    letter = writer.write(changed(after=(seated,)), known=now)
    assert "  Seat: 14C\n" in letter.body
    assert "12A" not in letter.body
