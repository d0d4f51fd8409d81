"""One attempt at the letters of a group, and the facts about what became of each."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import structs

from agents.notifier.adapters import History, Present, fact_id
from agents.notifier.channels import Channel, Delivered, IsCurrent, Undelivered, send_through, wait
from agents.notifier.config import Config
from agents.notifier.domain import (
    Known,
    Reported,
    Stated,
    Writer,
    about_the_trip,
    has_ended,
    is_pointless,
    is_superseded,
)
from agents.notifier.outcomes import Outcome, failed, publish, superseded
from bus import Bus, Delivery
from bus.clock import monotonic as steady
from contracts.layouts import SeatNumber
from contracts.ledger import Booking, BookingKept, JourneyKey
from contracts.names import FlightKey, Id, Pnr
from contracts.notices import NOTICE_POINTLESS, NOTICE_SENT, NoticePointless, NoticeSent
from contracts.offers import TripOffered

FRESH = 1.0
"""Seconds for which what was read counts as the latest; then it is read again."""


class Sending:
    def __init__(
        self,
        bus: Bus,
        history: History,
        writer: Writer,
        channels: Sequence[Channel],
        config: Config,
        *,
        stated: Callable[[JourneyKey], Stated | None] = lambda _journey: None,
        monotonic: Callable[[], float] = steady,
    ) -> None:
        """`stated`: what is owed for a journey, as far as it is known."""
        self._bus = bus
        self._history = history
        self._writer = writer
        self._channels = channels
        self._config = config
        self._stated = stated
        self._monotonic = monotonic

    async def attempt(
        self,
        group: Sequence[Delivery[Reported]],
        present: Present,
        *,
        read_at: float,
    ) -> Sequence[Outcome | None]:
        """Send the letters, and publish what became of them. `present` was read at `read_at`."""
        latest, failures = present.bookings, present.notices.failed
        current = [d for d in group if not is_superseded(d.message, latest[d.message.pnr])]
        unsent = await self._history.unsent(current)
        diverted, asked = await asyncio.gather(
            self._history.diverted(unsent, current), self._history.asked(unsent, current)
        )
        known = Known(now=self._bus.now(), flights=present.flights)
        outcomes = await asyncio.gather(
            *(
                self._notify(
                    d,
                    latest[d.message.pnr],
                    unsent.get(fact_id(d)),
                    diverted.get(fact_id(d)),
                    structs.replace(known, seats=_seats_of(d.message, present)) if present.numbers else known,
                    asked=asked,
                    attempts=failures[fact_id(d)].message.attempts if fact_id(d) in failures else 0,
                    read_at=read_at,
                )
                for d in group
            ),
            return_exceptions=True,
        )
        return await publish(self._bus, zip(group, outcomes, strict=True), failures)

    async def _notify(
        self,
        delivery: Delivery[Reported],
        latest: Booking,
        earlier: Sequence[Reported] | None,
        diverted: BookingKept | None,
        known: Known,
        *,
        asked: Mapping[Pnr, Collection[Id]],
        attempts: int,
        read_at: float,
    ) -> Outcome | None:
        """Send the letter about one fact and the `earlier` ones without a letter. `earlier` is None if it is superseded.
        `asked`: the offers of each party that it has a letter about. `attempts`: how many have failed before.

        The address and the language are those that the booking has now: they may have been corrected since the fact.
        Returns None for a party that was forgotten meanwhile: no fact may name it.
        """
        party = latest.party
        fact = structs.replace(delivery.message, contact=party.contact, language=party.language)
        if earlier is None:
            return superseded((fact.pnr, fact.id), known.now)
        if _is_pointless(fact, latest, known, earlier, diverted):
            return NOTICE_POINTLESS.of(NoticePointless(pnr=fact.pnr, id=fact.id, at=known.now))
        stated = self._stated((fact.pnr, fact.journey))
        letter = self._writer.write(
            fact, known=known, journeys=latest.journeys, earlier=earlier, diverted=diverted, reference=latest.reference,
            stated=stated, alone="UMNR" in party.ssrs, asked=asked.get(fact.pnr, ()),
        )  # fmt: skip
        result = await send_through(
            self._channels,
            letter,
            retries=self._config.retries,
            pause=self._config.pause,
            wait=wait,
            is_current=self._is_current(delivery, read_at=read_at),
        )
        now = self._bus.now()
        if isinstance(result, Undelivered):
            return failed((fact.pnr, fact.id), result, self._config, attempts=attempts + 1, now=now, cause=delivery)
        if not isinstance(result, Delivered):
            present = (await self._history.bookings([delivery])).get(fact.pnr)
            if present and not is_superseded(fact, present):  # an offer that has ended without an answer
                return NOTICE_POINTLESS.of(NoticePointless(pnr=fact.pnr, id=fact.id, at=now))
            return superseded((fact.pnr, fact.id), now) if present else None
        covers = tuple(f.id for f in earlier)
        sent = NoticeSent(
            pnr=fact.pnr, id=fact.id, channel=result.channel, sent_at=now, covers=covers, confirms=letter.confirms,
            care=stated.care if stated else "",
        )  # fmt: skip
        return NOTICE_SENT.of(sent)

    def _is_current(self, delivery: Delivery[Reported], *, read_at: float) -> IsCurrent:
        """Read the booking again before each attempt, except a first one that comes soon after `read_at`: another notifier may
        have sent the letter of a later fact meanwhile."""
        attempted = False

        async def is_current() -> bool:
            nonlocal attempted
            first, attempted = not attempted, True
            if first and self._monotonic() - read_at <= FRESH:
                return True
            latest, fact = (await self._history.bookings([delivery])).get(delivery.message.pnr), delivery.message
            if latest is None or is_superseded(fact, latest):
                return False
            return not (isinstance(fact, TripOffered) and has_ended(fact, latest, self._bus.now()))

        return is_current


def _is_pointless(
    fact: Reported, latest: Booking, known: Known, earlier: Sequence[Reported], diverted: BookingKept | None
) -> bool:
    if isinstance(fact, TripOffered):
        return has_ended(fact, latest, known.now)
    return is_pointless(fact, known=known, earlier=about_the_trip(earlier), diverted=diverted)


def _seats_of(fact: Reported, present: Present) -> dict[FlightKey, tuple[SeatNumber, ...]]:
    """The party's seats by number now: another aircraft may have others than those that the fact names."""
    return {flight: numbers[fact.pnr] for flight, numbers in present.numbers.items() if fact.pnr in numbers}
