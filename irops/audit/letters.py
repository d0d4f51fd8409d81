"""Letters: whether what a party was informed of is what holds for it.

A letter is written from a fact, so the facts are judged: the latest against booking and waitlist, each against the one before
it and against what happened to its flights, and the notice against the time of its fact.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, pairwise

from contracts.flights import Change, Flight
from contracts.ledger import BookingFact, BookingKept, BookingStranded, Disruption, JourneyKey, Leg, SeatsDisrupted
from contracts.names import BY_LAND, Airport, FlightKey, Id, Pnr, origin_of
from contracts.notices import NoticeSent
from contracts.offers import TripOffered
from contracts.reservations import BookingAmended
from irops.audit.findings import Findings
from irops.audit.history import NO_PAST, Past, known_from
from irops.audit.journeys import PartyJourney, Step, Steps, after, as_booked, broken_chain
from irops.audit.marks import mismarked
from irops.audit.overdue import has_declined, marked_wrongly
from irops.audit.presumption import planned_from_home
from irops.audit.rules import RuleBook, TripRules
from irops.audit.stays import was_too_short
from irops.audit.stops import is_one_flight
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS

_ELSEWHERE: tuple[Change, ...] = ("diverted", "landed", "returned")
_ON_THE_WAY: tuple[Change, ...] = (*_ELSEWHERE, "departed", "arrived")
_CHANGES: Mapping[Disruption, tuple[Change, ...]] = {
    "cancelled": ("cancelled",),
    "retimed": ("retimed", "restored", *_ON_THE_WAY),
    "downgauged": ("re-equipped",),
    "diverted": _ELSEWHERE,
    "misconnected": ("retimed", "estimated", "restored", *_ON_THE_WAY),
}
"""For each reason, the changes of which one must have happened to a flight of the party's."""
_INDIRECT: Mapping[Disruption, tuple[Change, ...]] = {
    "retimed": ("restored", *_ON_THE_WAY),
    "diverted": _ELSEWHERE,
    "misconnected": ("retimed", "estimated", "restored", *_ON_THE_WAY),
}
"""Reasons without a disruption of that kind, and what happened then: a connection may be lost to a flight that left or came in
late, and a flight whose disruption is over has at most other times."""


_Disrupted = Mapping[FlightKey, Sequence[tuple[int, SeatsDisrupted]]]
_Amendment = tuple[int, BookingAmended]
"""A change of a booking, by its sequence."""


def misinformed(
    streams: Streams,
    journeys: list[PartyJourney],
    pasts: Mapping[FlightKey, Past],
    steps: Steps,
    *,
    book: RuleBook,
) -> Findings:
    """Parties, each once, that were informed of what does not hold for them, or of what did not happen."""
    found = Findings()
    sent: dict[Pnr, list[NoticeSent]] = {}
    for notice in streams.sent:
        sent.setdefault(notice.pnr, []).append(notice)
    disrupted: dict[FlightKey, list[tuple[int, SeatsDisrupted]]] = {}
    for sequence, disruption in streams.disrupted:
        disrupted.setdefault(disruption.flight, []).append((sequence, disruption))
    addresses: dict[Pnr, list[_Amendment]] = {}
    for sequence, change in sorted(streams.amended, key=lambda pair: pair[0]):
        if isinstance(change, BookingAmended):
            addresses.setdefault(change.pnr, []).append((sequence, change))
    offered: dict[JourneyKey, list[tuple[int, TripOffered]]] = {}
    for sequence, offer in streams.offered:
        offered.setdefault((offer.pnr, offer.journey), []).append((sequence, offer))
    have = {journey.key for journey in journeys}
    given_up: dict[Pnr, list[Step]] = {}
    for (pnr, number), own in steps.items():
        if (pnr, number) not in have:
            given_up.setdefault(pnr, []).extend(own)
    last: PartyJourney | None = None
    for journey in journeys:
        if journey.pnr in streams.expired:
            continue
        before = last if last is not None and last.pnr == journey.pnr else None
        last = journey
        wrong = next(
            _faults(
                journey,
                before,
                given_up.get(journey.pnr, ()),
                streams,
                pasts,
                disrupted,
                sent.get(journey.pnr, []),
                addresses.get(journey.pnr, []),
                offered.get(journey.key, []),
                book,
            ),
            None,
        )
        if wrong is not None:
            found.add(f"{journey.name} {wrong}")
    return found


