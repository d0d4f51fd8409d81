"""One attempt at the letters of a group, and the facts about what became of each."""

import asyncio
from collections.abc import Callable, Sequence

from msgspec import structs

from agents.notifier.adapters import History, Present, fact_id
from agents.notifier.channels import Channel, Delivered, IsCurrent, Undelivered, send_through, wait
from agents.notifier.config import Config
from agents.notifier.domain import Known, Stated, Writer, is_pointless, is_superseded
from agents.notifier.outcomes import Outcome, failed, publish, superseded
from bus import Bus, Delivery
from bus.clock import monotonic as steady
from contracts.layouts import SeatNumber
from contracts.ledger import Booking, BookingFact, BookingKept, JourneyKey
from contracts.names import FlightKey
from contracts.notices import NOTICE_POINTLESS, NOTICE_SENT, NoticePointless, NoticeSent

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
        group: Sequence[Delivery[BookingFact]],
        present: Present,
        *,
        read_at: float,
    ) -> Sequence[Outcome | None]:
        """Send the letters, and publish what became of them. `present` was read at `read_at`."""
        latest, failures = present.bookings, present.notices.failed
        current = [d for d in group if not is_superseded(d.message, latest[d.message.pnr])]
        unsent = await self._history.unsent(current)
        diverted = await self._history.diverted(unsent, current)
        known = Known(now=self._bus.now(), flights=present.flights)
        outcomes = await asyncio.gather(
            *(
                self._notify(
                    d,
                    latest[d.message.pnr],
                    unsent.get(fact_id(d)),
                    diverted.get(fact_id(d)),
                    structs.replace(known, seats=_seats_of(d.message, present)) if present.numbers else known,
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
        delivery: Delivery[BookingFact],
        latest: Booking,
        earlier: Sequence[BookingFact] | None,
        diverted: BookingKept | None,
        known: Known,
        *,
        attempts: int,
        read_at: float,
    ) -> Outcome | None:
        """Send the letter about one fact and the `earlier` ones without a letter. `earlier` is None if it is superseded.
        `attempts`: how many have failed before.

        The address and the language are those that the booking has now: they may have been corrected since the fact.
        Returns None for a party that was forgotten meanwhile: no fact may name it.
        """
        party = latest.party
        fact = structs.replace(delivery.message, contact=party.contact, language=party.language)
        if earlier is None:
            return superseded((fact.pnr, fact.id), known.now)
        if is_pointless(fact, known=known, earlier=earlier, diverted=diverted):
            return NOTICE_POINTLESS.of(NoticePointless(pnr=fact.pnr, id=fact.id, at=known.now))
        stated = self._stated((fact.pnr, fact.journey))
        letter = self._writer.write(
            fact, known=known, journeys=latest.journeys, earlier=earlier, diverted=diverted, reference=latest.reference,
            stated=stated, alone="UMNR" in party.ssrs,
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
            return superseded((fact.pnr, fact.id), now) if await self._history.bookings([delivery]) else None
        covers = tuple(f.id for f in earlier)
        sent = NoticeSent(
            pnr=fact.pnr, id=fact.id, channel=result.channel, sent_at=now, covers=covers, confirms=letter.confirms,
            care=stated.care if stated else "",
        )  # fmt: skip
        return NOTICE_SENT.of(sent)

    def _is_current(self, delivery: Delivery[BookingFact], *, read_at: float) -> IsCurrent:
        """Read the booking again before each attempt, except a first one that comes soon after `read_at`: another notifier may
        have sent the letter of a later fact meanwhile."""
        attempted = False

        async def is_current() -> bool:
            nonlocal attempted
            first, attempted = not attempted, True
            if first and self._monotonic() - read_at <= FRESH:
                return True
            latest = (await self._history.bookings([delivery])).get(delivery.message.pnr)
            return latest is not None and not is_superseded(delivery.message, latest)

        return is_current


def _seats_of(fact: BookingFact, present: Present) -> dict[FlightKey, tuple[SeatNumber, ...]]:
    """The party's seats by number now: another aircraft may have others than those that the fact names."""
    return {flight: numbers[fact.pnr] for flight, numbers in present.numbers.items() if fact.pnr in numbers}
