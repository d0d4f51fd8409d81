"""Notices: whether a party was informed of everything that lay ahead of it, and what became of the notice about each fact."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from contracts.ledger import BookingFact, Journey, JourneyKey, Leg
from contracts.names import Id, Pnr
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, seats_notice_of
from contracts.offers import TripOffered
from irops.audit.findings import Findings
from irops.audit.journeys import Step, Steps, is_cut, splits_of
from irops.audit.pointless import still_ahead
from irops.audit.request_notices import not_notified_of_requests
from irops.audit.seat_notices import not_notified_of_seats
from irops.audit.streams import Streams, named
from irops.audit.times import CLOCKS

_Of = tuple[Pnr, Id]
"""The fact that a notice is about."""


@dataclass(frozen=True)
class _Record:
    """Every fact and the notices about it."""

    streams: Streams

    @cached_property
    def facts(self) -> Mapping[_Of, BookingFact]:
        return {(fact.pnr, fact.id): fact for _, fact in self.streams.facts}

    @cached_property
    def offered(self) -> Mapping[_Of, TripOffered]:
        return {(offer.pnr, offer.id): offer for _, offer in self.streams.offered}

    @cached_property
    def of_journey(self) -> Mapping[JourneyKey, list[BookingFact]]:
        found: dict[JourneyKey, list[BookingFact]] = {}
        for fact in self.facts.values():
            found.setdefault((fact.pnr, fact.journey), []).append(fact)
        return found

    @cached_property
    def sent(self) -> Mapping[_Of, NoticeSent]:
        return {(notice.pnr, notice.id): notice for notice in self.streams.sent}

    def is_in_an_offer(self, fact: BookingFact) -> bool:
        """Whether the letter about an offer covers the fact and has its trip, as the one that the party can fly."""
        offers = [
            self.offered.get(of) for of, notice in self.sent.items() if of[0] == fact.pnr and fact.id in notice.covers
        ]
        flights = [leg.flight for leg in getattr(fact, "after", ())]
        return any(
            offer is not None and offer.stands and [leg.flight for leg in offer.after] == flights for offer in offers
        )

    @cached_property
    def pointless(self) -> Mapping[_Of, NoticePointless]:
        return {(notice.pnr, notice.id): notice for notice in self.streams.pointless}

    @cached_property
    def failed(self) -> Mapping[_Of, NoticeFailed]:
        return {(notice.pnr, notice.id): notice for notice in self.streams.failed}

    @cached_property
    def ended(self) -> Set[_Of]:
        """The facts of which something became: a letter of their own or in common with a later one, or a record why not."""
        superseded = {(notice.pnr, notice.id) for notice in self.streams.superseded}
        covered = {(notice.pnr, id_) for notice in self.streams.sent for id_ in notice.covers}
        return self.sent.keys() | self.pointless.keys() | self.failed.keys() | superseded | covered

    def _followed_by(self, fact: BookingFact) -> BookingFact | None:
        """The fact before this one; None where the party has had a letter since, which asked it something."""
        follows, seen = fact.follows, set[Id]()
        while (offer := self.offered.get((fact.pnr, follows))) and follows not in seen:
            if (fact.pnr, follows) in self.sent:
                return None
            seen.add(follows)
            follows = offer.follows
        return self.facts.get((fact.pnr, follows))

    def before(self, fact: BookingFact) -> Iterator[BookingFact]:
        """The facts back to the last letter before this one, the latest first."""
        seen = {fact.id}
        while (earlier := self._followed_by(fact)) and (earlier.pnr, earlier.id) not in self.sent:
            if earlier.id in seen:
                return  # they follow one another
            seen.add(earlier.id)
            yield earlier
            fact = earlier


def unnotified(streams: Streams, latest: Mapping[JourneyKey, BookingFact], steps: Steps) -> Findings:
    """Affected journeys, each once, whose latest fact was not sent though something in it lay ahead of the party, or that have
    no such fact; or with a fact that was sent without an earlier unsent one, or of whose notice nothing became. Those whose
    facts have expired are left out. And parties that were not notified of other seats, or of what became of a request, or were
    of nothing."""
    found = Findings()
    record = _Record(streams)
    splits = splits_of(streams)
    offers: dict[JourneyKey, list[TripOffered]] = {}
    for offer in record.offered.values():
        offers.setdefault((offer.pnr, offer.journey), []).append(offer)
    for booking, journey in streams.journeys():
        key = (booking.pnr, journey.number)
        if booking.pnr in streams.expired:
            continue
        own = record.of_journey.get(key, [])
        wrong = next(
            _faults(journey, latest.get(key), own, record, steps.get(key, ()), is_cut=is_cut(booking.pnr, splits)), None
        )
        if wrong is None and key in offers:
            wrong = next(_not_asked(journey, offers[key], record), None)
        if wrong is not None:
            found.add(f"{named(booking, journey)} {wrong}")
    for wrong in (*not_notified_of_seats(streams), *not_notified_of_requests(streams, steps), *_about_nothing(record)):
        found.add(wrong)
    return found


def _about_nothing(record: _Record) -> Iterator[str]:
    """Letters about no fact on record, as long as none can have expired, and letters about rights from before these were known
    or of the future."""
    streams = record.streams
    yield from (f"{one.pnr} has two records of its letter about {one.id}" for one in _recorded_twice(streams.sent))
    decided = {(care.pnr, care.id): care.decided_at for care in streams.care.values()}
    answered = {(answer.pnr, answer.id) for _, answer in streams.answered}
    for of, notice in record.sent.items():
        is_of_a_booking = of in record.facts or of in record.offered or seats_notice_of(notice.id) is not None
        if notice.pnr not in streams.bookings or is_of_a_booking or of in answered:
            continue
        if notice.care != notice.id and streams.whole:
            yield f"{notice.pnr} was notified of {notice.id}, which is no fact"
        if not decided.get(of, notice.sent_at) - CLOCKS <= notice.sent_at <= streams.now + CLOCKS:
            yield f"{notice.pnr} was notified of what it is owed, {notice.id}, at {notice.sent_at.isoformat()}"


def _recorded_twice(sent: Iterable[NoticeSent]) -> Iterator[NoticeSent]:
    """Records that differ and are about one notice, of which there is one: the stream keeps the last."""
    seen: dict[_Of, NoticeSent] = {}
    for notice in sent:
        if seen.setdefault((notice.pnr, notice.id), notice) != notice:
            yield notice


def _faults(
    journey: Journey,
    latest: BookingFact | None,
    own: list[BookingFact],
    record: _Record,
    steps: Sequence[Step],
    *,
    is_cut: bool,
) -> Iterator[str]:
    """`latest`: None if the reservation system has changed the journey since. `own`: all its facts. `steps`: what happened to
    it. `is_cut`: what happened to it before it was split from another booking is gone."""
    last = next((step for step in reversed(steps) if not step.is_offer), None)
    last_id = steps[-1].id if steps else ""
    if latest is None:
        is_sold = last is None or last.is_amendment
        is_as_it_was = (journey.state == "ticketed") == is_sold and journey.last_fact == last_id
        if not is_cut and not is_as_it_was:
            yield f"is {journey.state}, and has no fact"
    elif last_id != journey.last_fact:
        yield f"is {journey.state} by plan {journey.last_fact}, its latest fact is {last_id}"
    else:
        yield from _not_sent(latest, record)
    for fact in own:
        of = (fact.pnr, fact.id)
        if of not in record.ended:
            yield f"has {fact.id}, of whose notice nothing became"
        if (late := record.pointless.get(of)) and not _is_timely(late.at, fact, record.streams.now):
            yield f"has {fact.id}, decided at {fact.decided_at.isoformat()} and pointless at {late.at.isoformat()}"
        if notice := record.sent.get(of):
            left_out = [before.id for before in record.before(fact) if before.id not in notice.covers]
            yield from (f"was notified of {fact.id}, and never of {id_} before it" for id_ in left_out)


def _not_sent(fact: BookingFact, record: _Record) -> Iterator[str]:
    """Why the party should have had a letter about its latest fact, if it had none."""
    of = (fact.pnr, fact.id)
    if of in record.sent or record.is_in_an_offer(fact):
        return
    late = record.pointless.get(of)
    if late is None:
        yield f"was not notified of {fact.id}{_why(record.failed.get(of))}"
    elif ahead := still_ahead(fact, _known_trip(fact, record), late.at, record.streams.flights):
        yield f"was not notified of {fact.id}, which is recorded as pointless: {ahead}"


def _not_asked(journey: Journey, offers: Sequence[TripOffered], record: _Record) -> Iterator[str]:
    """Why no letter asked the party what it was to be asked, or informed it of who is."""
    for offer in offers:
        of, is_open = (offer.pnr, offer.id), journey.offer == offer.id
        late = record.pointless.get(of)
        if of in record.sent:
            continue
        if of not in record.ended or (is_open and late is None):
            yield f"has the offer {offer.id}, of which no letter went out{_why(record.failed.get(of))}"
        elif late and is_open and late.at < offer.until - CLOCKS:
            yield f"has the offer {offer.id}, whose letter is recorded as pointless while it could be answered"


def _is_timely(at: datetime, fact: BookingFact, now: datetime) -> bool:
    return fact.decided_at - CLOCKS <= at <= now + CLOCKS


def _known_trip(fact: BookingFact, record: _Record) -> tuple[Leg, ...]:
    """The trip in the last letter before this fact."""
    return [fact, *record.before(fact)][-1].before


def _why(failed: NoticeFailed | None) -> str:
    if failed is None:
        return ""
    goes_on = f"tried again at {failed.again_at.isoformat()}" if failed.again_at else "not tried again"
    return f": no channel accepted the letter in {failed.attempts} attempts, it is {goes_on}"