def _faults(
    journey: PartyJourney,
    before: PartyJourney | None,
    given_up: Sequence[Step],
    streams: Streams,
    pasts: Mapping[FlightKey, Past],
    disrupted: _Disrupted,
    sent: list[NoticeSent],
    addresses: Sequence[_Amendment],
    offered: Sequence[tuple[int, TripOffered]],
    book: RuleBook,
) -> Iterator[str]:
    facts = journey.facts
    if journey.decided and journey.decided.is_amendment:
        yield from _not_as_amended(journey, journey.decided)
    elif facts:
        yield from _not_as_booked(journey, facts[-1], streams)
    yield from broken_chain(journey.steps, whole=journey.whole)
    asked = {offer.id: offer.decided_at for _, offer in offered}
    yield from _untimely(facts, sent, asked, now=streams.now)
    if not (before and before.decided):
        yield from _late_for_nothing(journey, before, given_up, pasts, book)
    yield from _unticketed(journey, facts, sent)
    if streams.whole and any(fact.reason == "amended" for fact in facts) and not addresses:
        yield "was informed that its booking was changed, and it was not"
    ends = _ends(before, given_up)
    for sequence, fact in journey.own:
        yield from _misaddressed(_address_at(sequence, addresses, journey), fact)
        if all(at < sequence for at, _ in addresses):  # what was sold, and what the party needs, is as it was
            yield from mismarked(journey, fact, streams, pasts, book.of(fact, journey))
        heard = math.inf if streams.redacted else sequence
        yield from _unfounded(fact, ends, heard, disrupted, pasts, streams.flights, whole=streams.whole)
        yield from _unconnected(fact, pasts, book.of(fact, journey))
        if isinstance(fact, BookingKept):
            yield from _misdiverted(fact, disrupted, pasts)
            if _seats(fact.before) != _seats(fact.after):
                yield f"keeps other flights than it had ({fact.id})"
        if isinstance(fact, BookingStranded) and fact in journey.facts_since:
            yield from _misplaced(journey, fact, pasts, book.of(fact, journey))
    asks = (_wrongly_asked(journey, *each, addresses, streams, pasts, disrupted, ends, book) for each in offered)
    yield from chain.from_iterable(asks)
    yield from marked_wrongly(journey, book)
    yield from planned_from_home(journey, streams.flights, pasts, book)
    yield from _misnamed(journey, streams)
    for step in journey.steps:
        yield from _never_given(step, pasts)
    if journey.facts_since and journey.whole:
        yield from _not_between(journey, journey.facts_since[0], book.of(journey.facts_since[0], journey))
    if facts and journey.whole and journey.amended is None:
        yield from _not_as_sold(journey, facts[0], streams)


def _wrongly_asked(
    journey: PartyJourney,
    sequence: int,
    offer: TripOffered,
    addresses: Sequence[_Amendment],
    streams: Streams,
    pasts: Mapping[FlightKey, Past],
    disrupted: _Disrupted,
    ends: Collection[FlightKey],
    book: RuleBook,
) -> Iterator[str]:
    """What would be wrong with the facts that book the trips which are offered."""
    fact, rules = as_booked(offer), book.at(sequence, offer.rules, journey)
    yield from _misaddressed(_address_at(sequence, addresses, journey), fact)
    if all(at < sequence for at, _ in addresses):
        judged = offer.trips if offer.trip_marks else offer.trips[:1]
        for option in (at for at, trip in enumerate(judged) if trip):
            yield from mismarked(journey, as_booked(offer, option), streams, pasts, rules)
    if offer.trip_marks and (len(offer.trip_marks) != len(offer.trips) or offer.trip_marks[0] != offer.marks):
        yield f"was asked about {len(offer.trips)} trips, and the marks of others are known ({offer.id})"
    heard = math.inf if streams.redacted else sequence
    yield from _unfounded(fact, ends, heard, disrupted, pasts, streams.flights, whole=streams.whole)
    yield from _unconnected(fact, pasts, rules)


