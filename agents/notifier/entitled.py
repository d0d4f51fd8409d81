"""The notices of what a party is owed, where no letter about its trip has it.

No letter waits for the care agent: a letter about a trip has what is known when it is written, and what comes later is a
notice of its own.
"""

from collections.abc import Sequence

from agents.notifier.adapters import History
from agents.notifier.domain import Letter, NoLetter, RightsLetter, Writer, rights_of
from agents.notifier.one_by_one import Notice
from bus import Delivery
from contracts.care import CareOwed
from contracts.ledger import Booking


class CareNotices:
    """Makes them of what the care agent says."""

    def __init__(self, history: History, writer: Writer) -> None:
        self._history, self._writer = history, writer

    async def about(self, cause: Delivery[CareOwed], *, at_least: int = 0) -> Sequence[Notice]:
        """The notice of it, to the booking as of this sequence of LEDGER or later; none to a party that was forgotten."""
        care = cause.message
        booking = await self._history.booking(care.pnr, at_least=at_least)
        if booking is None:
            return []

        async def is_current() -> bool:
            return await self._history.last_care(cause) == care.id

        return [Notice((care.pnr, care.id), await self._letter(cause, booking), is_current, care.id)]

    async def _letter(self, cause: Delivery[CareOwed], booking: Booking) -> Letter | NoLetter:
        care = cause.message
        journey = booking.journey(care.journey)
        if journey is None:
            return "pointless"  # the reservation system has changed the booking since
        if await self._history.last_care(cause) != care.id:
            return "superseded"
        in_letter = await self._history.care_in_letter(care.pnr, journey.last_fact)
        if in_letter == care.id:
            return "superseded"
        if not care.package and not (in_letter or await self._history.was_informed_of(care)):
            return "pointless"  # what is withdrawn was never in a letter
        notice = RightsLetter(
            pnr=care.pnr, reference=booking.reference, journey=journey, rights=rights_of(care.package)
        )
        return self._writer.write_rights(notice, id_=care.id, party=booking.party, decided_at=care.decided_at)
