"""The notices of what became of requests: each has one, with the request's id, whatever has happened since."""

import asyncio
from collections.abc import Sequence

from msgspec import structs

from agents.notifier.adapters import History
from agents.notifier.domain import Answer, Known, RequestLetter, Writer, done_letter, refused_letter
from agents.notifier.one_by_one import Notice
from bus import Bus, Delivery
from contracts.ledger import Booking
from contracts.requests import RequestDone


class RequestNotices:
    """Makes them of the booker's answers."""

    def __init__(self, bus: Bus, history: History, writer: Writer) -> None:
        self._bus, self._history, self._writer = bus, history, writer

    async def about(self, cause: Delivery[Answer], *, at_least: int = 0) -> Sequence[Notice]:
        """The notice of it, to the booking as of this sequence of LEDGER or later; none to a party that was forgotten, or
        that there never was."""
        answer = cause.message
        booking = await self._history.booking(answer.pnr, at_least=max(at_least, cause.settled))
        if booking is None:
            return []

        async def is_current() -> bool:
            return await self._history.booking(answer.pnr) is not None

        # A booking that was given up has no contact any more. The answer that gave it up has the one before.
        contact = booking.party.contact or answer.contact
        if booking.is_withdrawn and not contact:
            return [Notice((answer.pnr, answer.id), "pointless", is_current)]
        notice = await self._notice(cause, booking)
        party = structs.replace(booking.party, contact=contact)
        letter = self._writer.write_request(notice, id_=answer.id, party=party, decided_at=answer.decided_at)
        return [Notice((answer.pnr, answer.id), letter, is_current, request=notice.reported)]

    async def _notice(self, cause: Delivery[Answer], booking: Booking) -> RequestLetter:
        answer = cause.message
        if not isinstance(answer, RequestDone):
            used, offer = await self._history.quotes(cause, answer.quote, answer.offers)
            return refused_letter(answer, booking, used, offer)
        booked = {leg.flight for leg in booking.all_legs}
        flights, seats = await asyncio.gather(
            self._history.flights(booked), self._history.seats_of(booking.pnr, booked, at_least=cause.settled)
        )
        return done_letter(answer, booking, Known(now=self._bus.now(), flights=flights), seats)
