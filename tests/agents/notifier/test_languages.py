"""The language of a letter."""

import shutil
from pathlib import Path

import msgspec
import pytest

from agents.notifier.adapters import load_airports, load_templates
from agents.notifier.adapters.templates import FOLDER
from agents.notifier.domain import LANGUAGES, LetterLanguage, Writer
from contracts.ledger import Party
from tests.agents.notifier.samples import changed


@pytest.mark.parametrize(
    ("tag", "default", "written"),
    [
        pytest.param("es", "en", "es", id="a language with letters"),
        pytest.param("es-MX", "en", "es", id="a regional form of one"),
        pytest.param("FR-ca", "en", "fr", id="a tag in another case"),
        pytest.param("pt-BR", "es", "es", id="a language without letters"),
        pytest.param("est", "fr", "fr", id="a language whose tag begins like another"),
        pytest.param("", "fr", "fr", id="a language that is not known"),
    ],
)
def test_a_letter_is_in_the_partys_language_or_in_the_default(
    tag: str, default: LetterLanguage, written: LetterLanguage
) -> None:
    """Whatever the booking says, there is a letter."""
    airports = load_airports()
    writer = Writer(airports, templates=load_templates(airports), default=default)
    greetings: dict[LetterLanguage, str] = {"en": "Hello", "es": "Hola", "fr": "Bonjour"}
    letter = writer.write(changed(language=tag))
    assert (letter.language, letter.body.startswith(greetings[written])) == (written, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_letter_in_a_language_waits_for_no_template(language: LetterLanguage, tmp_path: Path) -> None:
    """All of them, with what they import, have been read and compiled by then."""
    airports, folder = load_airports(), shutil.copytree(FOLDER, tmp_path / "templates")
    writer = Writer(airports, templates=load_templates(airports, folder=folder))
    shutil.rmtree(folder)
    assert writer.write(changed(language=language)).language == language


def party(language: str) -> Party:
    """As it is read from JSON."""
    written = {"passengers": 1, "seats": 1, "cabin": "economy", "language": language}
    return msgspec.json.decode(msgspec.json.encode(written), type=Party)


@pytest.mark.parametrize("tag", ["", "de", "zh-Hant-TW", "es-419", "de-CH-1901"])
def test_a_booking_may_name_any_language(tag: str) -> None:
    """Tags of RFC 5646, with or without a region."""
    assert party(tag).language == tag


@pytest.mark.parametrize("tag", ["e", "english!", "en_US", "en-", "en\n", "en\r\nBcc: a@b.example"])
def test_what_is_no_language_tag_is_refused(tag: str) -> None:
    """It could not be compared, and would stand in a letter's headers."""
    with pytest.raises(msgspec.ValidationError):
        party(tag)