def _late_for_nothing(
    journey: PartyJourney,
    before: PartyJourney | None,
    given_up: Sequence[Step],
    pasts: Mapping[FlightKey, Past],
    book: RuleBook,
) -> Iterator[str]:
    """A party that could not be in time for its journey, though none before it had changed, and its flights left time enough.
    `given_up`: what happened to those that its booking has no more: one of them may have come before, and that it is given up
    is no such change."""
    for sequence, fact in zip(journey.sequences, journey.facts, strict=True):
        if fact.reason != "unreachable":
            continue
        if any(step.sequence < sequence and (step.after or not step.is_amendment) for step in given_up):
            continue
        if not before or not was_too_short(before.legs[-1:], fact, pasts, book.of(fact, journey)):
            yield "was informed that it could not be in time, and no journey before it has changed"
            return


def _not_as_amended(journey: PartyJourney, latest: Step) -> Iterator[str]:
    """The booking against what the reservation system changed last."""
    if (journey.legs, journey.last_fact) != (latest.after, journey.steps[-1].id):
        yield f"has other flights, times or cabins than the reservation system gave it ({latest.id})"
    if journey.state != "ticketed":
        yield f"is {journey.state}, and has no fact since {latest.id}"


def _unticketed(journey: PartyJourney, facts: Sequence[BookingFact], sent: Sequence[NoticeSent]) -> Iterator[str]:
    """Seats that were called confirmed while the ticket did not show them, as far as is known, and tickets that cannot show the
    trip."""
    confirmed = {notice.id for notice in sent if notice.confirms}
    for fact in facts:
        if fact.documents in ("reissue_due", "failed") and fact.id in confirmed:
            yield f"was notified of confirmed seats by {fact.id}, while its documents were {fact.documents}"
        sold = not isinstance(fact, BookingStranded) and (
            tuple(leg.flight for leg in fact.after) == journey.ticket.flights
        )
        if fact.documents is None and fact.id in confirmed and not sold:
            yield f"was notified of confirmed seats by {fact.id}, on flights that no ticket is known to show"
        if fact.documents in ("in_sync", "reissued") and _seats(after(fact)) != _seats(fact.before):
            yield f"was given other flights by {fact.id}, and its documents are {fact.documents}"


def _not_as_booked(journey: PartyJourney, latest: BookingFact, streams: Streams) -> Iterator[str]:
    """The booking, and a diversion of its flights that it was answered for, against the latest fact."""
    if isinstance(latest, BookingStranded):
        if journey.state != "stranded" or journey.legs:
            yield f"is {journey.state} with {len(journey.legs)} flights, and stranded by its latest fact"
        if journey.held != latest.held:
            yield f"keeps other seats than by its latest fact, {latest.id}"
        entry = streams.waiting.get(journey.key)
        if entry and (entry.origin, entry.destination, entry.flown) != (
            latest.origin,
            latest.destination,
            latest.flown,
        ):
            facts = f"by its latest fact from {latest.origin} to {latest.destination}"
            yield f"waits from {entry.origin} to {entry.destination}, {facts}"
        if entry and entry.declined != has_declined(journey.facts):
            yield f"waits, and has {'' if entry.declined else 'not '}declined a trip by the waitlist, otherwise by its facts"
        return
    if latest.after != journey.legs:
        yield f"has other flights, times or cabins than its latest fact, {latest.id}"
    state = "kept" if tuple(leg.flight for leg in journey.legs) == journey.ticket.flights else "rebooked"
    if journey.state != state:
        yield f"is {journey.state}, and {state} by its flights"
    flights = [(leg, ledger) for leg in journey.legs if (ledger := streams.seats.get(leg.flight))]
    if isinstance(latest, BookingKept) and all(leg.answered >= ledger.last_for_all for leg, ledger in flights):
        diverted = [ledger.diverted_to for _, ledger in flights if ledger.diverted_to]
        if latest.diverted_to != (diverted[-1] if diverted else None):
            yield f"lands at {diverted[-1] if diverted else 'its destination'}, by {latest.id} at {latest.diverted_to}"


