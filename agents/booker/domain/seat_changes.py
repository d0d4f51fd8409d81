"""A booking becomes another one: its seats, its places on the waitlist, and what its journeys are offered follow.

The reservation system's word does that (`amending`), and so does a request (`requests`). Whether it may is decided before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from msgspec import structs

from agents.booker.domain.following import come_with, offer
from agents.booker.domain.people import without_coupons
from agents.booker.domain.plans import following_of
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.seating import Numbers
from agents.booker.domain.worksheet import Worksheet, services_of
from contracts.ledger import Booking, Holding, Journey, JourneyKey, WaitlistEntry
from contracts.names import FlightKey, Pnr

T = TypeVar("T")


class SeatChanges(Generic[T]):
    """Works on one sheet. `waiting` are the entries as they were read, `now_waiting` those to write or to remove (None), and
    `by` the last cause that gave or took seats on each flight; the last two are filled."""

    def __init__(
        self,
        sheet: Worksheet[T],
        waiting: Mapping[JourneyKey, WaitlistEntry],
        *,
        rules: SaleRules,
        now_waiting: dict[JourneyKey, WaitlistEntry | None],
        by: dict[FlightKey, T],
    ) -> None:
        self.sheet, self.loaded_waiting, self.rules = sheet, waiting, rules
        self.now_waiting, self.by = now_waiting, by

    def become(
        self,
        ours: Booking | None,
        merged: Booking,
        *,
        given_up: Sequence[Journey],
        changed: Sequence[Journey],
        wanted: Mapping[FlightKey, Numbers],
        token: T,
    ) -> None:
        """`ours` becomes `merged`: journeys of ours are `given_up`, and those of `merged` that are `changed` have other flights
        than before. `wanted` are seats by number, which it gets where it may have them."""
        known = {journey.number: journey for journey in (ours.journeys if ours else ())}
        more = merged.party.seats - (ours.party.seats if ours else 0)
        seated = merged.journeys if more else changed
        for journey in (*given_up, *(known[each.number] for each in seated if each.number in known)):
            self.unseat(journey, merged.pnr, token)
        self._seat(seated, merged, ours, wanted, token)
        self.by.update(dict.fromkeys(self.sheet.connect(merged), token))
        if ours is not None and (without_coupons(ours), ours.party) != (without_coupons(merged), merged.party):
            self._put_in_order((journey for journey in merged.journeys if journey not in seated), ours, merged, token)
        for journey in (*given_up, *(known[each.number] for each in changed if each.number in known)):
            self.no_longer_waits(journey, merged.pnr)
        self.wait_for(merged)
        if more < 0:
            self.offer_lost(merged.pnr, token)  # it may fit there now
        if ours is not None:
            self._offer_following(merged, ours, token)

    def unseat(self, journey: Journey, pnr: Pnr, token: T) -> None:
        for leg in journey.seated:
            self.sheet.release(leg.flight, pnr, token)
            self.by[leg.flight] = token

    def end_offers(self, booking: Booking, token: T) -> None:
        """Keep no seats for trips that were offered to the party."""
        for journey in booking.journeys:
            for kept in journey.offered:
                self.sheet.keep_no_longer(kept.flight, booking.pnr, token)
                self.by[kept.flight] = token

    def offer_lost(self, pnr: Pnr, token: T) -> None:
        """Have the party planned again where it had lost its seats."""
        for flight in self.sheet.flights:
            if self.sheet.lost(flight, pnr) is not None:
                self.sheet.unreserve(flight, token)

    def entry(self, pnr: Pnr, journey: Journey) -> WaitlistEntry | None:
        key = (pnr, journey.number)
        return self.now_waiting[key] if key in self.now_waiting else self.loaded_waiting.get(key)

    def no_longer_waits(self, journey: Journey, pnr: Pnr) -> None:
        key = pnr, journey.number
        if key in self.loaded_waiting:
            self.now_waiting[key] = None
        else:  # it has begun to wait in this commit, if at all
            self.now_waiting.pop(key, None)

    def wait_for(self, booking: Booking) -> None:
        """The party waits for as many seats as it needs now, and before the journeys that it has now."""
        for journey in booking.journeys:
            entry = self.entry(booking.pnr, journey)
            if journey.state != "stranded" or entry is None:
                continue
            following = following_of(booking.neighbours(journey.number)[1])
            waits = structs.replace(
                entry, seats=booking.party.seats, following=following, is_offered=bool(journey.offer)
            )
            if waits != entry:
                self.now_waiting[booking.pnr, journey.number] = waits

    def _seat(
        self,
        journeys: Collection[Journey],
        merged: Booking,
        ours: Booking | None,
        wanted: Mapping[FlightKey, Numbers],
        token: T,
    ) -> None:
        for journey in journeys:
            for leg in journey.seated:
                held = Holding(leg.cabin, merged.party.seats)
                self.sheet.take(leg.flight, merged, held, wanted=wanted.get(leg.flight, ()), was=ours)
                self.by[leg.flight] = token

    def _put_in_order(self, journeys: Iterable[Journey], ours: Booking, merged: Booking, token: T) -> None:
        """Seats and special services on flights that stay, of people who have changed. Others may wait for a special service
        that is not needed any more."""
        had, has = services_of(ours), services_of(merged)
        for leg in (leg for journey in journeys for leg in journey.seated):
            if self.sheet.put_in_order(leg.flight, ours, merged):
                self.by[leg.flight] = token
            if self.sheet.count_again(leg.flight, merged):
                self.by[leg.flight] = token
                if any(has.get(ssr, 0) < number for ssr, number in had.items()):
                    self.sheet.unreserve(leg.flight, token)

    def _offer_following(self, merged: Booking, ours: Booking, token: T) -> None:
        """Offer each journey that stays what it had lost, where the party comes to it in another way now. The amendment has
        those planned that are stranded, or cannot be begun."""
        for following in merged.journeys:
            before, _ = merged.neighbours(following.number)
            own = ours.journey(following.number)
            was = ours.neighbours(following.number)[0] if own else None
            if own is None or (before and before.legs) == (was and was.legs):
                continue
            noted = come_with(merged.pnr, following, before, self.sheet)
            self.by.update(dict.fromkeys(noted, token))
            if following.state == "rebooked" and (before is None or before.legs):
                rules = self.rules.of(following.ticket, merged.party)
                offer(merged.pnr, following, before, self.sheet, rules=rules, cause=token)
