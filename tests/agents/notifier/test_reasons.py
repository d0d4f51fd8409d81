"""Why a trip was preferred to others: names out of a closed list, for which the templates have the words.

The words for each reason are in `golden/reasons-<language>.txt`; a complete letter in each language is beside them.
"""

from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from agents.notifier.adapters import email
from agents.notifier.domain import LANGUAGES, Writer
from contracts.judgement import Term, Wish, Wishes
from contracts.ledger import BookingChanged, Language
from tests.agents.notifier.samples import DURING, FIRST, FROM_NEWARK, JOURNEYS, ONWARD, SAME_AIRPORT, at, changed

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
"""A trip from JFK at five meets all of these."""
REASONS: tuple[str, ...] = (*get_args(Wish), *get_args(Term))
LEADS = ("Of the trips", "De los viajes", "Parmi les voyages")
"""How the sentence starts in each language."""


def preferring(fact: BookingChanged, *because: str, wishes: Wishes | None = NIGHT) -> BookingChanged:
    return replace(fact, wishes=wishes, because=because)


def sentences(body: str) -> list[str]:
    """The paragraphs about why this trip was chosen; at most one."""
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
def test_a_complete_letter_with_reasons_reads_as_agreed(writer: Writer, language: Language) -> None:
    """Byte for byte as written to the Maildir."""
    fact = preferring(changed(language=language), "nonstop", "transfer", "delay", wishes=Wishes(nonstop=True))
    written = email(writer.write(fact, journeys=JOURNEYS), sender=SENDER).decode()
    assert written == (GOLDEN / f"preferred-{language}.eml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "because",
    [
        pytest.param(("Call 555-0100 at once!", "{{ m.pnr }}"), id="prose"),
        pytest.param(("fare", "DELAY", ""), id="unknown names"),
        pytest.param((), id="none"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_reasons_are_left_out(writer: Writer, language: Language, because: tuple[str, ...]) -> None:
    """Only words of the templates get into a letter."""
    fact = changed(language=language)
    assert writer.write(replace(fact, because=because)) == writer.write(fact)


def test_known_reasons_remain_beside_unknown_ones(writer: Writer) -> None:
    """Each once."""
    (sentence,) = sentences(writer.write(preferring(changed(), "delay", "made up", "transfer", "delay")).body)
    assert sentence.endswith(" because it arrives with less delay and it stays closer to your airports.")


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(preferring(changed(), "arrive_by", wishes=None), id="not asked for"),
        pytest.param(replace(preferring(changed(), "nonstop"), unmet=("nonstop",)), id="unmet by the fact"),
        pytest.param(preferring(changed(after=(FROM_NEWARK,)), "airports"), id="not met by the trip"),
        pytest.param(
            replace(preferring(changed(after=(FIRST, ONWARD)), "depart_after", "nonstop"), decided_at=DURING),
            id="not shown by the trip",
        ),
    ],
)
def test_a_wish_that_is_not_met_is_no_reason(writer: Writer, fact: BookingChanged) -> None:
    """A letter does not claim what the trip does not give."""
    wishes = replace(NIGHT, depart_after=at("2013-02-09T13:30"))
    fact = replace(fact, wishes=fact.wishes and wishes)
    assert sentences(writer.write(fact).body) == []


def test_a_letter_about_seats_found_has_reasons(writer: Writer) -> None:
    """As the letter about any new trip."""
    assert sentences(writer.write(preferring(changed((), after=(SAME_AIRPORT,)), "delay"), journeys=JOURNEYS).body)


def test_a_letter_with_many_reasons_can_be_sent(writer: Writer) -> None:
    """An e-mail's line has a limit."""
    for language in LANGUAGES:
        assert email(writer.write(preferring(changed(language=language), *REASONS * 9)), sender=SENDER)