def _misdiverted(fact: BookingKept, disrupted: _Disrupted, pasts: Mapping[FlightKey, Past]) -> Iterator[str]:
    """Another landing than that of the disruptions which the party was answered for with this fact."""
    possible: set[Airport | None] = {None}
    for leg in fact.after:
        own = {disruption.n: disruption for _, disruption in disrupted.get(leg.flight, ())}
        if leg.answered and leg.answered not in own:
            return  # it has expired
        past = pasts.get(leg.flight, NO_PAST)
        # That a connection is broken says nothing of where it lands.
        named = [own[n] for n in sorted(own) if n <= leg.answered and own[n].kind != "misconnected"]
        to = {named[-1].diverted_to} if named else {None, *(change.state.diverted_to for change in past.changes)}
        cancelled = [change for change in past.changes if change.change == "cancelled"]
        if not past.whole or len(cancelled) > sum(each.kind == "cancelled" for each in own.values()):
            to.add(None)  # a cancellation disrupts no flight without holders
        possible = (to - {None}) | (possible if None in to else set())
    if fact.diverted_to not in possible:
        lands = " or ".join(sorted(place or "its destination" for place in possible))
        yield f"was informed that it lands at {fact.diverted_to or 'its destination'}, and lands at {lands} ({fact.id})"


def _untimely(
    facts: tuple[BookingFact, ...], sent: list[NoticeSent], offers: Mapping[Id, datetime], *, now: datetime
) -> Iterator[str]:
    """Decisions of the future, and notices from before the decision, of the future, or of no known fact."""
    decided: dict[Id, datetime] = {**offers, **{fact.id: fact.decided_at for fact in facts}}
    for fact in facts:
        if fact.decided_at > now + CLOCKS:
            yield f"{fact.id} was decided at {fact.decided_at.isoformat()}, after now"
    for before, fact in pairwise(facts):
        if fact.decided_at < before.decided_at - CLOCKS:
            yield f"{fact.id} was decided before {before.id}, which it follows"
    for notice in sent:
        if notice.id not in decided:
            continue
        if not decided[notice.id] - CLOCKS <= notice.sent_at <= now + CLOCKS:
            yield f"was notified of {notice.id} at {notice.sent_at.isoformat()}, decided at {decided[notice.id].isoformat()}"
        if unknown := [id_ for id_ in notice.covers if id_ not in decided]:
            yield f"was notified of {unknown[0]}, which is no fact"


def _address_at(sequence: int, addresses: Sequence[_Amendment], journey: PartyJourney) -> tuple[str, str]:
    """Contact and language as the booking had them when this fact was written."""
    later = next((change for at, change in addresses if at > sequence), None)
    if later is None or later.before is None:
        return journey.party.contact, journey.party.language
    return later.before.contact, later.before.language


def _misaddressed(had: tuple[str, str], fact: BookingFact) -> Iterator[str]:
    contact, language = had
    if fact.contact != contact:
        yield f"was written to at another address than its own ({fact.id})"
    if fact.language != language:
        yield f"was written to in {fact.language}, its language is {language}"


