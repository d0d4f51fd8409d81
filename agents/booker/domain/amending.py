"""What the reservation system's word about a booking does to ours. A group is decided in order on one working copy.

| theirs | ours | outcome |
|---|---|---|
| a version that was decided before, or an older one | any | nothing |
| any | forgotten | nothing: a fact would name the party again |
| a booking | none, or withdrawn | taken in as an import is |
| withdrawn | none | contradicted |
| withdrawn | a journey is under way | contradicted |
| withdrawn | any other | withdrawn: seats and places on the waitlist are given up |
| the party otherwise, in as many seats or fewer | any | amended; seats are freed |
| a party in more seats | seats for it on every flight, none of them flown | amended; seats are taken |
| a party in more seats | any other | contradicted |
| a journey: as we have it, or as they last had it | any | it stays as we have it |
| a journey: other flights | as they last had it, or stranded | amended, if an import of it were taken in |
| a journey: other flights | we have moved it | contradicted |
| a journey: other flights, or missing | under way | contradicted, unless what is flown stays as it is |
| a journey: missing | flown to the end | it stays as it was flown |
| a journey: without its first legs | these are flown | as with them |
| a journey: missing | any other | amended: it is given up |
| a journey after one to whose flight no one came | as they last had it, and the rules say so | amended: it is given up |
| a new journey | | amended, if an import of it were taken in |
| flights that cannot be flown as they are known | | taken in all the same, and planned |
| a journey that the party has given up by a request | as they last had it | it stays given up |
| | other flights | contradicted |
| bags, insurance or a name, which a request has changed | any | `repeating` |
| a split from a booking | the booking, and no later version of either | each has its part, and no seat is free in between |
| a split from a booking | any other | two statuses, each decided by itself |
| a split: more or less than the booking | it misses earlier versions | waited for, and contradicted after an hour |
| a split: more or less than the booking | any other | contradicted |
| a split | a request has changed it beside the trip, and they do not know | contradicted |
| a split: other journeys, or minors parted | | contradicted |
| a flight | not known yet | waited for, and contradicted after an hour |

What is contradicted changes nothing, in no part, but the version: a person has to decide. A booking that we do not have is kept
with its version and without journeys, as a withdrawn one is: an older version may still come. Each version that is decided has
one fact, also where it says nothing new. A party whose size or contact alone has changed has the same plans and letters as
before; a journey with other flights has a new `last_fact`, by which plans and letters about the old ones are out of date. Legs
that stay are answered for what they were, others for every disruption of their flights so far, as those of an import. One that
is lost, as a cancelled flight or a connection is, was sold to people before or after the news: the planner hears of the
amendment, and plans them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from msgspec import structs

from agents.booker.domain.imports import (
    as_sold,
    departure_fault,
    has_left,
    in_journey,
    journey_fault,
    last_reserved,
    order_fault,
    seats_fault,
    seats_of,
    ticketed,
)
from agents.booker.domain.named_seats import had_by
from agents.booker.domain.offering import planned_again, unoffered
from agents.booker.domain.parties import party_fault
from agents.booker.domain.people import (
    are_alone_unasked,
    people_fault,
    what_changed,
    with_needs,
    without_confirmations,
)
from agents.booker.domain.progress import Progress, Traveller, progress_of
from agents.booker.domain.repeating import SaidOtherwise, with_requested
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.sales import sale_fault
from agents.booker.domain.seat_changes import SeatChanges
from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.splitting import not_conserved, parted
from agents.booker.domain.wording import unlike, worded
from agents.booker.domain.worksheet import NO_BOOKINGS, NO_LAYOUTS, NONE_MISNAMED, Misnamed, Worksheet
from bus import derived_id
from contracts.ledger import (
    BeforeRequests,
    Booking,
    Journey,
    JourneyKey,
    Party,
    SeatLedger,
    SeatsFreed,
    WaitlistEntry,
)
from contracts.names import FlightKey, Id, Pnr, origin_of
from contracts.offers import Offer
from contracts.plans import PlanRefused
from contracts.reservations import (
    AmendedJourney,
    BookingAmended,
    BookingContradicted,
    BookingWithdrawn,
    Contradiction,
    PartySummary,
    ReservationStatus,
    SplitFrom,
    incoherent,
)

T = TypeVar("T")
ReservationFact = BookingAmended | BookingWithdrawn | BookingContradicted

_RULES = SaleRules()
NO_OFFERS: Mapping[JourneyKey, Offer] = {}
LONGEST_WAIT = timedelta(hours=1)
"""How long a status is waited with for a flight, or for earlier versions, that it rests on."""


class Stated(NamedTuple, Generic[T]):
    """A status, on the flights that are flown, and what identifies it for the caller."""

    status: ReservationStatus
    token: T
    came_at: datetime


@dataclass(frozen=True, slots=True)
class Amendments(Generic[T]):
    """One atomic commit as plain data. Each token is in `facts`, once for each booking that is decided, or in `done` or
    `ahead`."""

    seats: dict[FlightKey, SeatLedger] = field(default_factory=dict)
    bookings: dict[Pnr, Booking] = field(default_factory=dict)
    waiting: dict[JourneyKey, WaitlistEntry | None] = field(default_factory=dict)
    """Waitlist entries to write, or to remove (None)."""
    facts: list[tuple[T, ReservationFact]] = field(default_factory=list)
    freed: list[tuple[T, SeatsFreed]] = field(default_factory=list)
    by: dict[FlightKey, T] = field(default_factory=dict)
    """The last cause that gave or took seats on each flight."""
    done: list[T] = field(default_factory=list)
    """Statuses without a fact: their version was decided before, or their party has been forgotten."""
    replanned: list[tuple[T, PlanRefused]] = field(default_factory=list)
    """What has journeys planned again whose open offers end."""
    ahead: list[tuple[T, str]] = field(default_factory=list)
    """Statuses that what is missing may still come for, and what that is. They are decided later."""


def status_id(pnr: Pnr, version: int) -> Id:
    """The id of the fact about this version."""
    return derived_id("reservation", pnr, str(version))


def amend(
    statuses: Sequence[Stated[T]],
    *,
    bookings: Mapping[Pnr, Booking],
    flights: Mapping[FlightKey, SeatLedger],
    waiting: Mapping[JourneyKey, WaitlistEntry],
    now: datetime,
    rules: SaleRules = _RULES,
    forgotten: Collection[Pnr] = frozenset(),
    offers: Mapping[JourneyKey, Offer] = NO_OFFERS,
    layouts: Layouts = NO_LAYOUTS,
    unnumbered: Mapping[Pnr, Booking] = NO_BOOKINGS,
    misnamed: Misnamed = NONE_MISNAMED,
) -> Amendments[T]:
    """Decide statuses in order, each on what earlier ones left.

    `bookings` has those of the PNRs that exist, `waiting` the entries of their stranded journeys, `flights` those that exist of
    both and of the statuses, and those on which a party has lost seats that is split or becomes smaller, `forgotten` the PNRs
    that have a tombstone, `offers` the open ones of the bookings; `layouts`, `unnumbered` and `misnamed` are the worksheet's.
    Raises `KeyError` if a booking's flight or its open offer is missing, or if a ledger does not have the party.
    """
    sheet: Worksheet[T] = Worksheet(flights, layouts=layouts, unnumbered=unnumbered, misnamed=misnamed)
    group: _Group[T] = _Group(
        bookings, sheet=sheet, waiting=waiting, now=now, rules=rules, forgotten=forgotten, offers=offers
    )
    for stated in statuses:
        if not group.divides(stated):
            for half in halves_of(stated):
                group.decide(half)
    return group.amendments()


def halves_of(stated: Stated[T]) -> tuple[Stated[T], ...]:
    """A split as a status about each of the two bookings; any other status as it is."""
    status, split = stated.status, stated.status.split_from
    if split is None or incoherent(status):
        return (stated,)
    left = ReservationStatus(pnr=split.pnr, version=split.version, booking=split.booking)
    return stated._replace(status=left), stated._replace(status=structs.replace(status, split_from=None))


def pnrs_of(status: ReservationStatus) -> list[Pnr]:
    """The bookings that it is about."""
    return [pnr for pnr, _ in _versions(status)]


def _versions(status: ReservationStatus) -> list[tuple[Pnr, int]]:
    split = status.split_from
    return [*([(split.pnr, split.version)] if split else ()), (status.pnr, status.version)]


class _Contradicted(Exception):
    """Why nothing of a status is applied."""

    def __init__(self, reason: Contradiction, detail: str, *, may_come: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.may_come = may_come
        """What is missing may come."""


class _Group(Generic[T]):
    """The commit being built."""

    def __init__(
        self,
        bookings: Mapping[Pnr, Booking],
        *,
        sheet: Worksheet[T],
        waiting: Mapping[JourneyKey, WaitlistEntry],
        now: datetime,
        rules: SaleRules,
        forgotten: Collection[Pnr],
        offers: Mapping[JourneyKey, Offer],
    ) -> None:
        self.loaded, self.offers = bookings, offers
        self.sheet, self.now, self.rules, self.forgotten = sheet, now, rules, forgotten
        self.result: Amendments[T] = Amendments()
        self.seats: SeatChanges[T] = SeatChanges(
            sheet, waiting, rules=rules, now_waiting=self.result.waiting, by=self.result.by
        )

    def divides(self, stated: Stated[T]) -> bool:
        """Decide a split as one, if both bookings are as they were before it."""
        status, split = stated.status, stated.status.split_from
        if split is None or incoherent(status) or not {status.pnr, split.pnr}.isdisjoint(self.forgotten):
            return False
        ours = self._ours(split.pnr)
        if ours is None or ours.is_withdrawn or any(map(self._is_decided, versions := _versions(status))):
            return False
        self._settle(stated, versions, lambda: self._divide(status, split, ours, stated.token))
        return True

    def decide(self, stated: Stated[T]) -> None:
        """Decide a status about one booking. The seats on the sheet change only once nothing contradicts it."""
        status, token = stated.status, stated.token
        version = status.pnr, status.version
        if status.pnr in self.forgotten or self._is_decided(version):
            self.result.done.append(token)
        else:
            self._settle(stated, (version,), lambda: (self._applied(status, token),))

    def _applied(self, status: ReservationStatus, token: T) -> ReservationFact:
        ours = self._ours(status.pnr)
        if wrong := incoherent(status):
            raise _Contradicted("impossible", wrong)
        if status.booking is None:
            return self._withdraw(status, ours, token)
        return self._amend(status, status.booking, ours, token)

    def _settle(
        self, stated: Stated[T], versions: Sequence[tuple[Pnr, int]], decide: Callable[[], Sequence[ReservationFact]]
    ) -> None:
        """Note the facts that `decide` gives about these versions, or that it contradicts them, or that it is too soon."""
        try:
            facts = decide()
        except _Contradicted as why:
            if why.may_come and self.now - stated.came_at < LONGEST_WAIT:
                self.result.ahead.append((stated.token, why.detail))
                return
            facts = [self._contradiction(pnr, version, why) for pnr, version in versions]
        self.result.facts.extend((stated.token, fact) for fact in facts)

    def _contradiction(self, pnr: Pnr, version: int, why: _Contradicted) -> BookingContradicted:
        kept = self._ours(pnr) or _never_known(pnr)
        self.result.bookings[pnr] = structs.replace(kept, version=version)
        return BookingContradicted(
            pnr=pnr,
            id=status_id(pnr, version),
            version=version,
            reason=why.reason,
            detail=why.detail,
            decided_at=self.now,
            rules=self.rules.version,
        )

    def _ours(self, pnr: Pnr) -> Booking | None:
        return self.result.bookings.get(pnr) or self.loaded.get(pnr)

    def _is_decided(self, version: tuple[Pnr, int]) -> bool:
        ours = self._ours(version[0])
        return ours is not None and version[1] <= ours.version

    def amendments(self) -> Amendments[T]:
        seats, freed = self.sheet.settled(sellable_from=self.now + self.rules.shortest_lead)
        self.result.seats.update(seats)
        self.result.freed.extend(freed)
        return self.result

    # The outcomes that change a booking.

    def _withdraw(self, status: ReservationStatus, ours: Booking | None, token: T) -> BookingWithdrawn:
        if ours is None:
            raise _Contradicted("unknown", "it is withdrawn, and irops does not have it")
        for journey in ours.journeys:
            if self._is_under_way(ours, journey):
                raise _Contradicted("under way", in_journey("is withdrawn, and is under way", journey, ours))
        self._end_offers(ours, (), token)
        for journey in ours.journeys:
            self.seats.unseat(journey, ours.pnr, token)
            self.seats.no_longer_waits(journey, ours.pnr)
        party = structs.replace(ours.party, contact="", remark="", paid=())
        gone = structs.replace(
            ours,
            party=party,
            journeys=(),
            passengers=(),
            version=status.version,
            sale=None,
            given_up=(),
            before_requests=BeforeRequests(),
        )
        self.result.bookings[ours.pnr] = gone
        return BookingWithdrawn(
            pnr=ours.pnr,
            id=status_id(ours.pnr, status.version),
            version=status.version,
            journeys=tuple(map(_given_up, ours.journeys)),
            decided_at=self.now,
            rules=self.rules.version,
        )

    def _still_cancelled(self, status: ReservationStatus, theirs: Booking, ours: Booking) -> BookingWithdrawn:
        """The party has cancelled the booking, and the reservation system does not know yet."""
        for journey in theirs.journeys:
            if not self._is_given_up(journey, ours):
                raise _Contradicted(
                    "moved", in_journey("is new, and the party has cancelled its booking", journey, theirs)
                )
        self.result.bookings[ours.pnr] = structs.replace(ours, version=status.version)
        return BookingWithdrawn(
            pnr=ours.pnr,
            id=status_id(ours.pnr, status.version),
            version=status.version,
            decided_at=self.now,
            rules=self.rules.version,
        )

    def _amend(
        self, status: ReservationStatus, theirs: Booking, ours: Booking | None, token: T
    ) -> BookingAmended | BookingWithdrawn:
        as_offered, ours = ours, unoffered(ours) if ours else None
        theirs = with_needs(theirs)
        if fault := party_fault(theirs.party) or order_fault(theirs) or people_fault(theirs) or sale_fault(theirs):
            raise _Contradicted("impossible", fault)
        if ours is not None and ours.is_withdrawn and ours.given_up:
            return self._still_cancelled(status, theirs, ours)
        for journey in theirs.journeys:
            if fault := next(filter(None, (departure_fault(leg, self.sheet) for leg in journey.legs)), None):
                raise _Contradicted("impossible", in_journey(fault, journey, theirs))
        if ours is not None and self.rules.no_show_cancels:
            theirs = self._without_forfeited(theirs, ours)
        id_ = status_id(status.pnr, status.version)
        journeys = (*(self._flown(theirs, ours) if ours else ()), *self._merged(theirs, ours, id_))
        merged = self._as_requested(structs.replace(theirs, journeys=journeys, version=status.version), theirs, ours)
        more = merged.party.seats - (ours.party.seats if ours else 0)
        self._check(merged, ours, id_, grown=more > 0)
        known = {journey.number: journey for journey in (ours.journeys if ours else ())}
        left = [journey for number, journey in known.items() if merged.journey(number) is None]
        changed = [journey for journey in merged.journeys if journey.last_fact == id_]
        wanted = {leg.flight: leg.seats for leg in theirs.all_legs if leg.seats}
        if as_offered is not None and ours is not None and merged == structs.replace(ours, version=merged.version):
            # It says nothing new: what is offered stays so.
            merged = structs.replace(as_offered, version=merged.version)
        elif as_offered is not None:
            self._end_offers(as_offered, (merged,), token)
        self.seats.become(ours, merged, given_up=left, changed=changed, wanted=wanted, token=token)
        self.result.bookings[status.pnr] = merged
        return self._amendment(
            ours,
            merged,
            (
                *(_given_up(journey) for journey in left),
                *(_amended(known.get(journey.number), journey) for journey in changed),
            ),
        )

    def _amendment(self, ours: Booking | None, now: Booking, journeys: tuple[AmendedJourney, ...]) -> BookingAmended:
        was = ours if ours and not ours.is_withdrawn else None
        return BookingAmended(
            pnr=now.pnr,
            id=status_id(now.pnr, now.version),
            version=now.version,
            before=_summary(was.party) if was else None,
            after=_summary(now.party),
            changed=tuple(what_changed(was, now)) if was else (),
            journeys=journeys,
            marks=("alone",) if are_alone_unasked(now) else (),
            seats=dict(had_by(self.sheet, now.pnr, now.seated)),
            decided_at=self.now,
            rules=self.rules.version,
        )

    def _divide(self, status: ReservationStatus, split: SplitFrom, ours: Booking, token: T) -> Sequence[BookingAmended]:
        """Give each of the two its part of the booking, on the trip that irops has it on."""
        as_offered, ours = ours, unoffered(ours)
        there, theirs = self._ours(status.pnr), status.booking
        if theirs is None or (there is not None and not there.is_withdrawn):
            raise _Contradicted("impossible", "it is split from another booking, and irops has it already")
        halves = with_needs(split.booking), with_needs(theirs)
        if fault := parted(halves):
            raise _Contradicted("parted", fault)
        if fault := not_conserved(ours, halves):
            raise _Contradicted("not conserved", fault, may_come=split.version > ours.version + 1)
        if ours.before_requests != BeforeRequests():
            raise _Contradicted(
                "requested", "requests have changed more than its trip, and whose part that is is not known"
            )
        versions = split.version, status.version
        left, new = (self._half(half, ours, version) for half, version in zip(halves, versions, strict=True))
        self._end_offers(as_offered, (left, new), token)
        for flight in self.sheet.divide(ours, left, new):
            self.result.by[flight] = token
        self.seats.offer_lost(ours.pnr, token)  # what was offered to one party comes to nothing: it is offered to both
        for journey in ours.journeys:
            entry = self.seats.entry(ours.pnr, journey)
            if journey.state == "stranded" and entry is not None:
                self.result.waiting[new.pnr, journey.number] = structs.replace(entry, pnr=new.pnr, is_offered=False)
        for half in (left, new):
            self.seats.wait_for(half)
            self.result.bookings[half.pnr] = half
        fact = self._amendment(ours, left, ())
        return fact, structs.replace(self._amendment(None, new, ()), follows=fact.id)

    def _half(self, theirs: Booking, ours: Booking, version: int) -> Booking:
        if fault := party_fault(theirs.party) or order_fault(theirs) or people_fault(theirs) or sale_fault(theirs):
            raise _Contradicted("impossible", fault)
        journeys = (*self._flown(theirs, ours), *self._merged(theirs, ours, status_id(theirs.pnr, version)))
        if [(each.number, each.legs) for each in journeys] != [(each.number, each.legs) for each in ours.journeys]:
            raise _Contradicted("impossible", "its journeys are others once it is split")
        return self._as_requested(structs.replace(theirs, journeys=journeys, version=version), theirs, ours)

    def _end_offers(self, ours: Booking, after: Sequence[Booking], token: T) -> None:
        self.seats.end_offers(ours, token)
        refused = planned_again(ours, after, self.offers, rules=self.rules.version)
        self.result.replanned.extend((token, each) for each in refused)

    # What the booking is, once both words are put together.

    def _without_forfeited(self, theirs: Booking, ours: Booking) -> Booking:
        """Their booking without the journeys after a flight to which the party did not come, where nothing but the party may be
        why: irops has decided nothing about it, and no flight up to then was disrupted, in too late, or gone too early."""
        for at, journey in enumerate(theirs.journeys):
            own = ours.journey(journey.number)
            if own is None or own.state != "ticketed":
                return theirs
            for leg in own.legs:
                ledger = self.sheet.flights[leg.flight]
                if ledger.last_disruption or ledger.expected_departure < leg.departs:
                    return theirs
                if theirs.no_show(leg.flight):
                    begun = tuple(each for each in theirs.journeys[at + 1 :] if self._has_begun(ours, each.number))
                    return structs.replace(theirs, journeys=(*theirs.journeys[: at + 1], *begun))
                if ledger.expected_arrival > leg.arrives:
                    return theirs
        return theirs

    def _has_begun(self, booking: Booking, number: int) -> bool:
        journey = booking.journey(number)
        return journey is not None and bool(self._progress(booking, journey).flown)

    def _flown(self, theirs: Booking, ours: Booking) -> Iterator[Journey]:
        """Our journeys that theirs lacks and that have been flown: reservation systems drop them."""
        for journey in ours.journeys:
            if theirs.journey(journey.number) is not None:
                continue
            if self._is_under_way(ours, journey):
                raise _Contradicted("under way", in_journey("is given up, and is under way", journey, ours))
            if self._progress(ours, journey).flown:
                yield journey

    def _merged(self, theirs: Booking, ours: Booking | None, id_: Id) -> Iterator[Journey]:
        """Each of their journeys, as they or as we have it."""
        for stated in theirs.journeys:
            own = ours.journey(stated.number) if ours else None
            if ours is not None and self._is_given_up(stated, ours):
                continue
            if ours is None or own is None:
                yield structs.replace(self._as_sold(stated, theirs.party), last_fact=id_)
                continue
            their = self._with_flown(stated, own, ours)
            held, was_reserved, wanted = seats_of(own.legs), last_reserved(own, ours.party), seats_of(their.legs)
            if wanted in (held, was_reserved):
                reserved = () if wanted == ticketed(own, theirs.party) else wanted
                documents = their.documents or own.documents if wanted == held else own.documents
                yield structs.replace(own, reserved=reserved, documents=documents)
                continue
            if own.state != "stranded" and held != was_reserved:
                to, from_us = unlike(their.legs, own.legs)
                detail = f"is moved to {to}; irops has moved it to {from_us}"
                raise _Contradicted("moved", in_journey(detail, own, ours))
            flown = seats_of(self._progress(ours, own).flown)
            if wanted[: len(flown)] != flown:
                raise _Contradicted(
                    "under way", in_journey(f"is moved to {worded(their.legs)}, and is under way", own, ours)
                )
            sold, mine = self._as_sold(their, theirs.party), {(leg.flight, leg.cabin): leg for leg in own.legs}
            legs = tuple(mine.get((leg.flight, leg.cabin), leg) for leg in sold.legs)
            yield structs.replace(sold, legs=legs, last_fact=id_)

    def _is_given_up(self, stated: Journey, ours: Booking) -> bool:
        """Whether the party has given the journey up by a request, and the reservation system says nothing new about it."""
        known = next((each for each in ours.given_up if each.journey == stated.number), None)
        if known is not None and seats_of(stated.legs) != known.reserved:
            detail = f"journey {stated.number} is moved to {worded(stated.legs)}, and the party has given it up"
            raise _Contradicted("moved", detail)
        return known is not None

    def _with_flown(self, their: Journey, own: Journey, ours: Booking) -> Journey:
        """Their journey with the first legs that it lacks, if these have been flown: reservation systems drop them."""
        progress, wanted = self._progress(ours, own), seats_of(their.legs)
        flown = seats_of(progress.flown)
        for lacks in range(1, len(flown) + 1) if wanted else ():
            place = origin_of(flown[lacks].flight) if lacks < len(flown) else progress.place
            rest = flown[lacks:]
            rules = self.rules.of(own.ticket, ours.party)
            if wanted[: len(rest)] == rest and rules.same_city(origin_of(wanted[0].flight), place):
                return structs.replace(their, legs=(*progress.flown[:lacks], *their.legs))
        return their

    def _as_sold(self, journey: Journey, party: Party) -> Journey:
        """The journey as it is taken in. One on a flight that the ledger lacks is refused by `_check`."""
        flights = self.sheet.flights
        known = all(leg.flight in flights for leg in journey.legs)
        return as_sold(journey, party, flights) if known else journey

    def _as_requested(self, merged: Booking, theirs: Booking, ours: Booking | None) -> Booking:
        """The booking as requests have changed it, which the reservation system does not know."""
        if ours is None:
            return _on_its_flights(
                structs.replace(merged, given_up=(), before_requests=BeforeRequests(), compensated=()), theirs
            )
        numbers = {journey.number for journey in theirs.journeys}
        given_up = tuple(each for each in ours.given_up if each.journey in numbers)
        known = structs.replace(
            merged,
            given_up=given_up,
            changes=ours.changes,
            compensated=ours.compensated,
        )
        try:
            known = with_requested(known, ours)
        except SaidOtherwise as otherwise:
            raise _Contradicted("requested", str(otherwise)) from otherwise
        if given_up:  # what was paid for it has been given back, or is forfeited
            party = structs.replace(known.party, paid=ours.party.paid)
            known = structs.replace(known, party=party, sale=ours.sale)
        return _on_its_flights(known, theirs)

    def _check(self, merged: Booking, ours: Booking | None, id_: Id, *, grown: bool) -> None:
        """Raises where this booking cannot be held."""
        flights = (leg.flight for journey in merged.journeys for leg in journey.legs)
        if unknown := next((flight for flight in flights if flight not in self.sheet.flights), None):
            raise _Contradicted("impossible", f"unknown flight {unknown}", may_come=True)
        if fault := order_fault(merged):
            raise _Contradicted("moved", fault)
        ends: datetime | None = None
        after_new = False
        for journey in merged.journeys:
            own, is_new = ours.journey(journey.number) if ours else None, journey.last_fact == id_
            rules = self.rules.of(journey.ticket, merged.party)
            if is_new and (fault := journey_fault(journey, self.sheet, rules, not_before=ends)):
                raise _Contradicted("impossible", in_journey(fault, journey, merged))
            is_over = is_new and has_left(journey, self.sheet)
            if is_over and (own is not None or journey is merged.journeys[-1]):
                raise _Contradicted("impossible", in_journey("all its flights have left", journey, merged))
            if after_new and not is_new and journey.legs and ends and self._departs(journey) < ends:
                detail = f"{journey.legs[0].flight} leaves before the journey before it has ended"
                raise _Contradicted("moved", in_journey(detail, journey, merged))
            if grown and ours and own and self._progress(ours, own).flown:
                detail = f"{merged.party.seats} seats are wanted, and it has been under way with {ours.party.seats}"
                raise _Contradicted("under way", in_journey(detail, journey, merged))
            seats = merged.party.seats
            if (is_new or grown) and (fault := seats_fault(journey, merged.pnr, seats, self.sheet)):
                raise _Contradicted("no seats", in_journey(fault, journey, merged))
            after_new = is_new
            ends = self.sheet.flights[journey.legs[-1].flight].arrives if journey.legs else None

    def _departs(self, journey: Journey) -> datetime:
        return self.sheet.flights[journey.legs[0].flight].departs

    def _progress(self, booking: Booking, journey: Journey) -> Progress:
        entry = self.seats.entry(booking.pnr, journey)
        traveller = Traveller(booking, journey)
        return progress_of(traveller, self.sheet.flights, rules=traveller.by(self.rules), entry=entry)

    def _is_under_way(self, booking: Booking, journey: Journey) -> bool:
        """Whether the party has left and is not at its destination yet."""
        progress = self._progress(booking, journey)
        if not progress.flown:
            return False
        last = self.sheet.flights[progress.flown[-1].flight]
        rules = self.rules.of(journey.ticket, booking.party)
        is_there = rules.same_city(progress.place, journey.ticket.destination)
        return bool(progress.ahead) or not is_there or last.presumed_phase not in ("landed", "arrived")


def _on_its_flights(booking: Booking, theirs: Booking) -> Booking:
    """The booking with the coupons of its own flights, and with services confirmed for these: of those that irops has replaced
    in `theirs` there are none here."""
    own = {leg.flight for leg in booking.all_legs}
    passengers = booking.passengers
    if any(passenger.coupons for passenger in passengers):
        passengers = tuple(
            structs.replace(each, coupons={flight: state for flight, state in each.coupons.items() if flight in own})
            for each in passengers
        )
    if not {leg.flight for each in theirs.journeys if booking.journey(each.number) for leg in each.legs} <= own:
        passengers = without_confirmations(passengers)
    return booking if passengers is booking.passengers else structs.replace(booking, passengers=passengers)


def _never_known(pnr: Pnr) -> Booking:
    """A booking of which no version could be held."""
    return Booking(pnr=pnr, party=Party(passengers=0, seats=0, cabin="economy"), journeys=())


def _given_up(journey: Journey) -> AmendedJourney:
    return AmendedJourney(number=journey.number, before=journey.legs, follows=journey.last_fact)


def _amended(own: Journey | None, journey: Journey) -> AmendedJourney:
    before, follows = (own.legs, own.last_fact) if own else ((), "")
    return AmendedJourney(number=journey.number, before=before, after=journey.legs, follows=follows)


def _summary(party: Party) -> PartySummary:
    return PartySummary(passengers=party.passengers, seats=party.seats, language=party.language, contact=party.contact)
