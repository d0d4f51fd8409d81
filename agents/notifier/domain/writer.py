"""A letter from a fact: the story, written by the template of its kind and language."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from agents.notifier.domain.airports import AirportInfo
from agents.notifier.domain.known import Known
from agents.notifier.domain.languages import LetterLanguage, letter_language
from agents.notifier.domain.letter import Letter
from agents.notifier.domain.story import Kind, Story, story_of
from contracts.ledger import BookingFact, BookingKept, Journey
from contracts.names import Airport


class Template(Protocol):
    """A compiled template. Its first line is the subject, the rest after a blank line the body."""

    def render(self, *, m: Story) -> str: ...


Templates: TypeAlias = Mapping[tuple[LetterLanguage, Kind], Template]


class Writer:
    """Writes letters. `airports` are those with an IATA code, `templates` has one for every language and kind.

    A party in whose language there are no letters gets its letter in the `default` one.
    """

    def __init__(
        self, airports: Mapping[Airport, AirportInfo], *, templates: Templates, default: LetterLanguage = "en"
    ) -> None:
        self._airports = airports
        self._templates = templates
        self._default = default

    def write(
        self,
        fact: BookingFact,
        *,
        known: Known | None = None,
        journeys: Sequence[Journey] = (),
        earlier: Sequence[BookingFact] = (),
        diverted: BookingKept | None = None,
        reference: str = "",
    ) -> Letter:
        """The letter that reports this fact and the `earlier` ones without a letter, which are oldest first.

        The other arguments are those of `story_of`. Raises ValueError as it does.
        """
        story = story_of(
            fact,
            airports=self._airports,
            known=known,
            journeys=journeys,
            earlier=earlier,
            diverted=diverted,
            reference=reference,
        )
        language = letter_language(fact.language, default=self._default)
        subject, body = self._templates[language, story.kind].render(m=story).split("\n", 1)
        return Letter(
            id=fact.id, pnr=fact.pnr, to=fact.contact, language=language, subject=subject.strip(), body=body.strip() + "\n",
            decided_at=fact.decided_at, confirms=story.kind == "kept" and not story.unticketed,
        )  # fmt: skip
