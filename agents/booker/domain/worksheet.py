"""The seats of a group's flights while the group is being decided: one working copy, so each plan sees what earlier ones took.

A flight's holders are copied at most once per group, and its free seats counted once, however many parties come and go.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Generic, TypeVar

from msgspec import structs

from agents.booker.domain.seat_numbers import FlightNumbers
from agents.booker.domain.seating import Numbers
from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.stays import connections
from contracts.flights import LEFT
from contracts.ledger import Booking, Connection, Holding, Leg, SeatLedger, SeatsFreed, without_offered
from contracts.names import CABINS, Cabin, FlightKey, Pnr
from contracts.passengers import Ssr, counted_ssrs

T = TypeVar("T")

NO_LAYOUTS = Layouts()
NO_BOOKINGS: Mapping[Pnr, Booking] = MappingProxyType({})
Misnamed = Mapping[tuple[FlightKey, datetime], str]
"""The departure of the number that a leg with this flight and departure is on, where it is another one than the flight."""
NONE_MISNAMED: Misnamed = MappingProxyType({})


class _FlightSeats:
    """One flight's free seats, and its holders once they differ from the ledger's."""

    __slots__ = (
        "before", "connecting", "holders", "left", "lost_behind", "lost_by", "lost_onward", "offered", "offloaded", "on_offer",
        "services",
    )  # fmt: skip

    def __init__(self, ledger: SeatLedger) -> None:
        left: dict[Cabin, int] = dict.fromkeys(CABINS, 0) | ledger.capacity
        for held in ledger.holders.values():
            left[held.cabin] -= held.seats
        self.left = left
        """Of the capacity, beyond what holders have."""
        self.offered: Counter[Cabin] = Counter()
        """Of those, the seats that are kept for offers."""
        for kept in ledger.on_offer.values():
            self.offered[kept.cabin] += kept.seats
        self.on_offer: Mapping[Pnr, Holding] = ledger.on_offer
        self.before: dict[Cabin, int] = {}
        self.holders: dict[Pnr, Holding] | None = None
        self.connecting: dict[Pnr, Connection] = {}
        self.lost_by: dict[Pnr, int] = {}
        self.lost_behind: dict[Pnr, FlightKey] = {}
        self.lost_onward: tuple[FlightKey, ...] = ()
        self.offloaded: tuple[Pnr, ...] = ()
        self.services: dict[Ssr, dict[Pnr, int]] = {}

    def writable(self, ledger: SeatLedger) -> dict[Pnr, Holding]:
        if self.holders is None:
            self.holders = dict(ledger.holders)
            self.connecting = dict(ledger.connecting)
            self.lost_by = dict(ledger.lost_by)
            self.lost_behind = dict(ledger.lost_behind)
            self.lost_onward = ledger.lost_onward
            self.offloaded = ledger.offloaded
            self.services = {ssr: dict(by) for ssr, by in ledger.services.items()}
            self.before = {cabin: self.free(cabin) for cabin in self.left}
        return self.holders

    def free(self, cabin: Cabin) -> int:
        return without_offered(self.left[cabin], self.offered[cabin]) if self.offered else self.left[cabin]

    def keep(self, pnr: Pnr, kept: Holding | None) -> None:
        """Keep these seats for the party's offer, in place of those kept until now."""
        on_offer = dict(self.on_offer)
        if (until_now := on_offer.pop(pnr, None)) is not None:
            self.offered[until_now.cabin] -= until_now.seats
        if kept is not None:
            on_offer[pnr] = kept
            self.offered[kept.cabin] += kept.seats
        self.on_offer = on_offer

    def serve(self, pnr: Pnr, needs: Mapping[Ssr, int]) -> None:
        """Count the party's special services again."""
        for ssr in [*self.services, *needs]:
            by = self.services.setdefault(ssr, {})
            by.pop(pnr, None)
            if ssr in needs:
                by[pnr] = needs[ssr]
            if not by:
                del self.services[ssr]


def services_of(booking: Booking) -> Mapping[Ssr, int]:
    """The special services of a party, as its flights count them."""
    return counted_ssrs(booking.party.ssrs, booking.passengers) if booking.party.ssrs else {}


def _seats_of(*held: Mapping[Pnr, Holding]) -> Counter[Pnr]:
    """How many seats each party has in all."""
    found: Counter[Pnr] = Counter()
    for each in held:
        for pnr, holding in each.items():
            found[pnr] += holding.seats
    return found


def freed_fact(ledger: SeatLedger) -> SeatsFreed:
    """The flight's next fact: seats can be sold, and those who lost some may have them."""
    return SeatsFreed(flight=ledger.flight, n=ledger.last_fact + 1, lost_by=tuple(sorted(ledger.lost_by.items())))