def _unfounded(
    fact: BookingFact,
    ends: Collection[FlightKey],
    upto: float,
    disrupted: _Disrupted,
    pasts: Mapping[FlightKey, Past],
    flights: Mapping[FlightKey, Flight],
    *,
    whole: bool,
) -> Iterator[str]:
    """A reason that no flight of the party's gave. A party that had no flights waited, and its letter gives no reason."""
    broken_by = fact.broken_by
    if fact.reason == "unreachable" and broken_by is not None:
        yield from _broken_elsewhere(fact, broken_by, ends, pasts)
    elif broken_by is not None and fact.reason != "misconnected":
        yield f"was informed that {broken_by} broke a connection, and that its trip was {fact.reason} ({fact.id})"
    if not fact.before or fact.reason not in _CHANGES:
        return
    connects = len(fact.before) > 1 and (broken_by is None or broken_by in {leg.flight for leg in fact.before})
    if not connects and (fact.reason == "misconnected" or broken_by is not None):
        yield f"was informed that {broken_by or 'a flight'} broke a connection that it did not have ({fact.id})"
    had = [pasts.get(leg.flight, NO_PAST) for leg in fact.before]
    by = fact.decided_at + CLOCKS
    through = any(is_one_flight(leg.flight, following.flight, flights) for leg, following in pairwise(fact.before))
    by_land = fact.reason == "retimed" and any(change.state.mode in BY_LAND for past in had for change in past.changes)
    swapped = ("re-equipped",) if by_land or (through and fact.reason == "misconnected") else ()
    culprit = pasts.get(broken_by or "", NO_PAST)
    overdue = any(leg.flight == broken_by and leg.departs <= fact.decided_at for leg in fact.before)
    stayed = overdue and not culprit.had("departed", by=by)
    its_aircraft = [
        pasts.get(leg.flight, NO_PAST)
        for leg, following in pairwise(fact.before)
        if following.flight == broken_by and is_one_flight(leg.flight, following.flight, flights)
    ]
    moved = any(past.had(*_CHANGES["misconnected"], *swapped, by=by) for past in (culprit, *its_aircraft))
    if broken_by is not None and not stayed and not moved:
        yield f"was informed that {broken_by} broke its connection, whose times are as they were ({fact.id})"
    possible = (*_CHANGES[fact.reason], *swapped)
    happened = any(past.had(*possible, by=by) for past in had)
    if happened and whole:
        unanswered = {
            disruption.kind
            for leg in fact.before
            for sequence, disruption in disrupted.get(leg.flight, ())
            if disruption.n > leg.answered and sequence < upto
        }
        indirect = _INDIRECT.get(fact.reason, ())
        happened = fact.reason in unanswered or any(past.had(*indirect, by=by) for past in had)
        lost = fact.reason == "cancelled" and not isinstance(fact, BookingKept)
        happened = happened or (lost and any(_is_cancelled(past, by) for past in had))
    if not happened:
        yield f"was informed that its trip was {fact.reason}, and none of its flights was ({fact.id})"


def _ends(before: PartyJourney | None, given_up: Iterable[Step]) -> set[FlightKey]:
    """The flights with which the journey before has ended at some time, or one that the booking has no more: it may have come
    before."""
    trips = [before.legs] if before else []
    for step in (*(before.steps if before else ()), *given_up):
        trips += [step.before, step.after]
    return {leg.flight for trip in trips for leg in trip[-1:]}


def _broken_elsewhere(
    fact: BookingFact, broken_by: FlightKey, ends: Collection[FlightKey], pasts: Mapping[FlightKey, Past]
) -> Iterator[str]:
    """A stay before the journey that this flight did not make too short: it is on neither side, or has the times it had."""
    if broken_by not in ends and broken_by not in {leg.flight for leg in fact.before[:1]}:
        yield f"was informed that {broken_by} left it no time, on neither side of its stay ({fact.id})"
    elif not pasts.get(broken_by, NO_PAST).had(*_CHANGES["misconnected"], by=fact.decided_at + CLOCKS):
        yield f"was informed that {broken_by} left it no time, whose times are as they were ({fact.id})"


def _is_cancelled(past: Past, by: datetime) -> bool:
    """Whether it was cancelled at this time: who was booked on it after that was named by no disruption."""
    known = [change.state.phase for change in past.changes if known_from(change.state) <= by]
    return known[-1:] == ["cancelled"]


def _unconnected(fact: BookingFact, pasts: Mapping[FlightKey, Past], rules: TripRules) -> Iterator[str]:
    """A trip, before or after, of which one flight leaves from another city than where the one before it landed."""
    for trip in (fact.before, after(fact)):
        for leg, following in pairwise(trip):
            places = pasts.get(leg.flight, NO_PAST).landings(leg.destination)
            if places is not None and rules.city(origin_of(following.flight)) not in {
                rules.city(place) for place in places
            }:
                yield f"is in {leg.destination} with {leg.flight}, and leaves with {following.flight} ({fact.id})"


