"""Letters to parties that have seats again which they had lost."""

from pathlib import Path

import pytest
from msgspec import structs

from agents.notifier.adapters import email
from agents.notifier.domain import LANGUAGES, Writer
from contracts.ledger import BookingChanged, Language
from tests.agents.notifier.samples import FROM_NEWARK, KNOWN, SAME_AIRPORT, changed, stranded

GOLDEN = Path(__file__).parent / "golden"
SENDER = "Travel notices <notices@irops.example>"


def moved_back(language: Language = "en") -> BookingChanged:
    """From a flight in the evening, of another airport, to the one that it had lost."""
    fact = changed((FROM_NEWARK,), after=(KNOWN,), reason="restored", language=language)
    return structs.replace(fact, regained=(KNOWN.flight,))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_about_seats_had_again_reads_as_agreed(writer: Writer, language: Language) -> None:
    """It names the flight, and what is new about the trip."""
    written = email(writer.write(moved_back(language)), sender=SENDER).decode()
    assert written == (GOLDEN / f"moved-back-{language}.eml").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_party_moved_on_before_its_letter_does_not_read_of_seats_that_it_has_not(
    writer: Writer, language: Language
) -> None:
    """It was moved back, and the flight was cancelled once more."""
    again = changed((KNOWN,), after=(SAME_AIRPORT,), language=language)
    lost = stranded((KNOWN,), language=language)
    for then in (again, lost):
        letter = writer.write(then, earlier=[moved_back(language)])
        assert "B6 1017" not in letter.subject + letter.body


def test_a_party_moved_back_before_any_letter_keeps_its_trip(writer: Writer) -> None:
    """It never knew of another one."""
    letter = writer.write(moved_back(), earlier=[changed(after=(FROM_NEWARK,))])
    assert letter.subject == "Flight B6 1017: your seats are confirmed"
