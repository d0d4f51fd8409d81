"""The story in words: every name, day and time as its reader says it, set into the template of its kind and language.

Nothing a passenger wrote, and nothing from a feed but flight numbers, airport codes and times, can get into a message: the
templates see `Words` and nothing else.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol, TypeAlias, get_args

from msgspec import Struct

from agents.notifier.domain.notice import Notice
from agents.notifier.domain.places import Place, Shown, show, show_day
from agents.notifier.domain.story import Happening, Kind, Story, Swap, story_of
from agents.notifier.domain.wishes import Request
from contracts.flights import Instant
from contracts.judgement import Need, Reason, Wish
from contracts.ledger import BookingFact, Disruption, Language, Leg, Ticket
from contracts.names import Airport, Cabin, Pnr, origin_of, spoken

LANGUAGES: tuple[Language, ...] = get_args(Language)
_AIRPORTS = 4
"""Of those asked for, so many are named: a line of a letter has its limit, and nothing bounds how many a remark can list."""


class Template(Protocol):
    """What the writer needs of a compiled template: the first line is the subject, the rest after a blank line the body."""

    def render(self, *, m: "Words") -> str: ...


Templates: TypeAlias = Mapping[tuple[Language, Kind], Template]


class LegWords(Struct, frozen=True, kw_only=True):
    """One flight, as read. `told_*` are filled where another time was told before: the time alone if the day is the same."""

    flight: str
    origin: str
    destination: str
    day: str
    departs: str
    arrives: str
    told_departs: str
    told_arrives: str
    cabin: Cabin


class RequestWords(Struct, frozen=True, kw_only=True):
    """What was asked, as read, beside what the trip does about it. What nobody asked for is None or empty."""

    told: tuple[Wish, ...]
    unmet: tuple[Wish, ...]
    nearest: bool
    certain: bool
    only: bool
    """Nothing else was asked."""
    by: Shown | None
    arrives: Shown
    after: Shown | None
    departs: Shown
    airports: tuple[str, ...]
    origin: str
    stops: tuple[str, ...]
    """Where planes are changed."""
    cabin: Cabin | None
    other_cabin: Cabin | None
    """Of the first flight that has another."""
    flights: int
    needs: tuple[Need, ...]


class HappeningWords(Struct, frozen=True, kw_only=True):
    reason: Disruption
    hit: tuple[LegWords, ...]


class Words(Struct, frozen=True, kw_only=True):
    """All a template sees, under the names of `Story`."""

    pnr: Pnr
    reason: Disruption
    hit: tuple[LegWords, ...]
    trip: tuple[LegWords, ...]
    origin: Swap[str] | None
    destination: Swap[str] | None
    day: Swap[str] | None
    cabin: Swap[Cabin] | None
    earlier: bool
    stops: tuple[str, ...]
    transfers: tuple[Swap[str], ...]
    ends: str
    diverted_to: Place | None
    under_way: bool
    request: RequestWords | None
    because: tuple[Reason, ...]
    first: HappeningWords | None


class Writer:
    """Writes notices.

    `places` are the airports by IATA code, `templates` one for every language and kind. A flight's words are kept once made:
    the parties of one flight share them.
    """

    def __init__(self, places: Mapping[Airport, Place], *, templates: Templates) -> None:
        self._places = places
        self._templates = templates
        self._leg_words = lru_cache(maxsize=1 << 14)(self._make_leg_words)

    def write(self, fact: BookingFact, *, ticket: Ticket | None = None, untold: Sequence[BookingFact] = ()) -> Notice:
        """The message that tells this fact, and with it those before it that nobody was told. With the booking's `ticket`, a
        trip found after a wait is compared with it.

        Raises ValueError as `story_of` does.
        """
        story = story_of(fact, places=self._places, ticket=ticket, untold=untold)
        rendered = self._templates[fact.language, story.kind].render(m=self._words(story, fact.pnr, fact.language))
        subject, body = rendered.split("\n", 1)
        return Notice(
            id=fact.id, to=fact.contact, language=fact.language, subject=subject.strip(), body=body.strip() + "\n",
            decided_at=fact.decided_at,
        )  # fmt: skip

    def _words(self, story: Story, pnr: Pnr, language: Language) -> Words:
        return Words(
            pnr=pnr,
            reason=story.reason,
            hit=tuple(self._leg_words(leg, None, language) for leg in story.hit),
            trip=tuple(self._leg_words(leg, story.told.get(leg.flight), language) for leg in story.trip),
            origin=self._airports(story.origin),
            destination=self._airports(story.destination),
            day=Swap(show_day(story.day.was, language), show_day(story.day.now, language)) if story.day else None,
            cabin=story.cabin,
            earlier=story.earlier,
            stops=tuple(self._place(stop).short for stop in story.stops),
            transfers=tuple(Swap(self._place(t.was).full, self._place(t.now).full) for t in story.transfers),
            ends=self._place(story.ends).short,
            diverted_to=self._place(story.diverted_to) if story.diverted_to else None,
            under_way=story.under_way,
            request=self._request(story.request, language) if story.request else None,
            because=story.because,
            first=self._happening(story.first, language) if story.first else None,
        )

    def _happening(self, happening: Happening, language: Language) -> HappeningWords:
        hit = tuple(self._leg_words(leg, None, language) for leg in happening.hit)
        return HappeningWords(reason=happening.reason, hit=hit)

    def _request(self, request: Request, language: Language) -> RequestWords:
        wishes, first, last = request.wishes, request.trip[0], request.trip[-1]
        starts, ends = self._place(origin_of(first.flight)), self._place(last.destination)

        def shown(instant: Instant | None, place: Place) -> Shown | None:
            return show(instant, place=place, language=language) if instant else None

        return RequestWords(
            told=request.told,
            unmet=request.unmet,
            nearest=request.nearest,
            certain=request.certain,
            only=len(wishes.asked) == 1,
            by=shown(wishes.arrive_by, ends),
            arrives=show(last.arrives, place=ends, language=language),
            after=shown(wishes.depart_after, starts),
            departs=show(first.departs, place=starts, language=language),
            airports=tuple(self._place(airport).full for airport in list(dict.fromkeys(wishes.airports))[:_AIRPORTS]),
            origin=starts.full,
            stops=tuple(self._place(leg.destination).short for leg in request.trip[:-1]),
            cabin=wishes.cabin,
            other_cabin=next((leg.cabin for leg in request.trip if leg.cabin != wishes.cabin), None),
            flights=len(request.trip),
            needs=tuple(dict.fromkeys(wishes.needs)),
        )

    def _make_leg_words(self, leg: Leg, told: Leg | None, language: Language) -> LegWords:
        origin, destination = self._place(origin_of(leg.flight)), self._place(leg.destination)
        departs = show(leg.departs, place=origin, language=language)
        arrives = show(leg.arrives, place=destination, language=language)
        told_departs = show(told.departs, place=origin, language=language) if told else departs
        told_arrives = show(told.arrives, place=destination, language=language) if told else arrives
        return LegWords(
            flight=spoken(leg.flight),
            origin=origin.short,
            destination=destination.short,
            day=departs.day,
            departs=str(departs),
            arrives=str(arrives),
            told_departs=departs.against(told_departs),
            told_arrives=arrives.against(told_arrives),
            cabin=leg.cabin,
        )

    def _place(self, code: Airport) -> Place:
        return self._places.get(code) or Place(code=code)

    def _airports(self, swap: Swap[Airport] | None) -> Swap[str] | None:
        return Swap(self._place(swap.was).full, self._place(swap.now).full) if swap else None
