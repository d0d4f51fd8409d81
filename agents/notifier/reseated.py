"""The notices of a flight's other seats: one for each party that another aircraft seats elsewhere."""

from collections.abc import Sequence
from functools import partial

from agents.notifier.adapters import History
from agents.notifier.domain import Known, Letter, NewSeats, NoLetter, Writer, is_latest, new_seats, notified
from agents.notifier.one_by_one import Notice
from bus import Bus, Delivery, derived_id
from contracts.ledger import Booking, Reseated, SeatsReassigned
from contracts.names import Pnr
from contracts.notices import seats_notice


class SeatNotices:
    """Makes them of the facts about seats."""

    def __init__(self, bus: Bus, history: History, writer: Writer) -> None:
        self._bus, self._history, self._writer = bus, history, writer

    async def about(self, cause: Delivery[SeatsReassigned], *, only: Pnr | None = None) -> Sequence[Notice]:
        """The notices of this fact, without those to parties that were forgotten. `only`: to this party alone."""
        fact = cause.message
        parties = [party for party in notified(fact) if only in (None, party.pnr)]
        present = await self._history.seats_present(cause, [party.pnr for party in parties])
        known = Known(now=self._bus.now(), flights=present.flights)
        return [
            Notice(
                (party.pnr, seats_notice(fact.flight, fact.n)),
                self._letter(new_seats(party, booking, present.ledger, known), booking, cause),
                partial(self._is_latest, party, cause),
            )
            for party in parties
            if (booking := present.bookings.get(party.pnr))
        ]

    def _letter(
        self, notice: NewSeats | NoLetter, booking: Booking, cause: Delivery[SeatsReassigned]
    ) -> Letter | NoLetter:
        if not isinstance(notice, NewSeats):
            return notice
        fact, at = cause.message, cause.written_at or cause.stored_at
        id_ = derived_id("seats", notice.pnr, fact.flight, str(fact.n))
        return self._writer.write_seats(notice, id_=id_, party=booking.party, decided_at=at)

    async def _is_latest(self, party: Reseated, cause: Delivery[SeatsReassigned]) -> bool:
        return is_latest(party, await self._history.seats(cause))
