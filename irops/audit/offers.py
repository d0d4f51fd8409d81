"""Offers: what became of each, by the facts alone, and whether that is what was offered, and in time.

An offer is open from the fact that makes it until the first that ends it: an answer, its default, a later decision about the
journey, a change of the booking, or its withdrawal. The states of the ledger are compared with that.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import dropwhile

from contracts.ledger import BookingChanged, BookingFact, BookingStranded, JourneyKey, Leg, SeatsDisrupted
from contracts.names import FlightKey, Id, Pnr, origin_of
from contracts.offers import AnswerRefused, Offer, OfferAnswered, TripOffered
from contracts.plans import PlanRefused
from contracts.reservations import BookingContradicted
from irops.audit.apart import kept_apart
from irops.audit.brakes import BrakeBook
from irops.audit.echoes import Echoes
from irops.audit.findings import Findings
from irops.audit.gates import there_from
from irops.audit.history import NO_PAST, Past, known_from
from irops.audit.journeys import PartyJourney, after, as_written, following
from irops.audit.outlook import Outlook, is_open
from irops.audit.rules import RuleBook, TripRules
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS

Of = tuple[Pnr, Id]
"""A PNR, and the id of an offer or of an answer to one."""


@dataclass(frozen=True)
class Made:
    """An offer that was made, and what has ended it."""

    sequence: int
    """In LEDGER."""
    fact: TripOffered
    answers: Sequence[tuple[int, BookingFact]]
    """Those that name it, by their sequences."""
    ended_at: float
    """The sequence of whatever ended it first; infinity: it is open."""

    @property
    def is_open(self) -> bool:
        return self.ended_at == float("inf")


@dataclass(frozen=True)
class OfferBook:
    """Every offer on record."""

    streams: Streams

    @cached_property
    def made(self) -> Mapping[Of, Made]:
        """By PNR and id."""
        answers: defaultdict[Of, list[tuple[int, BookingFact]]] = defaultdict(list)
        following: defaultdict[JourneyKey, list[int]] = defaultdict(list)
        for sequence, fact in sorted(self.streams.facts, key=lambda pair: pair[0]):
            following[fact.pnr, fact.journey].append(sequence)
            if fact.offer:
                answers[fact.pnr, fact.offer].append((sequence, fact))
        for sequence, offered in self.streams.offered:
            following[offered.pnr, offered.journey].append(sequence)
        for sequence, change in self.streams.amended:
            if not isinstance(change, BookingContradicted):
                for journey in change.journeys:
                    following[change.pnr, journey.number].append(sequence)
        ends: defaultdict[Of, list[int]] = defaultdict(list)
        for sequence, refused in self.streams.withdrawn:
            ends[refused.pnr, refused.id].append(sequence)

        def first(after: int, *sequences: Sequence[int]) -> float:
            return min((at for each in sequences for at in each if at > after), default=float("inf"))

        found = {}
        for sequence, offered in sorted(self.streams.offered, key=lambda pair: pair[0]):
            of, key = (offered.pnr, offered.id), (offered.pnr, offered.journey)
            found[of] = Made(sequence, offered, answers[of], first(sequence, following[key], ends[of]))
        return found

    @cached_property
    def asked(self) -> Set[JourneyKey]:
        """The journeys about which someone is asked, and may answer still: they have no answer yet, and will have one."""
        return {key for key, offer in self.streams.offers.items() if self.streams.now <= offer.until + CLOCKS}

    @cached_property
    def declined(self) -> Set[JourneyKey]:
        """The journeys that wait for a person, since no one agreed to what was offered, or for nothing by their own wish."""
        return {key for key, entry in self.streams.waiting.items() if entry.declined or entry.left}


def misjudged_offers(
    streams: Streams,
    offers: OfferBook,
    journeys: Sequence[PartyJourney],
    pasts: Mapping[FlightKey, Past],
    brakes: BrakeBook,
    *,
    book: RuleBook,
) -> Findings:
    """Offers, answers and facts, each once, that contradict one another, or came too late."""
    found = Findings()
    check = _Check(streams, offers, {journey.key: journey for journey in journeys}, pasts, brakes, book)
    for of, made in offers.made.items():
        if of[0] not in streams.expired and (wrong := next(check.offer(made), None)):
            found.add(f"{of[0]} offer {of[1]} {wrong}")
    facts = {of: made.fact for of, made in offers.made.items()}
    apart = kept_apart(streams, check.given, facts, check.journeys)
    for fault in (*check.states(), *check.unexplained(), *check.replies(), *apart):
        found.add(fault)
    return found


@dataclass(frozen=True)
class _Check:
    streams: Streams
    offers: OfferBook
    journeys: Mapping[JourneyKey, PartyJourney]
    pasts: Mapping[FlightKey, Past]
    brakes: BrakeBook
    book: RuleBook

    @cached_property
    def echoes(self) -> Echoes:
        return Echoes(self.streams)

    def begins_behind(self, journey: PartyJourney) -> list[Leg]:
        """What the journey after this one begins with, or has begun with."""
        after = self.following.get(journey.key)
        return after.first_flights if after else []

    @cached_property
    def following(self) -> Mapping[JourneyKey, PartyJourney]:
        return following(self.journeys.values())

    @cached_property
    def given(self) -> Mapping[Of, Sequence[OfferAnswered]]:
        """What was answered, by PNR and id; the same answer may be there again."""
        found: defaultdict[Of, list[OfferAnswered]] = defaultdict(list)
        for reply in self.streams.replies:
            found[reply.pnr, reply.id].append(reply)
        return found

    @cached_property
    def disrupted(self) -> Mapping[FlightKey, Sequence[tuple[int, SeatsDisrupted]]]:
        """By flight, each disruption, with its sequence."""
        found: defaultdict[FlightKey, list[tuple[int, SeatsDisrupted]]] = defaultdict(list)
        for sequence, disruption in sorted(self.streams.disrupted, key=lambda pair: pair[0]):
            found[disruption.flight].append((sequence, disruption))
        return found

    # One offer.

    def offer(self, made: Made) -> Iterator[str]:
        journey = self.journeys.get((made.fact.pnr, made.fact.journey))
        yield from self._as_made(made, journey)
        if len(made.answers) > 1:
            yield "was answered twice"
        for _, refusal in self.streams.withdrawn:
            if (refusal.pnr, refusal.id) == (made.fact.pnr, made.fact.id):
                yield from _withdrawn_otherwise(refusal, made.fact)
        for sequence, fact in made.answers:
            yield from self._answered(made, sequence, fact, journey)
        if made.is_open and journey is not None:
            yield from self._open(made, journey)
        elif not made.is_open and not any(self.brakes.in_force(int(made.ended_at), made.fact.until)):
            yield from self.echoes.passed_over(made.fact, made.ended_at, self._changed_since(made))

    def _changed_since(self, made: Made) -> Set[FlightKey]:
        """Flights of which the offered trips may not have held any more when the offer ended."""
        flights = {leg.flight for trip in made.fact.trips for leg in trip}
        if not self.streams.whole or self.streams.redacted or self._moved_closer(made.fact, self.streams.now):
            return flights
        return {each for each in flights if any(at > made.sequence for at, _ in self.disrupted.get(each, ()))}

    def _as_made(self, made: Made, journey: PartyJourney | None) -> Iterator[str]:
        fact = made.fact
        if not fact.trips or not all(fact.trips):
            yield "has no trip"
            return
        if len(fact.options) != len(fact.trips) or len(set(fact.options)) < len(fact.options):
            yield f"has {len(fact.trips)} trips, under {len(set(fact.options))} ids"
        if fact.offer or fact.answered_by:
            yield "is the answer to another"
        had = _seats(fact.before)
        if any(_seats(trip) == had for trip in fact.trips):
            yield "has the trip that the party had"
        if fact.stands and not fact.before:
            yield "leaves a trip as it is, and there is none"
        if _seats(fact.after) != had:
            yield "has another present trip than the party had"
        if fact.decided_at > self.streams.now + CLOCKS:
            yield f"was made at {fact.decided_at.isoformat()}, after now"
        if [(leg.destination, leg.sold_as, leg.married) for leg in fact.after] != [
            (leg.destination, leg.sold_as, leg.married) for leg in fact.before
        ]:
            yield "has the present trip under other numbers, or to elsewhere"
        yield from (f"has {why}" for trip in (fact.after, *fact.trips) for why in self._unlike_its_flights(trip))
        if journey is None:
            return
        rules = self.book.at(made.sequence, fact.rules, journey)
        yield from self._in_time(made, rules)
        yield from self._stands(made, journey, rules)
        if not (journey.amended and journey.amended.sequence > made.sequence):
            yield from (why for trip in fact.trips for why in self._astray(trip, fact, journey, rules))

    def _astray(
        self, trip: Sequence[Leg], offer: TripOffered, journey: PartyJourney, rules: TripRules
    ) -> Iterator[str]:
        """A trip that does not lead from where the party was to where its ticket ends."""
        ticket = journey.ticket
        starts = [ticket.origin, *(origin_of(leg.flight) for leg in offer.before[:1])]
        starts += [fact.origin for fact in journey.facts if isinstance(fact, BookingStranded)]
        if rules.city(origin_of(trip[0].flight)) not in {rules.city(start) for start in starts}:
            yield f"begins with {trip[0].flight}, and the party is in {starts[-1]}"
        if rules.city(trip[-1].destination) != rules.city(ticket.destination):
            yield f"ends in {trip[-1].destination}, and the ticket in {ticket.destination}"

    def _stands(self, made: Made, journey: PartyJourney, rules: TripRules) -> Iterator[str]:
        """A present trip that could be flown and is to be given up, or the reverse."""
        offer, legs = made.fact, made.fact.before
        gone = [leg.flight for leg in legs if self._is_gone(leg.flight, made)]
        if offer.stands and gone and not self.streams.redacted:
            yield f"leaves a trip as it is, and {gone[0]} is cancelled"
        if (
            not offer.stands
            and legs
            and not gone
            and self._surely_flown(legs, made.sequence, offer.decided_at, journey, rules)
        ):
            yield f"is to have {_named(legs)} given up, which could be flown"

    def _is_gone(self, flight: FlightKey, made: Made) -> bool:
        """Whether it was cancelled by the last that the ledger had of it, and never flew again, as far as is known: one that
        is restored disrupts no one."""
        past, last = self.pasts.get(flight, NO_PAST), self._last_disruption(flight, made.sequence)
        if last is None or last.kind != "cancelled":
            return False
        if past.changes:
            return not past.had("restored", by=made.fact.decided_at + CLOCKS)
        return not self._flew_again(flight, last)

    def _flew_again(self, flight: FlightKey, cancelled: SeatsDisrupted) -> bool:
        """Whether it is not cancelled any more, or the ledger has more to say of its seats since: of a flight that stays
        cancelled there is nothing, and another cancellation is none that names anyone if all have left it by then."""
        ledger = self.streams.seats.get(flight)
        return self._flies(flight) or ledger is None or ledger.last_fact > cancelled.n

    def _flies(self, flight: FlightKey) -> bool:
        state = self.streams.flights.get(flight)
        return state is None or state.phase != "cancelled"

    def _last_disruption(self, flight: FlightKey, sequence: int) -> SeatsDisrupted | None:
        """Of this flight, before this LEDGER sequence."""
        return next((fact for at, fact in reversed(self.disrupted.get(flight, ())) if at < sequence), None)

    def _surely_flown(
        self, legs: Sequence[Leg], sequence: int, at: datetime, journey: PartyJourney, rules: TripRules
    ) -> bool:
        """Whether all of a trip could be flown, as far as was known before this LEDGER sequence. Not judged after another
        journey."""
        outlook = Outlook(self.streams, self.pasts, None, at, rules)
        inbound = (None, *legs)
        is_first = journey.number == self.streams.bookings[journey.pnr].journeys[0].number
        earlier = (fact for known, fact in zip(journey.sequences, journey.facts, strict=True) if known < sequence)
        there = there_from(legs[0].flight, earlier, rules, flights=self.streams.flights)
        if there is not None and at < there:  # it is on its way, and a flight brought forward does not wait
            there += rules.rules.at_the_gate
            if any(version.departs < there for version in outlook.versions(legs[0])):
                return False
        return is_first and not any(
            outlook.may_be_lost(leg, before, place=origin_of(leg.flight))
            for leg, before in zip(legs, inbound, strict=False)
        )

    def _unlike_its_flights(self, trip: Sequence[Leg]) -> Iterator[str]:
        for leg in trip:
            ledger = self.streams.seats.get(leg.flight)
            state, given = self.streams.flights.get(leg.flight), self.pasts.get(leg.flight, NO_PAST).given
            if given is not None and (leg.departs not in given[0] or leg.arrives not in given[1]):
                yield f"times of {leg.flight} that it never had"
            if state is not None and leg.sold_as is not None and leg.sold_as not in state.sold_as:
                yield f"{leg.flight} as {leg.sold_as}, under which it is not sold"
            if state is not None and leg.destination != state.destination:
                yield f"{leg.flight} to {leg.destination}, which flies to {state.destination}"
            past = self.pasts.get(leg.flight, NO_PAST)
            layouts = [change.state.seats for change in past.changes] + ([state.seats] if state else [])
            layouts += [ledger.capacity] if ledger else []
            may_have_had_it = not past.whole or past.had("re-equipped", by=self.streams.now + CLOCKS)
            if layouts and not may_have_had_it and not any(layout.get(leg.cabin, 0) for layout in layouts):
                yield f"{leg.cabin} on {leg.flight}, which has no such cabin"

    def _in_time(self, made: Made, rules: TripRules) -> Iterator[str]:
        """Whether there was time to answer, and the trips, old and new, could be had until then."""
        fact = made.fact
        if fact.until - fact.decided_at < rules.rules.least_to_answer:
            yield f"could be answered for {(fact.until - fact.decided_at) // timedelta(minutes=1)} min alone"
        latest = latest_answer(fact.trips[0], fact.before, fact.after if fact.stands else (), fact.decided_at, rules)
        if latest is not None and fact.until > latest:
            yield f"could be answered until {fact.until:%H:%M}, and its trip could not be had after {latest:%H:%M}"

    def _answered(self, made: Made, sequence: int, fact: BookingFact, journey: PartyJourney | None) -> Iterator[str]:
        offer = made.fact
        if fact.journey != offer.journey or sequence < made.sequence:
            yield f"is answered by {fact.id}, and was not made by then"
        elif sequence > made.ended_at:
            yield f"is answered by {fact.id}, and had ended"
        if fact.answered_by is None:
            yield from self._by_default(offer, fact)
        else:
            yield from self._by_someone(offer, fact)
        if (fact.reason, fact.broken_by) != (offer.reason, offer.broken_by):
            yield f"is answered by {fact.id}, which has another reason"
        if isinstance(fact, BookingStranded) and fact.before and journey is not None:
            rules = self.book.of(fact, journey)
            if offer.stands and self._surely_flown(fact.before, sequence, fact.decided_at, journey, rules):
                yield f"was left, and {_named(fact.before)} given up, which could be flown ({fact.id})"

    def _by_default(self, offer: TripOffered, fact: BookingFact) -> Iterator[str]:
        if _is_taken(fact) != (offer.default == "take"):
            yield f"was not answered, and is to be {_TAKEN[offer.default == 'take']} then; {fact.id} has it otherwise"
        yield from self._not_as_offered(offer, fact, "")
        if fact.decided_at < offer.until - CLOCKS and not self._moved_closer(offer, fact.decided_at):
            yield f"could be answered until {offer.until:%H:%M}, and was decided at {fact.decided_at:%H:%M} without"

    def _by_someone(self, offer: TripOffered, fact: BookingFact) -> Iterator[str]:
        replies = self.given.get((fact.pnr, fact.id), ())
        is_echoed = not replies and self.echoes.answering(fact)
        if fact.answered_by not in (offer.answerer, "desk") and not is_echoed:
            yield f"is for the {offer.answerer}, and was answered by the {fact.answered_by}"
        if fact.decided_at >= offer.until:
            yield f"was answered at {fact.decided_at:%H:%M}, and could be until {offer.until:%H:%M}"
        if is_echoed:
            if not _is_taken(fact) or _seats(after(fact)) not in [_seats(trip) for trip in offer.trips]:
                yield f"is answered by {fact.id}, a version of the booking, and not with one of its trips"
        elif not replies and self.streams.whole:
            yield f"is answered by {fact.id}, which no one has answered"
        for reply in replies[:1]:
            if (reply.offer, reply.journey, reply.by) != (offer.id, offer.journey, fact.answered_by):
                yield f"is answered by {fact.id}, which is the {reply.by}'s answer to {reply.offer}"
            if _is_taken(fact) != (reply.answer == "take"):
                yield f"is {_TAKEN[_is_taken(fact)]} by {fact.id}, and was to be {_TAKEN[reply.answer == 'take']}"
            yield from self._not_as_offered(offer, fact, reply.option)

    def _not_as_offered(self, offer: TripOffered, fact: BookingFact, option: Id) -> Iterator[str]:
        """Another trip than the one that was chosen."""
        if not isinstance(fact, BookingChanged):
            return
        trips = dict(zip(offer.options, offer.trips, strict=False))
        chosen = trips.get(option) if option else offer.trips[0]
        if chosen is None:
            yield f"has no option {option}, which was taken"
        elif _seats(chosen) != _seats(fact.after):
            yield f"is of {_named(chosen)}, and {_named(fact.after)} was booked"

    def _moved_closer(self, offer: TripOffered, by: datetime) -> bool:
        """Whether a flight of its may have been known to leave earlier than when it was made."""
        journey = self.journeys.get((offer.pnr, offer.journey))
        behind = self.begins_behind(journey) if journey else ()
        for leg in (*offer.trips[0], *offer.after, *behind):
            past = self.pasts.get(leg.flight, NO_PAST)
            if not past.whole or any(
                change.state.departs < leg.departs and known_from(change.state) <= by + CLOCKS
                for change in past.changes
            ):
                return True
        return False

    def _open(self, made: Made, journey: PartyJourney) -> Iterator[str]:
        """One that no fact has ended."""
        offer, state = made.fact, self.streams.offers.get((made.fact.pnr, made.fact.journey))
        if state is None or state.id != offer.id:
            if self.streams.whole:
                yield "has ended by no fact"
            return
        if self.streams.redacted or journey.key in self.brakes.waiting or self.brakes.stops(journey):
            return
        if self.streams.now > offer.until + CLOCKS:
            yield f"is open, and could be answered until {offer.until.isoformat()}"
        rules = self.book.now_for(journey)
        had = {leg.flight for leg in (*offer.before, *self._flown(journey))}
        for leg in offer.trips[0]:
            flight, ledger = self.streams.flights.get(leg.flight), self.streams.seats.get(leg.flight)
            if leg.flight in had or flight is None or ledger is None:
                continue
            if not is_open(flight, rules) and ledger.phase == flight.phase:
                yield f"is open, and {leg.flight} is {flight.phase}"
            closes = max(flight.departs, ledger.expected_departure) - rules.sold_from(
                origin_of(leg.flight), begins=False
            )
            if self.streams.now > closes + CLOCKS:
                yield f"is open, and {leg.flight} has been closed since {closes:%H:%M}"
        if wrong := self._kept_elsewhere(offer, journey):
            yield f"is open, and its seats are kept on {wrong}"
        if as_written(journey.legs) != as_written(offer.before):
            yield "is open, and the party has another trip than before"

    def _kept_elsewhere(self, offer: TripOffered, journey: PartyJourney) -> str:
        """Where seats are kept that are not those of its first trip which the party does not have; empty: nowhere."""
        booking = self.streams.bookings[journey.pnr]
        known = booking.journey(journey.number)
        kept = {(each.flight, each.cabin) for each in known.offered} if known else set()
        wanted = {*_seats(offer.trips[0])} - {*_seats(journey.legs), *_seats(journey.held)}
        flown = {*_seats(self._flown(journey))}
        return "" if kept == wanted - flown else " and ".join(sorted(flight for flight, _ in kept)) or "no flight"

    def _flown(self, journey: PartyJourney) -> Sequence[Leg]:
        """What a party without a trip has flown."""
        entry = self.streams.waiting.get(journey.key)
        return entry.flown if entry else ()

    # The ledger's states.

    def states(self) -> Iterator[str]:
        made = self.offers.made
        for (pnr, number), offer in sorted(self.streams.offers.items()):
            known = made.get((pnr, offer.id))
            if pnr in self.streams.expired or (known is None and not self.streams.whole):
                continue
            if known is None:
                yield f"{pnr} journey {number} has an open offer, {offer.id}, that was never made"
            elif not known.is_open:
                yield f"{pnr} journey {number} has an open offer, {offer.id}, that has ended"
            else:
                faults = (*_unlike(offer, known.fact), *self._closes_otherwise(offer, known))
                yield from (f"{pnr} journey {number} has an open offer that {wrong}" for wrong in faults[:1])

    def _closes_otherwise(self, offer: Offer, made: Made) -> Iterator[str]:
        """How long before which departure it is too late for an answer, where that is not by the rules."""
        journey, fact = self.journeys.get((made.fact.pnr, made.fact.journey)), made.fact
        if journey is None or not fact.trips:
            return
        rules = self.book.at(made.sequence, fact.rules, journey)
        had = {leg.flight for leg in (*journey.legs, *journey.held)}
        ahead = [leg for leg in fact.trips[0] if leg.departs > fact.decided_at]
        leads = {leg.flight: _leads(leg, rules) for leg in ahead if leg.flight not in had}
        present = {rules.rules.at_the_gate, rules.rules.given_up}
        behind = {leg.flight for leg in self.begins_behind(journey)}
        for flight in sorted(leads.keys() | offer.closes.keys()):
            lead, (least, most) = offer.closes.get(flight), leads.get(flight, (min(present), max(present)))
            is_own = flight in leads or flight in had or flight in behind
            if lead is None or not least <= lead <= most or not is_own:
                yield f"closes {lead} before {flight} leaves"
        if fact.stands and not offer.closes.keys() & had:
            yield "does not close before the present trip leaves"

    def unexplained(self) -> Iterator[str]:
        """Facts that answer what was never offered."""
        for _, fact in self.streams.facts:
            if fact.offer and (fact.pnr, fact.offer) not in self.offers.made and self.streams.whole:
                yield f"{fact.pnr} has {fact.id}, the answer to {fact.offer}, which was never offered"
            if fact.answered_by and not fact.offer:
                yield f"{fact.pnr} has {fact.id}, which the {fact.answered_by} has answered, and it is no answer"

    # Answers.

    def replies(self) -> Iterator[str]:
        refused: defaultdict[Of, list[tuple[int, AnswerRefused]]] = defaultdict(list)
        for sequence, refusal in self.streams.replies_refused:
            refused[refusal.pnr, refusal.id].append((sequence, refusal))
        decided: defaultdict[Of, list[BookingFact]] = defaultdict(list)
        for _, fact in self.streams.facts:
            if fact.answered_by:
                decided[fact.pnr, fact.id].append(fact)
        for of in sorted(self.given.keys() | refused.keys()):
            if of[0] in self.streams.expired or of[0] not in self.streams.bookings:
                continue
            faults = self._of_reply(self.given.get(of, ()), refused[of], decided[of])
            if wrong := next(faults, None):
                yield f"{of[0]} answer {of[1]} {wrong}"

    def _of_reply(
        self,
        replies: Sequence[OfferAnswered],
        refused: Sequence[tuple[int, AnswerRefused]],
        decided: Sequence[BookingFact],
    ) -> Iterator[str]:
        if len(refused) + len(decided) > 1:
            yield "was decided twice"
        if replies and not refused and not decided and not self._repeats(replies[0]):
            yield "was never decided"
        if not replies and self.streams.whole:
            yield "was refused, and never given"
        for sequence, refusal in refused:
            yield from self._refused(sequence, refusal, replies)

    def _repeats(self, reply: OfferAnswered) -> bool:
        """Whether it says what a version of the booking has answered before."""
        made = self.offers.made.get((reply.pnr, reply.offer))
        if made is None or (reply.answer, reply.by, reply.journey) != ("take", "system", made.fact.journey):
            return False
        trips = dict(zip(made.fact.options, made.fact.trips, strict=False))
        chosen = trips.get(reply.option) if reply.option else made.fact.trips[0]
        echoed = (fact for _, fact in made.answers if (fact.pnr, fact.id) not in self.given)
        return chosen is not None and any(
            self.echoes.answering(fact) and _seats(after(fact)) == _seats(chosen) for fact in echoed
        )

    def _refused(self, sequence: int, refusal: AnswerRefused, replies: Sequence[OfferAnswered]) -> Iterator[str]:
        """A refusal for which there was no reason, as far as facts show one."""
        made = self.offers.made.get((refusal.pnr, refusal.offer))
        reply = replies[0] if replies else None
        if reply is not None and (reply.offer, reply.journey) != (refusal.offer, refusal.journey):
            yield "was refused as the answer to another offer"
        if refusal.decided_at > self.streams.now + CLOCKS:
            yield "was refused after now"
        if made is None or not made.sequence < sequence < made.ended_at:
            if refusal.refusal not in ("unknown offer", "over") and (made is not None or self.streams.whole):
                yield f"was refused: {refusal.refusal}; and no such offer was open"
            return
        offer = made.fact
        is_asked = reply is None or reply.by in (offer.answerer, "desk")
        match refusal.refusal:
            case "unknown offer" if reply is None or reply.option in ("", *offer.options):
                yield "was refused: unknown offer; and it was open"
            case "over" if refusal.decided_at < offer.until - CLOCKS and not self._moved_closer(
                offer, refusal.decided_at
            ):
                yield f"was refused at {refusal.decided_at:%H:%M}: over; and it could be given until {offer.until:%H:%M}"
            case "not asked" if is_asked and reply is not None:
                yield f"was refused: not asked; and the {offer.answerer} was"
            case "full" if reply is not None and reply.option in ("", *offer.options[:1]):
                yield "was refused: full; and the seats were kept for it"
            case "paused" if not any(self.brakes.in_force(sequence, refusal.decided_at)):
                yield "was refused: paused; and no brake was in force"
            case _:
                if not is_asked and refusal.refusal != "not asked":
                    yield f"was refused: {refusal.refusal}; and the {offer.answerer} is asked"


def latest_answer(
    trip: Sequence[Leg], before: Sequence[Leg], present: Sequence[Leg], at: datetime, rules: TripRules
) -> datetime | None:
    """Until when this trip can be had at the latest, by what was known `at` this time: a flight of it that the party does not
    have closes, or the `present` one has to be flown. None: there is no such flight. The first ones, which have left by then,
    brought it to where it waits."""
    had = {leg.flight for leg in before}
    to_come = dropwhile(lambda leg: leg.departs <= at, trip)
    closings = [
        leg.departs - rules.sold_from(origin_of(leg.flight), begins=False) for leg in to_come if leg.flight not in had
    ]
    closings += [leg.departs - rules.rules.at_the_gate for leg in present if leg.departs > at][:1]
    return min(closings, default=None)


def _leads(leg: Leg, rules: TripRules) -> tuple[timedelta, timedelta]:
    """The shortest and the longest time before its departure at which a flight may close for a party that does not have it."""
    origin = origin_of(leg.flight)
    longest = max(rules.sold_from(origin, begins=True), rules.sold_transfer) + rules.rules.at_the_gate
    return rules.sold_from(origin, begins=False), longest


_TAKEN = {True: "taken", False: "left"}


def _is_taken(fact: BookingFact) -> bool:
    return isinstance(fact, BookingChanged)


def _withdrawn_otherwise(refusal: PlanRefused, offer: TripOffered) -> Iterator[str]:
    if (refusal.journey, refusal.reason) != (offer.journey, offer.reason):
        yield "was withdrawn as one for another journey, or another reason"
    if refusal.refusal != "stale":
        yield f"was withdrawn, for it was {refusal.refusal}"


def _unlike(offer: Offer, fact: TripOffered) -> Iterator[str]:
    """What the state of an open offer has otherwise than the fact that made it."""
    plan = offer.plan
    of = (plan.pnr, plan.journey, plan.id, plan.follows)
    if of != (fact.pnr, fact.journey, fact.id, fact.follows) or plan.verdict != "move":
        yield "is of another plan"
    if (plan.reason, plan.broken_by, plan.rules) != (fact.reason, fact.broken_by, fact.rules):
        yield "has another reason, or was made by other rules"
    if (offer.answerer, offer.default, offer.until) != (fact.answerer, fact.default, fact.until):
        yield "is for someone else, until another time, or otherwise without an answer"
    if offer.made_at != fact.decided_at:
        yield "was made at another time"
    options = {option.id: [(leg.flight, leg.cabin) for leg in option.legs] for option in plan.options}
    for id_, trip in zip(fact.options, fact.trips, strict=False):
        legs, seats = options.get(id_), _seats(trip)
        if legs is None or not legs or legs != seats[len(trip) - len(legs) :]:
            yield f"has another trip {id_}"


def _seats(legs: Sequence[Leg]) -> list[tuple[str, str]]:
    return [(leg.flight, leg.cabin) for leg in legs]


def _named(legs: Sequence[Leg]) -> str:
    return " and ".join(leg.flight for leg in legs)
