"""Which parties are offloaded when the aircraft has become smaller.

14 CFR 250.3 requires boarding priority rules without undue preference, and lists fare paid and frequent-flyer status among the
permitted criteria; EU 261/2004 article 11 gives priority to people with reduced mobility and unaccompanied children. The order
below is ours, built on both. First to get off:

1. parties that are known not to have come to the gate, or that hold their seats there without a trip, before all others, and
   those known to be on board after all others: this is no priority, but what has happened;
2. parties without a vulnerable passenger before parties with one;
3. lower tier before higher;
4. lower fare per head before higher;
5. smaller party before larger, so that fewer people are moved; last, by PNR, so that the order is always the same.

Parties stay whole, so the last one chosen may free more seats than are missing: parties that are then not needed stay.
"""

from collections.abc import Mapping
from types import MappingProxyType

from contracts.ledger import Booking, Party, SeatLedger
from contracts.money import fare_rank
from contracts.names import CABINS, Cabin, FlightKey, Pnr

PROTECTED_FROM_OFFLOAD = frozenset(
    {
        "UMNR", "INFT", "BSCT", "CHLD", "WCHR", "WCHS", "WCHC", "WCBD", "BLND", "DEAF", "DPNA", "MAAS", "MEDA", "STCR", "OXYG",
    }
)  # fmt: skip
"""SSR codes of passengers who are offloaded last: unaccompanied children and reduced mobility, which includes blind and deaf
passengers and intellectual disability (EU 261/2004 article 11); children, infants, and people who are met and assisted [d]. The
planner has another list, of those whom a wait hurts most."""


Presence = Mapping[Pnr, int]
"""-1 for a party that is known not to come, 1 for one that is known to be on board; others may be left out."""
_UNKNOWN: Presence = MappingProxyType({})


def presence_on(flight: FlightKey, bookings: Mapping[Pnr, Booking]) -> Presence:
    """What the coupons of these bookings say of the flight, and whether it is part of a trip at all (`Journey.held`)."""
    return {
        pnr: booking.boarded(flight) - (booking.no_show(flight) or _is_held(flight, booking))
        for pnr, booking in bookings.items()
    }


def _is_held(flight: FlightKey, booking: Booking) -> bool:
    return any(leg.flight == flight for journey in booking.journeys for leg in journey.held)


def offloaded(ledger: SeatLedger, parties: Mapping[Pnr, Party], *, presence: Presence = _UNKNOWN) -> tuple[Pnr, ...]:
    """The parties that must give up their seats for every cabin to fit, cabin by cabin, first to go first.

    `parties` has every holder of an overfull cabin; raises `KeyError` for one that it lacks.
    """
    return tuple(pnr for cabin in CABINS for pnr in _offload_cabin(ledger, cabin, parties, presence))


def _offload_cabin(ledger: SeatLedger, cabin: Cabin, parties: Mapping[Pnr, Party], presence: Presence) -> list[Pnr]:
    short = -ledger.free(cabin)
    if short <= 0:
        return []
    held = {pnr: held.seats for pnr, held in ledger.holders.items() if held.cabin == cabin}
    leaving: list[Pnr] = []
    for pnr in sorted(held, key=lambda p: (presence.get(p, 0), *_priority(p, parties[p]))):
        if short <= 0:
            break
        leaving.append(pnr)
        short -= held[pnr]
    for pnr in reversed(leaving[:-1]):  # the last one is always needed
        if short + held[pnr] <= 0:
            leaving.remove(pnr)
            short += held[pnr]
    return leaving


def _priority(pnr: Pnr, party: Party) -> tuple[bool, int, float, int, Pnr]:
    vulnerable = not PROTECTED_FROM_OFFLOAD.isdisjoint(party.ssrs)
    return vulnerable, party.rank, fare_rank(party.paid) / max(party.passengers, 1), party.passengers, pnr