def _never_given(step: Step, pasts: Mapping[FlightKey, Past]) -> Iterator[str]:
    """Times, before or after, that the flight never had."""
    for leg in (*step.before, *step.flown, *step.after):
        given = pasts.get(leg.flight, NO_PAST).given
        if given is not None and (leg.departs not in given[0] or leg.arrives not in given[1]):
            yield f"had times of {leg.flight} that it never had ({step.id})"


def _misnamed(journey: PartyJourney, streams: Streams) -> Iterator[str]:
    """Flights under numbers that they are not sold under, or to where they do not fly."""
    held = (leg for fact in journey.facts if isinstance(fact, BookingStranded) for leg in fact.held)
    steps = (leg for step in journey.steps for leg in (*step.before, *step.flown, *step.after))
    for leg in (*journey.legs, *held, *steps):
        state = streams.flights.get(leg.flight)
        if state is not None and leg.sold_as is not None and leg.sold_as not in state.sold_as:
            yield f"has {leg.flight} as {leg.sold_as}, under which it is not sold"
    for fact in journey.facts:
        for leg in (*fact.before, *after(fact)):
            state = streams.flights.get(leg.flight)
            if state is not None and leg.destination != state.destination:
                yield f"has {leg.flight} to {leg.destination}, which flies to {state.destination} ({fact.id})"


def _misplaced(
    journey: PartyJourney, fact: BookingStranded, pasts: Mapping[FlightKey, Past], rules: TripRules
) -> Iterator[str]:
    """Stranded elsewhere than where its flights had brought it."""
    if fact.destination != journey.ticket.destination:
        yield f"waits for {fact.destination}, its ticket ends in {journey.ticket.destination}"
    if fact.reason in ("lapsed", "overdue") or (fact.offer and not fact.before):
        return  # it waited, and is where it was: `held` compares the two
    if _sold(fact.flown) != _sold(fact.before[: len(fact.flown)]):
        yield f"has flown flights that it did not have ({fact.id})"
    for leg, had in zip(fact.flown, fact.before, strict=False):
        ends = pasts.get(leg.flight, NO_PAST).landings(had.destination)
        if ends is not None and leg.destination not in ends:
            yield f"got off {leg.flight} in {leg.destination}, where it has not landed ({fact.id})"
    places: set[Airport] | None
    if fact.flown:
        last = fact.flown[-1]
        places = pasts.get(last.flight, NO_PAST).landings(last.destination)
    else:
        places = {journey.ticket.origin} | {origin_of(leg.flight) for leg in fact.before[:1]}
    if places is not None and rules.city(fact.origin) not in {rules.city(place) for place in places}:
        yield f"waits in {fact.origin}, and is in {' or '.join(sorted(places))}"


def _not_between(journey: PartyJourney, first: BookingFact, rules: TripRules) -> Iterator[str]:
    """The trip before the first fact, or the first since the reservation system gave it, leads where its ticket does."""
    if first.before:
        ends = (rules.city(origin_of(first.before[0].flight)), rules.city(first.before[-1].destination))
        if ends != (rules.city(journey.ticket.origin), rules.city(journey.ticket.destination)):
            yield f"had flights from {ends[0]} to {ends[1]} before {first.id}"


def _not_as_sold(journey: PartyJourney, first: BookingFact, streams: Streams) -> Iterator[str]:
    """The trip before the first fact is the ticket's, or one that was disrupted: a party may have been moved before its booking
    was imported."""
    flights = tuple(leg.flight for leg in first.before)
    if flights == journey.ticket.flights:
        return
    named = any(first.pnr in disruption.parties and disruption.flight in flights for _, disruption in streams.disrupted)
    if not named:
        yield f"had other flights before {first.id} than its ticket's"


def _sold(legs: tuple[Leg, ...]) -> list[tuple[str, str, str | None, bool]]:
    """The seats and how they were sold."""
    return [(leg.flight, leg.cabin, leg.sold_as, leg.married) for leg in legs]


def _seats(legs: tuple[Leg, ...]) -> list[tuple[str, str]]:
    return [(leg.flight, leg.cabin) for leg in legs]
