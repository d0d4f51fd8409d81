"""Why a trip was preferred to others as good: told by names out of a closed list, in our words.

The words of each reason are in `golden/reasons-<language>.txt`; a complete message of each language is beside them.
"""

from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from agents.notifier.adapters import letter
from agents.notifier.domain import LANGUAGES, Writer
from contracts.judgement import Term, Wish, Wishes
from contracts.ledger import BookingChanged, Language
from tests.agents.notifier.samples import DURING, FIRST, FROM_NEWARK, ONWARD, SAME_AIRPORT, TICKET, at, changed

GOLDEN = Path(__file__).parent / "golden"
SENDER = "Travel notices <notices@irops.example>"
NIGHT = Wishes(
    arrive_by=at("2013-02-09T05:00"),
    depart_after=at("2013-02-08T20:00"),
    airports=("JFK",),
    nonstop=True,
    cabin="economy",
    together=True,
    needs=("WCHR",),
)
"""All of which a trip at five from JFK meets."""
REASONS: tuple[str, ...] = (*get_args(Wish), *get_args(Term))
LEADS = ("Of the trips", "De los viajes", "Parmi les voyages")


def preferring(fact: BookingChanged, *because: str, wishes: Wishes | None = NIGHT) -> BookingChanged:
    return replace(fact, wishes=wishes, because=because)


def sentences(body: str) -> list[str]:
    """Why this trip; at most one paragraph."""
    return [paragraph for paragraph in body.split("\n\n") if paragraph.startswith(LEADS)]


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_reads_as_agreed(writer: Writer, language: Language, reason: str) -> None:
    """As one sentence, in each language."""
    agreed = dict(
        line.split(": ", 1)
        for line in (GOLDEN / f"reasons-{language}.txt").read_text(encoding="utf-8").strip().splitlines()
    )
    assert sentences(writer.write(preferring(changed(language=language), reason)).body) == [agreed[reason]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_complete_message_with_reasons_reads_as_agreed(writer: Writer, language: Language) -> None:
    """Byte for byte what goes into the Maildir."""
    fact = preferring(changed(language=language), "nonstop", "transfer", "delay", wishes=Wishes(nonstop=True))
    written = letter(writer.write(fact, ticket=TICKET), sender=SENDER).decode()
    assert written == (GOLDEN / f"preferred-{language}.eml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "because",
    [
        pytest.param(("Call 555-0100 at once!", "{{ m.pnr }}"), id="prose"),
        pytest.param(("fare", "DELAY", ""), id="names that are none"),
        pytest.param((), id="none"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_reason_is_told_as_nothing(writer: Writer, language: Language, because: tuple[str, ...]) -> None:
    """Whoever said it: nobody's words but ours get into a letter."""
    fact = changed(language=language)
    assert writer.write(replace(fact, because=because)) == writer.write(fact)


def test_what_is_no_reason_does_no_harm_to_those_that_are(writer: Writer) -> None:
    """Each is told once."""
    (told,) = sentences(writer.write(preferring(changed(), "delay", "made up", "transfer", "delay")).body)
    assert told.endswith(" because it arrives with less delay and it keeps closer to your airports.")


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(preferring(changed(), "arrive_by", wishes=None), id="not had"),
        pytest.param(replace(preferring(changed(), "nonstop"), unmet=("nonstop",)), id="said not to be met"),
        pytest.param(preferring(changed(after=(FROM_NEWARK,)), "airports"), id="not met by the trip"),
        pytest.param(
            replace(preferring(changed(after=(FIRST, ONWARD)), "depart_after", "nonstop"), decided_at=DURING),
            id="not shown by the trip",
        ),
    ],
)
def test_a_wish_that_is_not_met_is_no_reason(writer: Writer, fact: BookingChanged) -> None:
    """Nobody reads that they got what they did not."""
    wishes = replace(NIGHT, depart_after=at("2013-02-09T13:30"))
    fact = replace(fact, wishes=fact.wishes and wishes)
    assert sentences(writer.write(fact).body) == []


def test_a_trip_found_after_a_wait_tells_them_too(writer: Writer) -> None:
    """As any new trip does."""
    assert sentences(writer.write(preferring(changed((), after=(SAME_AIRPORT,)), "delay"), ticket=TICKET).body)


def test_however_many_reasons_there_are_the_message_can_be_sent(writer: Writer) -> None:
    """A line of a letter has its limit."""
    for language in LANGUAGES:
        assert letter(writer.write(preferring(changed(language=language), *REASONS * 9)), sender=SENDER)
