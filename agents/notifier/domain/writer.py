"""A letter from a fact: the story, written by the template of its kind and language."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias, get_args

from agents.notifier.domain.airports import AirportInfo
from agents.notifier.domain.known import Known
from agents.notifier.domain.languages import LetterLanguage, letter_language
from agents.notifier.domain.letter import Letter
from agents.notifier.domain.new_seats import NewSeats
from agents.notifier.domain.reported import Reported
from agents.notifier.domain.requested import RequestLetter
from agents.notifier.domain.rights import RightsLetter, Stated
from agents.notifier.domain.story import Kind, Story, story_of
from contracts.flights import Instant
from contracts.ledger import BookingKept, Journey, Party
from contracts.names import Airport, Id


class Template(Protocol):
    """A compiled template. Its first line is the subject, the rest after a blank line the body."""

    def render(self, *, m: Story | NewSeats | RightsLetter | RequestLetter) -> str: ...


Apart: TypeAlias = Literal["seats", "rights", "request"]
"""The kinds of a letter about a flight's seats, about rights alone, and about a request; the others are about a trip."""
APART: tuple[Apart, ...] = get_args(Apart)
Templates: TypeAlias = Mapping[tuple[LetterLanguage, Kind | Apart], Template]


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
        fact: Reported,
        *,
        known: Known | None = None,
        journeys: Sequence[Journey] = (),
        earlier: Sequence[Reported] = (),
        diverted: BookingKept | None = None,
        reference: str = "",
        stated: Stated | None = None,
        alone: bool = False,
        asked: Collection[Id] = (),
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
            stated=stated,
            alone=alone,
            asked=asked,
        )
        language = letter_language(fact.language, default=self._default)
        subject, body = _rendered(self._templates[language, story.kind], story)
        return Letter(
            id=fact.id, pnr=fact.pnr, to=fact.contact, language=language, subject=subject, body=body,
            decided_at=fact.decided_at, confirms=story.kind == "kept" and story.is_confirmed,
        )  # fmt: skip

    def write_seats(self, notice: NewSeats, *, id_: Id, party: Party, decided_at: Instant) -> Letter:
        """The letter to a party about other seats on a flight."""
        return self._apart("seats", notice, id_=id_, party=party, decided_at=decided_at)

    def write_rights(self, notice: RightsLetter, *, id_: Id, party: Party, decided_at: Instant) -> Letter:
        """The letter to a party about what it is owed."""
        return self._apart("rights", notice, id_=id_, party=party, decided_at=decided_at)

    def write_request(self, notice: RequestLetter, *, id_: Id, party: Party, decided_at: Instant) -> Letter:
        """The letter to a party about what became of its request."""
        return self._apart("request", notice, id_=id_, party=party, decided_at=decided_at)

    def _apart(
        self,
        kind: Apart,
        notice: NewSeats | RightsLetter | RequestLetter,
        *,
        id_: Id,
        party: Party,
        decided_at: Instant,
    ) -> Letter:
        language = letter_language(party.language, default=self._default)
        subject, body = _rendered(self._templates[language, kind], notice)
        return Letter(
            id=id_, pnr=notice.pnr, to=party.contact, language=language, subject=subject, body=body, decided_at=decided_at
        )  # fmt: skip


def _rendered(template: Template, m: Story | NewSeats | RightsLetter | RequestLetter) -> tuple[str, str]:
    """Subject and body."""
    subject, body = template.render(m=m).split("\n", 1)
    return subject.strip(), body.strip() + "\n"
