"""What the hotel agent hears, keeps and says: a thin shell around `rules`."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import airportsdata

from bus import Agent, Bus, Commit, Delivery, Fact, Handlers, Reject, Write
from contracts.ledger import BOOKING, BOOKING_STRANDED, Booking, BookingStranded
from contracts.names import Airport, Pnr
from contracts.subject import Key
from examples.hotel.contract import STAY, STREAM, VOUCHER, HotelStay
from examples.hotel.rules import Rules, voucher

HOTEL = Agent("hotel", hears=(BOOKING_STRANDED,), says=(VOUCHER,), keeps=(STAY,), reads=(BOOKING,), owns=(STREAM,))


async def build(bus: Bus, rules: Rules) -> Handlers:
    airports = airportsdata.load("IATA")
    zones = {code: ZoneInfo(airport["tz"]) for code, airport in airports.items() if airport["tz"]}
    return Handlers({BOOKING_STRANDED: Desk(bus, rules, zones).hear})


class Desk:
    """Issues vouchers. `zones`: the time zone of each airport."""

    def __init__(self, bus: Bus, rules: Rules, zones: Mapping[Airport, ZoneInfo]) -> None:
        self._bus, self._rules, self._zones = bus, rules, zones

    async def hear(self, group: Sequence[Delivery[BookingStranded]]) -> None:
        """Commits the group's vouchers and stays in one batch.

        A fact that is delivered again finds the stay it led to, so it changes nothing. Two processes that decide about one
        party at the same time expect the same revision of its stay: one commits, the other is asked to decide again.
        """
        pnrs = sorted({delivery.message.pnr for delivery in group})
        bookings = await self._bus.load(map(_booking, pnrs), at_least=max(d.settled for d in group))
        found = await self._bus.load(map(_stay, pnrs))
        stays: dict[Pnr, HotelStay] = {}
        facts = []
        for delivery in group:
            fact = delivery.message
            booking, entry = bookings[_booking(fact.pnr)], found[_stay(fact.pnr)]
            if booking is None or fact.origin not in self._zones:
                raise Reject(f"no booking {fact.pnr}, or no time zone for {fact.origin}")
            issued = voucher(
                fact,
                passengers=booking.message.party.passengers,
                stay=stays.get(fact.pnr, entry.message if entry else None),
                zone=self._zones[fact.origin],
                rules=self._rules,
            )
            if issued:
                facts.append(Fact(VOUCHER.of(issued), delivery))
                stays[fact.pnr] = HotelStay(pnr=fact.pnr, airport=issued.airport, night=issued.night)
        states = [Write(STAY.of(stay), expected=found.revision(_stay(pnr))) for pnr, stay in stays.items()]
        await self._bus.commit(Commit(facts=facts, states=states))


def _booking(pnr: Pnr) -> Key[Booking]:
    return BOOKING.key(pnr=pnr)


def _stay(pnr: Pnr) -> Key[HotelStay]:
    return STAY.key(pnr=pnr)
