"""Monitor, booker, planner and notifier without a bus between them: statuses go in, letters come out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from agents.booker.domain import lapses_at, looks, overdue_at, silent_at
from agents.booker.domain.offering import due_at
from agents.monitor.domain import decide_all
from agents.notifier.adapters import load_airports
from agents.notifier.domain import (
    Known,
    Reported,
    Story,
    about_the_trip,
    has_ended,
    is_diverted,
    is_pointless,
    is_superseded,
    story_of,
)
from agents.notifier.domain.airports import AirportInfo
from contracts.flights import Flight, FlightChanged, FlightStatus
from contracts.ledger import Booking, BookingKept, JourneyKey
from contracts.names import Airport, FlightKey, Id, Pnr
from contracts.notices import NoticePointless, NoticeSent, NoticeSuperseded
from contracts.offers import Answer, Offer, TripOffered
from contracts.rules import Consent
from irops.audit import Streams
from tests.journeys.small_world import T0, World
from tests.journeys.two_domains import SALE_RULES, TwoDomains

THRESHOLD = timedelta(minutes=30)


class Endless(Exception):
    """The agents answer one another for ever."""


class Letter(NamedTuple):
    """A letter as its reader understands it."""

    fact: Reported
    story: Story


@cache
def airports() -> dict[Airport, AirportInfo]:
    return load_airports()


class WholeSystem(TwoDomains):
    """A world's agents."""

    def __init__(self, world: World, *, now: datetime, consent: tuple[Consent, ...] = ()) -> None:
        super().__init__(world, now=now, consent=consent)
        self.statuses: list[tuple[int, FlightStatus]] = []
        self.all_changes: list[tuple[int, FlightChanged]] = []
        for flight, state in world.flights.items():
            self._schedule(flight, state)
        self.notices: list[NoticeSent | NoticeSuperseded | NoticePointless] = []
        self._written = 0
        """Up to which LEDGER sequence facts have had their letter, or need none."""
        self._unsent: dict[JourneyKey, list[Reported]] = {}
        self._reported: dict[JourneyKey, Reported] = {}
        self._asked: set[Id] = set()
        """The offers that a letter was about."""

    def _schedule(self, flight: FlightKey, state: Flight) -> None:
        status = FlightStatus(
            flight=flight,
            destination=state.destination,
            observed_at=state.observed_at,
            scheduled_departure=state.scheduled_departure,
            scheduled_arrival=state.scheduled_arrival,
            seats=state.seats,
            sold_as=state.sold_as,
        )
        self.statuses.append((len(self.statuses) + 1, status))
        first = FlightChanged(flight=flight, n=1, change="scheduled", state=state)
        self.all_changes.append((len(self.all_changes) + 1, first))

    def hear(self, statuses: Sequence[FlightStatus], *, now: datetime) -> Iterator[Letter]:
        """All that follows from these, which come at one moment; then the letters."""
        self.now = now
        decided = decide_all(self.flights, statuses, threshold=THRESHOLD)
        self.statuses += enumerate(statuses, start=len(self.statuses) + 1)
        for flight, decision in decided.flights.items():
            self.flights[flight] = decision.state
            for _, change in decision.changes:
                self.changes.append(change)
                self.all_changes.append((len(self.all_changes) + 1, change))
        yield from self._go_on()

    def wakes_at(self) -> datetime | None:
        """When time alone asks for something, unless something is heard before."""
        flights = {flight: ledger for flight, (ledger, _) in self.seats.items()}
        every = (look for entry in self.waiting.values() for look in looks(entry, flights, rules=SALE_RULES))
        times = [look.at for look in every if look.fact.id not in self.looked]
        times += [at for each in flights.values() if (at := silent_at(each, presumed=SALE_RULES.presumed))]
        times += [at for entry in self.waiting.values() if (at := lapses_at(entry, flights, rules=SALE_RULES))]
        times += [at for entry in self.waiting.values() if (at := overdue_at(entry, rules=SALE_RULES))]
        times += [due_at(offer, flights, rules=self.rules) for offer in self.offers.values()]
        return min(times, default=None)

    def wake(self, now: datetime) -> Iterator[Letter]:
        """All that this instant asks for; then the letters."""
        self.now = now
        yield from self._go_on()

    def hear_from(self, offer: Offer, answer: Answer, option: Id, *, now: datetime) -> Iterator[Letter]:
        """All that follows from what a party answers to an open offer; then the letters."""
        self.now = now
        self.reply(offer, answer, option)
        yield from self._go_on()

    def settle(self, *, rounds: int = 200) -> None:
        """Raises `Endless`."""
        try:
            super().settle(rounds=rounds)
        except AssertionError as why:
            raise Endless(str(why)[:200]) from why

    def _go_on(self) -> Iterator[Letter]:
        self.settle()
        yield from self._letters()

    def _letters(self) -> Iterator[Letter]:
        new = [(at, fact) for at, fact in (*self.facts, *self.offered) if at > self._written]
        self._written = self.sequence
        for _, fact in sorted(new, key=lambda each: each[0]):
            booking = self.bookings[fact.pnr][0]
            if letter := self._letter(fact, booking):
                yield letter

    def _letter(self, fact: Reported, booking: Booking) -> Letter | None:
        key = (fact.pnr, fact.journey)
        earlier = self._unsent.setdefault(key, [])
        if is_superseded(fact, booking):
            self.notices.append(NoticeSuperseded(pnr=fact.pnr, id=fact.id, at=self.now))
            earlier.append(fact)
            return None
        before = self._reported.get(key)
        ended = isinstance(fact, BookingKept) and not is_diverted(fact)
        diverted = before if ended and isinstance(before, BookingKept) and is_diverted(before) else None
        legs = [leg for each in (*earlier, fact) for leg in (*each.before, *getattr(each, "after", ()))]
        legs += [*booking.all_legs, *getattr(fact, "flown", ())]
        legs += [leg for trip in getattr(fact, "trips", ()) for leg in trip]
        known = Known(now=self.now, flights={leg.flight: self.flights[leg.flight] for leg in legs})
        if self._is_pointless(fact, booking, known, earlier, diverted):
            self.notices.append(NoticePointless(pnr=fact.pnr, id=fact.id, at=self.now))
            earlier.append(fact)
            return None
        story = story_of(
            fact,
            airports=airports(),
            known=known,
            journeys=booking.journeys,
            earlier=earlier,
            diverted=diverted,
            asked=self._asked,
        )
        covers: tuple[Id, ...] = tuple(each.id for each in earlier)
        self.notices.append(NoticeSent(pnr=fact.pnr, id=fact.id, channel="maildir", sent_at=self.now, covers=covers))
        self._unsent[key], self._reported[key] = [], fact
        if isinstance(fact, TripOffered):
            self._asked.add(fact.id)
        return Letter(fact, story)

    @staticmethod
    def _is_pointless(
        fact: Reported, latest: Booking, known: Known, earlier: Sequence[Reported], diverted: BookingKept | None
    ) -> bool:
        if isinstance(fact, TripOffered):
            return has_ended(fact, latest, known.now)
        return is_pointless(fact, known=known, earlier=about_the_trip(earlier), diverted=diverted)

    def holds_seats(self, pnr: Pnr, flight: FlightKey) -> bool:
        return pnr in self.seats[flight][0].holders

    def has_left(self, flight: FlightKey) -> bool:
        """Whether the ledger knows that the flight has left."""
        return self.seats[flight][0].phase in ("departed", "diverted", "landed", "arrived")

    def streams(self) -> Streams:
        return replace(
            super().streams(),
            changes=self.all_changes,
            statuses=self.statuses,
            whole=True,
            sent=[notice for notice in self.notices if isinstance(notice, NoticeSent)],
            superseded=[notice for notice in self.notices if isinstance(notice, NoticeSuperseded)],
            pointless=[notice for notice in self.notices if isinstance(notice, NoticePointless)],
            horizon=T0 + timedelta(days=6),
        )
