"""The care agent's declaration, and its work: what is heard or has come due is judged, and what changed is written once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

from agents.care.config import Config
from agents.care.domain import Decided, Known, care_id, decide, end, flights_of, lost_by
from agents.care.watching import Watching
from bus import Agent, Bus, Commit, Delivery, Entry, Fact, Handlers, Loaded, Timer, Write
from bus.airports import registered
from contracts.care import CARE_OWED, RIGHTS_ACCOUNT, RightsAccount
from contracts.flights import FLIGHT, Flight
from contracts.ledger import (
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    SEAT_LEDGER,
    Booking,
    BookingFact,
    Journey,
    JourneyKey,
)
from contracts.names import FlightKey, Pnr
from contracts.offers import TRIP_OFFERED, TripOffered
from contracts.reservations import BOOKING_AMENDED, BOOKING_WITHDRAWN, BookingAmended, BookingWithdrawn
from contracts.subject import Key
from policy.rights import Place, Places

CARE = Agent(
    "care",
    hears=(BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, TRIP_OFFERED, BOOKING_AMENDED, BOOKING_WITHDRAWN),
    says=(CARE_OWED,),
    keeps=(RIGHTS_ACCOUNT,),
    views=(FLIGHT, RIGHTS_ACCOUNT),
    reads=(BOOKING, SEAT_LEDGER),
    group=128,
)

_AT_ONCE = 200
"""Journeys in one commit: at most two messages each, and the server takes 1,000."""


async def build(bus: Bus, config: Config) -> Handlers:
    watching = Watching(bus, least_delay=min((each.least_delay for each in config.rule_sets), default=timedelta.max))
    desk = Desk(bus, config, watching, places())
    return Handlers(
        {
            **dict.fromkeys((BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED), desk.hear),
            TRIP_OFFERED: desk.hear_offered,
            **dict.fromkeys((BOOKING_AMENDED, BOOKING_WITHDRAWN), desk.hear_amended),
        },
        wakes=Timer(watching.earliest, desk.woken),
    )


def places() -> Places:
    """Every airport whose time zone is known."""
    return {
        code: Place(airport.country, airport.latitude, airport.longitude, airport.zone)
        for code, airport in registered().items()
        if airport.zone
    }


class _Asked(NamedTuple):
    """A journey to be judged."""

    facts: tuple[BookingFact, ...]
    cause: str
    """The identity of what is heard, or has come due."""
    delivery: Delivery[BookingFact] | Delivery[TripOffered] | Delivery[BookingAmended | BookingWithdrawn] | None


class Desk:
    def __init__(self, bus: Bus, config: Config, watching: Watching, places: Places) -> None:
        self._bus, self._rule_sets, self._watching, self._places = bus, config.rule_sets, watching, places

    async def hear(self, group: Sequence[Delivery[BookingFact]]) -> None:
        """Judge the journeys of a group once each, with all that it says of them, and commit what has changed.

        Facts about forgotten parties, which have no booking, are dropped. A fact that is delivered again finds the account
        that it led to, so it changes nothing; two replicas that judge one journey expect the same revision of its account.
        """
        heard: defaultdict[JourneyKey, list[Delivery[BookingFact]]] = defaultdict(list)
        for delivery in group:
            heard[delivery.message.pnr, delivery.message.journey].append(delivery)
        asked = {
            journey: _Asked(tuple(d.message for d in of_it), of_it[-1].id, of_it[-1])
            for journey, of_it in heard.items()
        }
        await self._judge(asked, at_least=max(d.settled for d in group))

    async def hear_offered(self, group: Sequence[Delivery[TripOffered]]) -> None:
        """Judge the journeys of those who are asked about another trip: what is due for the flights that they have, and cannot
        fly, is due before they choose."""
        asked = {(d.message.pnr, d.message.journey): _Asked((), d.id, d) for d in group}
        await self._judge(asked, at_least=max(d.settled for d in group))

    async def hear_amended(self, group: Sequence[Delivery[BookingAmended | BookingWithdrawn]]) -> None:
        """Judge again the journeys that the reservation system has given other flights, and end the accounts of those that it
        has given up. Such a change is no disruption by itself."""
        asked = {
            (delivery.message.pnr, journey.number): _Asked((), delivery.id, delivery)
            for delivery in group
            for journey in delivery.message.journeys
        }
        if asked:
            await self._judge(asked, at_least=max(d.settled for d in group))

    async def woken(self, now: datetime) -> None:
        """Judge again what has come due: accounts whose flights have changed, and passengers of flights that landed late."""
        due, names = self._watching.due(now)
        asked = {journey: _Asked((), cause, None) for journey, cause in due.accounts.items()}
        for journey, cause in (await self._aboard(due.landed)).items():
            asked.setdefault(journey, _Asked((), cause, None))
        left = iter(asked.items())
        while chunk := dict(islice(left, _AT_ONCE)):
            await self._judge(chunk)
        self._watching.done(names)

    async def _aboard(self, landed: Mapping[FlightKey, str]) -> dict[JourneyKey, str]:
        """The journeys of those who were on these flights, each with the identity of the flight's state."""
        keys = {flight: SEAT_LEDGER.key(flight=flight) for flight in landed}
        loaded = await self._bus.load(keys.values())
        on = {flight: sorted(entry.message.holders) for flight, key in keys.items() if (entry := loaded[key])}
        bookings = await self._bookings(set(chain.from_iterable(on.values())))
        return {
            (pnr, journey.number): landed[flight]
            for flight, pnrs in on.items()
            for pnr in pnrs
            if pnr in bookings
            for journey in bookings[pnr].journeys
            if any(leg.flight == flight for leg in journey.legs)
        }

    async def _judge(self, asked: Mapping[JourneyKey, _Asked], *, at_least: int = 0) -> None:
        bookings = await self._bookings({pnr for pnr, _ in asked}, at_least=at_least)
        journeys = _found(asked, bookings)
        of_bookings = [of for of in asked if of[0] in bookings]
        before = await self._before(of_bookings, asked)
        accounts = {of: entry for of in of_bookings if (entry := before[_account(of)])}
        known = Known(self._rule_sets, self._places, await self._flights(journeys, accounts, asked), self._bus.now())
        facts, states = [], []
        for of in of_bookings:
            if before[_care(of, asked[of])]:
                continue  # this cause has been answered, perhaps by a process that died before it could acknowledge
            entry = accounts.get(of)
            decided = _decided(entry.message if entry else None, bookings[of[0]], of[1], asked[of], known)
            if decided:
                cause = asked[of].delivery or (entry.cause if entry else None)
                states.append(Write(RIGHTS_ACCOUNT.of(decided.account), before.revision(_account(of)), cause))
                facts += [Fact(CARE_OWED.of(decided.care), cause)] if decided.care else []
        await self._bus.commit(Commit(facts=facts, states=states))

    # Reading.

    async def _bookings(self, pnrs: Collection[Pnr], *, at_least: int = 0) -> dict[Pnr, Booking]:
        keys = {pnr: BOOKING.key(pnr=pnr) for pnr in sorted(pnrs)}
        loaded = await self._bus.load(keys.values(), at_least=at_least)
        return {pnr: entry.message for pnr, key in keys.items() if (entry := loaded[key])}

    async def _before(self, journeys: Iterable[JourneyKey], asked: Mapping[JourneyKey, _Asked]) -> Loaded:
        """The accounts of these journeys, and what their causes have led to before."""
        keys: list[Key[Any]] = [key for of in journeys for key in (_account(of), _care(of, asked[of]))]
        return await self._bus.load(keys)

    async def _flights(
        self,
        journeys: Mapping[JourneyKey, Journey],
        accounts: Mapping[JourneyKey, Entry[RightsAccount]],
        asked: Mapping[JourneyKey, _Asked],
    ) -> dict[FlightKey, Flight]:
        """The state of every flight that matters to these journeys, as it is now."""
        named: set[FlightKey] = set()
        for of, journey in journeys.items():
            lost = [*(accounts[of].message.lost if of in accounts else ())]
            lost += [each for fact in asked[of].facts for each in lost_by(fact)]
            named |= {*flights_of(journey, lost)}
        keys = {flight: FLIGHT.key(flight=flight) for flight in sorted(named)}
        loaded = await self._bus.load(keys.values())
        return {flight: entry.message for flight, key in keys.items() if (entry := loaded[key])}


def _decided(
    account: RightsAccount | None, booking: Booking, number: int, asked: _Asked, known: Known
) -> Decided | None:
    journey = booking.journey(number)
    if journey is not None:
        return decide(account, booking, journey, facts=asked.facts, known=known, cause=asked.cause)
    return end(account, now=known.now, cause=asked.cause) if account else None


def _found(asked: Iterable[JourneyKey], bookings: Mapping[Pnr, Booking]) -> dict[JourneyKey, Journey]:
    """The journeys that their bookings still have."""
    return {
        (pnr, number): journey
        for pnr, number in asked
        if pnr in bookings and (journey := bookings[pnr].journey(number)) is not None
    }


def _account(of: JourneyKey) -> Key[RightsAccount]:
    return RIGHTS_ACCOUNT.key(pnr=of[0], journey=of[1])


def _care(of: JourneyKey, asked: _Asked) -> Key[Any]:
    return CARE_OWED.key(pnr=of[0], id=care_id(asked.cause, of[1]))
