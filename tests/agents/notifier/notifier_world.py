"""A notifier on real streams, with a booker of the test's own that publishes facts."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

from msgspec import structs

from agents.notifier.agent import Notifier
from agents.notifier.channels import Channel, ChannelError, ChannelRefused
from agents.notifier.config import Config
from agents.notifier.domain import Letter, Reported, Writer
from bus import Bus, Commit, Delivery, Fact, Removal, Write
from contracts.ledger import (
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    Booking,
    BookingStranded,
    Party,
)
from contracts.names import Id, Pnr
from contracts.notices import NOTICE_SENT, NOTICE_SUPERSEDED, NoticeSent
from contracts.offers import TRIP_OFFERED, TripOffered
from contracts.reservations import BookingAmended, PartySummary
from contracts.subject import Subject
from tests.agents.notifier.samples import DECIDED, TICKET
from tests.single_journey import single

ADDRESS: dict[type, Subject[Any]] = {
    subject.message: subject for subject in (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, TRIP_OFFERED)
}
Amended = Delivery[BookingAmended]
Action = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """Do nothing."""


class Letters:
    """A channel that takes every letter but those it `refuses`.

    `fails`: for the first attempts in turn, whether the channel is down. `at_turn` runs while a letter waits for its turn;
    `fails_once` runs in the first attempt, which then fails.
    """

    name = "letters"

    def __init__(
        self,
        *,
        refuses: Sequence[str] = (),
        fails: Sequence[bool] = (),
        at_turn: Action = nothing,
        fails_once: Action | None = None,
    ) -> None:
        self.refuses = refuses
        self.taken: dict[str, Letter] = {}
        self._fails = list(fails)
        self._at_turn = at_turn
        self._fails_once = fails_once

    @property
    def turn(self) -> AbstractAsyncContextManager[None]:
        return self._in_turn()

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        await self._at_turn()
        yield

    async def send(self, letter: Letter) -> None:
        if self._fails_once is not None:
            action, self._fails_once = self._fails_once, None
            await action()
            raise ChannelError("down")
        if self._fails and self._fails.pop(0):
            raise ChannelError("down")
        if letter.id in self.refuses:
            raise ChannelRefused("no address")
        self.taken[letter.id] = letter


class Booker:
    """Commits facts about one party, each with the booking it leads to."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._revision = 0

    async def say(self, fact: Reported) -> Delivery[Reported]:
        """Commit the fact. Returns it as delivered to the notifier."""
        booking = single(
            fact.pnr,
            Party(passengers=1, seats=1, cabin="economy", language=fact.language, contact=fact.contact),
            ticket=TICKET,
            legs=() if isinstance(fact, BookingStranded) else fact.after,
            state="stranded" if isinstance(fact, BookingStranded) else "rebooked",
            last_fact=fact.id,
        )
        if isinstance(fact, TripOffered):
            booking = _with_offer(booking, fact.id)
        addressed, state = ADDRESS[type(fact)].of(fact), BOOKING.of(booking)
        revisions = await self._bus.commit(Commit(facts=[Fact(addressed)], states=[Write(state, self._revision)]))
        self._revision = revisions[state.name]
        return Delivery(
            message=fact,
            subject=addressed.name,
            stream="LEDGER",
            sequence=revisions[addressed.name],
            settled=self._revision,
            id=addressed.name,
            trace="",
            stored_at=DECIDED,
        )

    async def end_offer(self, pnr: Pnr) -> None:
        """The party's offer ends without an answer."""
        key = BOOKING.key(pnr=pnr)
        entry = (await self._bus.load([key]))[key]
        assert entry
        state = BOOKING.of(_with_offer(entry.message, ""))
        revisions = await self._bus.commit(Commit(states=[Write(state, entry.revision)]))
        self._revision = revisions[state.name]

    async def correct(self, pnr: Pnr, *, contact: str, changed: tuple[str, ...] = ("contact",)) -> Amended:
        """Give the booking another address. Returns the fact about it as delivered to the notifier."""
        key = BOOKING.key(pnr=pnr)
        entry = (await self._bus.load([key]))[key]
        assert entry
        party = structs.replace(entry.message.party, contact=contact)
        state = BOOKING.of(structs.replace(entry.message, party=party))
        revisions = await self._bus.commit(Commit(states=[Write(state, entry.revision)]))
        self._revision = revisions[state.name]
        fact = BookingAmended(
            pnr=pnr, id="amended", version=2, after=PartySummary(passengers=1, seats=1), changed=changed,
            decided_at=DECIDED,
        )  # fmt: skip
        return Delivery(
            message=fact, subject="booking.amended", stream="LEDGER", sequence=self._revision, settled=self._revision,
            id="amended", trace="", stored_at=DECIDED,
        )  # fmt: skip

    async def forget(self, pnr: Pnr) -> None:
        """Remove the booking."""
        await self._bus.commit(Commit(removals=[Removal(BOOKING.key(pnr=pnr), self._revision)]))


def _with_offer(booking: Booking, offer: Id) -> Booking:
    (journey,) = booking.journeys
    return structs.replace(booking, journeys=(structs.replace(journey, offer=offer),))


PATIENT = Config(pause=timedelta(0))
HASTY = Config(retries=0)


def notifier_of(
    bus: Bus, writer: Writer, channel: Channel, config: Config = PATIENT, *, seconds: Sequence[float] = ()
) -> Notifier:
    """A notifier whose monotonic clock shows these times in turn, then the last one for ever."""
    readings = chain(seconds, repeat(seconds[-1] if seconds else 0.0))
    return Notifier(bus, writer, [channel], config, monotonic=lambda: next(readings))


async def sent(bus: Bus, fact: Reported) -> NoticeSent | None:
    """The record that a letter about the fact was sent; None if there is none."""
    key = NOTICE_SENT.key(pnr=fact.pnr, id=fact.id)
    entry = (await bus.load([key]))[key]
    return entry.message if entry else None


async def superseded(bus: Bus, fact: Reported) -> bool:
    """Whether the notice was recorded as superseded, and not as sent."""
    key = NOTICE_SUPERSEDED.key(pnr=fact.pnr, id=fact.id)
    return (await bus.load([key]))[key] is not None and await sent(bus, fact) is None