class Worksheet(Generic[T]):
    """`T` identifies a cause for the caller: a delivery, an index.

    `layouts` has those of the flights, `unnumbered` the bookings of holders without seats by number, who get theirs here if
    seats that they may have become free. `misnamed`: legs that are refused.
    """

    def __init__(
        self,
        flights: Mapping[FlightKey, SeatLedger],
        *,
        layouts: Layouts = NO_LAYOUTS,
        unnumbered: Mapping[Pnr, Booking] = NO_BOOKINGS,
        misnamed: Misnamed = NONE_MISNAMED,
    ) -> None:
        self.flights = flights
        self.misnamed = misnamed
        self.is_numbered = any(ledger.layout is not None for ledger in flights.values())
        """Whether any flight gives out its seats by number."""
        self._layouts, self._unnumbered = layouts, unnumbered
        self._numbers: dict[FlightKey, FlightNumbers] = {}
        self._seats: dict[FlightKey, _FlightSeats] = {}
        self._released_by: dict[FlightKey, T] = {}
        self._unreserved_by: dict[FlightKey, T] = {}

    def free(self, flight: FlightKey, cabin: Cabin) -> int:
        """Seats that can be sold; negative on a flight whose aircraft has become too small."""
        seats = self._at(flight)
        left = self.flights[flight].sellable(cabin, seats.left[cabin])
        return without_offered(left, seats.offered[cabin]) if seats.offered else left

    def authorised(self, flight: FlightKey, cabin: Cabin) -> int:
        """Seats that may still be held: above the capacity too, where that is by intent."""
        seats = self._at(flight)
        left = seats.left[cabin] + self.flights[flight].above(cabin)
        return without_offered(left, seats.offered[cabin]) if seats.offered else left

    def keep(self, flight: FlightKey, pnr: Pnr, kept: Holding) -> None:
        """Keep these seats for the party until its offer is answered."""
        seats = self._at(flight)
        seats.writable(self.flights[flight])
        seats.keep(pnr, kept)

    def keep_no_longer(self, flight: FlightKey, pnr: Pnr, cause: T) -> Holding | None:
        """Keep no seats there for the party's offer any more; get those that were kept."""
        seats = self._at(flight)
        kept = seats.on_offer.get(pnr)
        if kept is not None:
            seats.writable(self.flights[flight])
            seats.keep(pnr, None)
            self._released_by[flight] = cause
        return kept

    def holding(self, flight: FlightKey, pnr: Pnr) -> Holding | None:
        """What the party holds there, with what it has taken and released in this group."""
        seats = self._seats.get(flight)
        holders = seats.holders if seats is not None and seats.holders is not None else self.flights[flight].holders
        return holders.get(pnr)

    def has_seat(self, flight: FlightKey, pnr: Pnr, cabin: Cabin) -> bool:
        """Whether a holder may stay. An offloaded party may not while the cabin lacks seats, nor once the flight has left."""
        ledger, seats = self.flights[flight], self._seats.get(flight)
        offloaded = seats.offloaded if seats is not None and seats.holders is not None else ledger.offloaded
        return pnr not in offloaded or (ledger.phase == "scheduled" and self.free(flight, cabin) >= 0)

    def numbers(self, flight: FlightKey, pnr: Pnr) -> Numbers:
        """The party's seats there by number; empty where it has none."""
        known = self._numbers.get(flight)
        return (known.numbers if known else self.flights[flight].numbers).get(pnr, ())

    def take(
        self, flight: FlightKey, booking: Booking, held: Holding, *, wanted: Numbers = (), was: Booking | None = None
    ) -> None:
        """Give the party these seats; where they have numbers, those that it has given up in this group or else the `wanted`
        ones, if it may have them. `was`: the booking until then, if its people were others."""
        seats, ledger, pnr = self._at(flight), self.flights[flight], booking.pnr
        seats.writable(ledger)[pnr] = held
        seats.serve(pnr, services_of(booking))
        seats.lost_by.pop(pnr, None)
        seats.lost_behind.pop(pnr, None)
        seats.left[held.cabin] -= held.seats
        if ledger.layout is not None:
            self._numbered(ledger).take(booking, held, wanted=wanted, was=was)

    def release(self, flight: FlightKey, pnr: Pnr, cause: T) -> None:
        """Raises `KeyError` if the party holds nothing there: ledger and booking disagree, and no decision may rest on them."""
        seats, ledger = self._at(flight), self.flights[flight]
        held = seats.writable(ledger).pop(pnr)
        seats.serve(pnr, {})
        if ledger.layout is not None:
            self._numbered(ledger).release(pnr)
        seats.connecting.pop(pnr, None)
        seats.left[held.cabin] += held.seats
        self._released_by[flight] = cause

    def divide(self, ours: Booking, left: Booking, new: Booking) -> Iterator[FlightKey]:
        """Give `new` as many as it needs of the seats that this party holds on each flight, those of its people where they have
        numbers, and all else that the flight has of the party; yields these flights. No seat is free in between."""
        pnr = ours.pnr
        for flight, ledger in self.flights.items():
            if pnr in ledger.holders or pnr in ledger.lost_by or pnr in ledger.offloaded or self.holding(flight, pnr):
                self._divide(ledger, ours, left, new)
                yield flight

    def _divide(self, ledger: SeatLedger, ours: Booking, left: Booking, half: Booking) -> None:
        seats = self._at(ledger.flight)
        holders = seats.writable(ledger)
        pnr, new, number = ours.pnr, half.pnr, half.party.seats
        if held := holders.get(pnr):
            holders[pnr] = Holding(held.cabin, held.seats - number)
            holders[new] = Holding(held.cabin, number)
            seats.serve(pnr, services_of(left))
            seats.serve(new, services_of(half))
            if ledger.layout is not None:
                self._numbered(ledger).divide(ours, left, half, holders)
        if pnr in seats.connecting:
            seats.connecting[new] = seats.connecting[pnr]
        if pnr in seats.lost_by:
            seats.lost_by[new] = seats.lost_by[pnr]
        if pnr in seats.lost_behind:
            seats.lost_behind[new] = seats.lost_behind[pnr]
        if pnr in seats.offloaded:
            seats.offloaded = (*seats.offloaded, new)

    def served(self, flight: FlightKey, ssr: Ssr) -> int:
        """How many passengers on the flight have this special service, with those who came and went in this group."""
        seats = self._seats.get(flight)
        known = seats.services if seats is not None and seats.holders is not None else self.flights[flight].services
        return sum(known.get(ssr, {}).values())

    def count_again(self, flight: FlightKey, booking: Booking) -> bool:
        """Count the special services of a holder whose people have changed; get whether any has."""
        ledger, pnr, needs = self.flights[flight], booking.pnr, services_of(booking)
        seats = self._at(flight)
        known = seats.services if seats.holders is not None else ledger.services
        if {ssr: by[pnr] for ssr, by in known.items() if pnr in by} == needs:
            return False
        seats.writable(ledger)
        seats.serve(pnr, needs)
        return True

    def put_in_order(self, flight: FlightKey, ours: Booking, now: Booking) -> bool:
        """Leave each of a party its seat there, whose people have changed; get whether they sit in another order now."""
        ledger, held, had = self.flights[flight], self.holding(flight, now.pnr), self.numbers(flight, now.pnr)
        if ledger.layout is None or held is None or not had:
            return False
        self._at(flight).writable(ledger)
        self._numbered(ledger).put_in_order(ours, now, held)
        return self.numbers(flight, now.pnr) != had

    def sit(self, flight: FlightKey, booking: Booking, wanted: Numbers) -> None:
        """Give a holder on a flight whose layout is known the seats that it asks for, and may have."""
        ledger = self.flights[flight]
        held = self._at(flight).writable(ledger)[booking.pnr]
        self._numbered(ledger).sit(booking, held, wanted)

    def lose(self, leg: Leg, pnr: Pnr, journey: int, *, behind: FlightKey | None) -> None:
        """Note that a party had these seats on this journey, and has none there now, or in a lower cabin. On a flight that has
        left they are lost for good. `behind`: the flight that it was to come with."""
        flight = leg.flight
        ledger, seats = self.flights[flight], self._at(flight)
        held = seats.writable(ledger).get(pnr)
        is_lost = held is None or CABINS.index(held.cabin) > CABINS.index(leg.cabin)
        if ledger.presumed_phase not in LEFT and is_lost:
            seats.lost_by[pnr] = journey
            self.lose_behind(flight, pnr, behind)

    def lose_behind(self, flight: FlightKey, pnr: Pnr, behind: FlightKey | None) -> None:
        """Note with which flight a party would come to one on which it has lost seats."""
        seats = self._at(flight)
        seats.writable(self.flights[flight])
        if behind is None:
            seats.lost_behind.pop(pnr, None)
            return
        seats.lost_behind[pnr] = behind
        inbound = self._at(behind)
        inbound.writable(self.flights[behind])
        if flight not in inbound.lost_onward:
            inbound.lost_onward = tuple(sorted((*inbound.lost_onward, flight)))

    def no_longer_lost(self, pnr: Pnr, journey: int) -> Iterator[FlightKey]:
        """Offer the party no seats any more that it has lost on this journey, for it is on another trip by its own wish; yields
        the flights that had them."""
        for flight in self.flights:
            if self.lost(flight, pnr) == journey:
                seats = self._at(flight)
                seats.writable(self.flights[flight])
                seats.lost_by.pop(pnr)
                seats.lost_behind.pop(pnr, None)
                yield flight

    def lost(self, flight: FlightKey, pnr: Pnr) -> int | None:
        """The number of the journey on which the party lost its seats there; None if it did not."""
        seats = self._seats.get(flight)
        known = seats.lost_by if seats and seats.holders is not None else self.flights[flight].lost_by
        return known.get(pnr)

    def connect(self, booking: Booking) -> list[FlightKey]:
        """Note on each flight on which the party holds seats those before and after it; get the flights where that is new."""
        pnr, changed = booking.pnr, []
        for flight, connection in connections(booking.journeys).items():
            ledger, seats = self.flights[flight], self._seats.get(flight)
            known = ledger.connecting if seats is None or seats.holders is None else seats.connecting
            if known.get(pnr) == connection:
                continue
            seats = self._at(flight)
            seats.writable(ledger)
            if connection is None:
                del seats.connecting[pnr]
            else:
                seats.connecting[pnr] = connection
            changed.append(flight)
        return changed

    def unreserve(self, flight: FlightKey, cause: T) -> None:
        """Note free seats that a plan or an offer kept for a party that does not take them."""
        self._unreserved_by[flight] = cause

    def settled(self, *, sellable_from: datetime) -> tuple[dict[FlightKey, SeatLedger], list[tuple[T, SeatsFreed]]]:
        """The flights to be written, and what is to be emitted about seats of theirs that can be sold, or had again, each with
        its cause. On a flight that departs before `sellable_from` none can."""
        seats, facts = self.ledgers(), []
        for flight, cause in self.freed(sellable_from=sellable_from).items():
            ledger = seats.get(flight) or self.flights[flight]
            fact = freed_fact(ledger)
            facts.append((cause, fact))
            seats[flight] = structs.replace(ledger, last_fact=fact.n)
        return seats, facts

    def ledgers(self) -> dict[FlightKey, SeatLedger]:
        """The flights whose holders have changed, to be written."""
        written = {
            flight: structs.replace(
                self.flights[flight],
                holders=seats.holders,
                on_offer=seats.on_offer,
                connecting=seats.connecting,
                lost_by=seats.lost_by,
                lost_behind=seats.lost_behind,
                lost_onward=seats.lost_onward,
                offloaded=seats.offloaded,
                services=seats.services,
            )
            for flight, seats in self._seats.items()
            if seats.holders is not None
        }
        for flight, numbers in self._numbers.items():
            ledger = written[flight]
            ledger = written[flight] = structs.replace(
                ledger, numbers=numbers.settled(ledger.holders, self._unnumbered)
            )
            numbers.remember(ledger)
        return written

    def freed(self, *, sellable_from: datetime) -> dict[FlightKey, T]:
        """The open flights that end with more free seats than they began with, or with free seats that are no longer reserved,
        that a party has lost, or that a party has given up; each with the last cause. As many others may have come as have
        gone: planners knew of those, and left seats for them.

        A flight that leaves before `sellable_from` is left out. If it is retimed later, that frees its seats.
        """
        unreserved = {f: c for f, c in self._unreserved_by.items() if self._is_sold(f, sellable_from) and self._any(f)}
        released = {
            f: c
            for f, c in self._released_by.items()
            if self._is_sold(f, sellable_from) and (self._more(f) or (self._any(f) and self._lost_or_given_up(f)))
        }
        return unreserved | released

    def _is_sold(self, flight: FlightKey, sellable_from: datetime) -> bool:
        ledger = self.flights[flight]
        return ledger.phase == "scheduled" and ledger.expected_departure >= sellable_from

    def _any(self, flight: FlightKey) -> bool:
        seats = self._at(flight)
        return any(seats.free(cabin) > 0 for cabin in seats.left)

    def _lost_or_given_up(self, flight: FlightKey) -> bool:
        """Whether a party has come to lose seats there, or has fewer than it began with."""
        ledger, seats = self.flights[flight], self._at(flight)
        if not seats.lost_by.keys() <= ledger.lost_by.keys():
            return True
        has = _seats_of(seats.holders if seats.holders is not None else ledger.holders, seats.on_offer)
        return any(has[pnr] < number for pnr, number in _seats_of(ledger.holders, ledger.on_offer).items())

    def _more(self, flight: FlightKey) -> bool:
        seats = self._at(flight)
        return any(seats.free(cabin) > max(seats.before[cabin], 0) for cabin in seats.left)

    def _numbered(self, ledger: SeatLedger) -> FlightNumbers:
        numbers = self._numbers.get(ledger.flight)
        if numbers is None:
            numbers = self._numbers[ledger.flight] = FlightNumbers(ledger, self._layouts)
        return numbers

    def _at(self, flight: FlightKey) -> _FlightSeats:
        seats = self._seats.get(flight)
        if seats is None:
            seats = self._seats[flight] = _FlightSeats(self.flights[flight])
        return seats
