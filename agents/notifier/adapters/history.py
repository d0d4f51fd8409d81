"""What the streams hold about a party: its booking, and the facts about it for which no letter was sent."""

from collections.abc import Sequence
from typing import Any

from bus import Bus, Delivery
from contracts.ledger import BOOKING, BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, Booking, BookingFact
from contracts.names import Id, Pnr
from contracts.notices import NOTICE_FAILED, NOTICE_SENT
from contracts.subject import Key

_FACTS = (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED)


class History:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def bookings(self, group: Sequence[Delivery[BookingFact]]) -> dict[Pnr, Booking]:
        """The bookings that these facts are about, as the facts left them or later."""
        keys = {d.message.pnr: BOOKING.key(pnr=d.message.pnr) for d in group}
        loaded = await self._bus.load(keys.values(), at_least=_settled(group))
        return {pnr: entry.message for pnr, key in keys.items() if (entry := loaded[key])}

    async def notified(self, group: Sequence[Delivery[BookingFact]]) -> set[tuple[Pnr, Id]]:
        """Those of these facts whose notice was sent or has failed: they are redelivered, or restored from an export."""
        named = [(d.message.pnr, d.message.id) for d in group]
        keys: list[tuple[tuple[Pnr, Id], Key[Any]]] = [
            ((pnr, id_), outcome.key(pnr=pnr, id=id_)) for pnr, id_ in named for outcome in (NOTICE_SENT, NOTICE_FAILED)
        ]
        loaded = await self._bus.load(key for _, key in keys)
        return {of for of, key in keys if loaded[key]}

    async def unsent(self, group: Sequence[Delivery[BookingFact]]) -> dict[tuple[Pnr, Id], list[BookingFact]]:
        """For each of these facts, the facts just before it for which no letter was sent, oldest first.

        A letter counts as sent once `notice.sent` says so, even if another replica is sending it now or died after sending
        it: reading something twice does no harm, and a party must not be taken to know what it never read. A fact that has
        left the stream by age, after a fortnight, counts as sent.
        """
        found: dict[tuple[Pnr, Id], list[BookingFact]] = {(d.message.pnr, d.message.id): [] for d in group}
        oldest = {(d.message.pnr, d.message.id): d.message for d in group}
        while oldest := await self._before(oldest, at_least=_settled(group)):
            for of, fact in oldest.items():
                found[of].insert(0, fact)
        return found

    async def _before(
        self, facts: dict[tuple[Pnr, Id], BookingFact], *, at_least: int
    ) -> dict[tuple[Pnr, Id], BookingFact]:
        """The fact before each, where there is one and no letter about it was sent."""
        notices = {of: NOTICE_SENT.key(pnr=f.pnr, id=f.follows) for of, f in facts.items() if f.follows}
        sent = await self._bus.load(notices.values())
        unsent = [of for of, key in notices.items() if sent[key] is None]
        keys: list[tuple[tuple[Pnr, Id], Key[Any]]] = [
            (of, family.key(pnr=facts[of].pnr, id=facts[of].follows)) for of in unsent for family in _FACTS
        ]
        loaded = await self._bus.load((key for _, key in keys), at_least=at_least)
        return {of: entry.message for of, key in keys if (entry := loaded[key])}


def _settled(group: Sequence[Delivery[BookingFact]]) -> int:
    """The last sequence of the stream that is sure to exist, since all of these were delivered."""
    return max((d.settled for d in group), default=0)
