"""Reads all that quotes and requests rest on, for many of them at once: one read of each kind for the whole group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.booker.adapters import Ledger
from agents.booker.domain import SaleRules
from agents.booker.domain.plans import flights_needed
from agents.booker.domain.requests import Known, flights_asked_for, flights_of
from agents.booker.offer_states import OfferStates
from bus import Bus
from contracts.fares import FARE, Fare
from contracts.names import FlightKey, Pnr
from contracts.requests import Wanted
from policy.fares import FareRules


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about a booking; `wanted` is None where that is not known any more."""

    pnr: Pnr
    wanted: Wanted | None
    names: Mapping[int, str] = field(default_factory=dict)


class Knowledge:
    """`rules` are those in force. It reads within the booker's turn."""

    def __init__(
        self, bus: Bus, ledger: Ledger, rules: Callable[[], SaleRules], *, fares: FareRules, offers: OfferStates
    ) -> None:
        self._bus, self._ledger, self._rules, self._fares, self._offers = bus, ledger, rules, fares, offers

    async def of(self, asked: Sequence[Asked], *, at_least: int) -> list[Known | None]:
        """What is known for each, in their order, as of LEDGER sequence `at_least` or later; None: there is no such booking.

        Flights, places on the waitlist, fares and offers are those of the whole group."""
        loaded = await self._ledger.bookings((each.pnr for each in asked), at_least=at_least)
        if not loaded:
            return [None] * len(asked)
        bookings = [booking for booking, _ in loaded.values()]
        waiting, _ = await self._ledger.waiting(
            ((booking.pnr, journey.number) for booking in bookings for journey in booking.journeys),
            at_least=max(revision for _, revision in loaded.values()),
        )
        needed = flights_needed((), bookings, waiting.values()) | await self._ledger.moved_from(bookings)
        for each in asked:
            if each.pnr in loaded:
                needed |= flights_of(loaded[each.pnr][0], each.wanted)
        flights = await self._ledger.flights(needed)
        fares, offers = await self._open_fares(asked), await self._offers.open_of(bookings)
        return [
            Known(
                booking=loaded[each.pnr][0],
                revision=loaded[each.pnr][1],
                flights=flights,
                waiting=waiting,
                now=self._bus.now(),
                rules=self._rules(),
                fares=self._fares,
                layouts=self._ledger.layouts,
                open=fares,
                names=each.names,
                offers=offers,
            )
            if each.pnr in loaded
            else None
            for each in asked
        ]

    async def _open_fares(self, asked: Sequence[Asked]) -> dict[FlightKey, Fare]:
        """The open fares of the flights that are asked for."""
        flights = {flight for each in asked for flight in flights_asked_for(each.wanted)}
        keys = {flight: FARE.key(flight=flight) for flight in sorted(flights)}
        loaded = await self._bus.load(keys.values())
        return {flight: entry.message for flight, key in keys.items() if (entry := loaded[key])}
