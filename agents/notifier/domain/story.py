"""What a letter has to say about a fact, before any language. The templates see this and nothing else.

So nothing that a passenger or a model wrote can get into a letter, and of a feed only flights, airport codes and times.

A fact says which trip the party had and which it has; it does not say which flight was disrupted. The story names a flight only
where that follows: a cancelled flight is not in the new trip, a retimed one has other times than before. Where it may be one of
several, all of them are named and the wording says "one of". What has been flown is left out: the story is about the flight
that its reader is on, and those ahead.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Literal, get_args

from msgspec import Struct, structs

from agents.notifier.domain.airports import AirportInfo
from agents.notifier.domain.comparing import (
    Swap,
    Transfer,
    date_at,
    departure_date,
    dropped,
    new_cabin,
    pairs,
    retimed,
    swap,
    transfers,
)
from agents.notifier.domain.connections import Missed, awaited, missed_connection
from agents.notifier.domain.known import Known, Progress, Whereabouts
from agents.notifier.domain.merging import diverted_leg, first_reroute, is_diverted, is_reroute, merge, of_the_rest
from agents.notifier.domain.other_trips import Booked, booked_of
from agents.notifier.domain.reported import Reported, about_the_trip, merged_offer
from agents.notifier.domain.rights import Law, Stated, rights_of
from agents.notifier.domain.wishes import Request, reasons_of, request_of
from contracts.flights import Instant
from contracts.judgement import Reason
from contracts.ledger import (
    UNTICKETED,
    BookingChanged,
    BookingFact,
    BookingKept,
    BookingStranded,
    Disruption,
    Journey,
    Leg,
    Mark,
    Ticket,
)
from contracts.names import Airport, Cabin, FlightKey, Id, Mode, Pnr, origin_of
from contracts.offers import TripOffered
from contracts.rules import Default

Kind = Literal[
    "changed", "found", "retimed", "kept", "diverted", "returned", "resumed", "ended", "stranded", "offered", "arranging",
]  # fmt: skip
"""`changed`: a new trip instead of the one it had. `found`: a trip for a party that had none. `retimed`: its trip at new times.
`kept`: its trip as before. `diverted`: its flight lands elsewhere. `returned`: it lands where it left, or has landed there.
`resumed`: it flies to its destination after all.
`ended`: a flight that it has flown, or is on, takes it to the end of its trip, and those after it are given up.
`stranded`: no trip for now. `offered`: trips to choose from. `arranging`: others are asked about its trip first."""
KINDS: tuple[Kind, ...] = get_args(Kind)
_BY_TIMES: frozenset[Mark] = frozenset({"night", "early", "tight"})
"""What other times make of a trip that stays. What else is unusual in it, its party was informed of when it was given it."""
Decided = Literal["chosen", "by_staff", "unanswered"]
"""How an offer ended: by the party's answer, by the desk's, or because the party has not answered in time."""
_NEVER_HELD: frozenset[Disruption] = frozenset({"cancelled", "downgauged"})
"""No seats are kept on a flight to which this has happened, so a flight with seats is not the one that was disrupted."""


class Cause(Struct, frozen=True, kw_only=True):
    """Why a party has other flights than those it knows."""

    reason: Disruption
    affected: tuple[Leg, ...]
    """As `Story.affected`; empty if the party had no flights."""
    booked: Booked | None = None
    missed: Missed | None = None
    regained: tuple[Leg, ...] = ()
    turned_back: bool = False
    decided: Decided | None = None


class Story(Struct, frozen=True, kw_only=True):
    kind: Kind
    pnr: Pnr
    reference: str = ""
    """What the party knows its booking by."""
    unticketed: bool = False
    """Its ticket does not show the trip yet."""
    is_confirmed: bool = True
    """Its ticket shows the trip, or nothing is known of it and the trip has the flights that were sold. Nothing else is called
    confirmed."""
    reason: Disruption
    affected: tuple[Leg, ...]
    """The disrupted flight, as the party knows it. If there are several, one of them or all were disrupted."""
    missed: Missed | None = None
    """The connection that can no longer be made, if that is the reason."""
    regained: tuple[Leg, ...] = ()
    """The flights of the trip on which the party has seats again, if that is the reason."""
    turned_back: bool = False
    """The disrupted flight lands where it left, or has landed there."""
    met_in: Swap[Airport] | None = None
    """Where a child who travels alone is met, if that is another airport than it was to be."""
    where: Whereabouts
    """Where the reader is."""
    flying: Leg | None = None
    """The flight that the reader is on."""
    trip: tuple[Leg, ...]
    """The flights ahead; if `diverted`, those after the diverted one."""
    has_begun: bool = False
    """A flight of the trip has left with the reader."""
    retimed: dict[FlightKey, Leg]
    """The flights of the trip that are shown with other times than the party knows: the leg as the party knows it."""
    by_land: dict[FlightKey, Mode] = {}
    """Those of the trip that are a train or a coach."""
    closing: dict[FlightKey, Leg] = {}
    """The flights of the trip whose gate is known to close at a time: the leg, departing then."""
    awaited: tuple[FlightKey, ...] = ()
    """The flights ahead whose aircraft comes in late, and whose own times are not known yet."""
    new_origin: Swap[Airport] | None = None
    """The trip starts at another airport."""
    new_destination: Swap[Airport] | None = None
    """The trip ends at another airport."""
    new_date: Swap[date] | None = None
    """The next departure has another local date."""
    new_cabin: Swap[Cabin] | None = None
    leaves_earlier: bool = False
    """A flight ahead leaves earlier than the party knows."""
    stops: tuple[Airport, ...] = ()
    """Where the party changes planes, if more often than before."""
    transfers: tuple[Transfer, ...] = ()
    """Connections that arrive at one airport and leave from another."""
    destination: Airport
    """Where the trip ends, or should."""
    diverted_to: Airport | None = None
    ends_there: bool = False
    """If `diverted`: that is where the trip ends."""
    waits_in: Airport | None = None
    """If `stranded`: where the party waits, or will when it has landed."""
    held: tuple[Leg, ...] = ()
    """If `stranded`: the flights on which its seats are kept meanwhile."""
    given_up: tuple[Leg, ...] = ()
    """If `stranded`: the flights on which its seats are not kept any more; empty for a single one that is cancelled."""
    overdue: bool = False
    """If `stranded`: no trip can be legal any more, and a person takes over."""
    request: Request | None = None
    """The party's wishes, if the letter mentions any."""
    marks: tuple[Mark, ...] = ()
    """What is unusual in the new trip, against the one that was sold."""
    because: tuple[Reason, ...] = ()
    """Why the party was given this trip and not one that is equally good."""
    booked: Booked | None = None
    """The booking, if it has several journeys."""
    rights: tuple[Law, ...] = ()
    """What is owed for the journey as far as it is known."""
    cause: Cause | None = None
    """If `diverted` or `returned`: why the party has other flights than it knows."""
    decided: Decided | None = None
    """The trip is what became of an offer."""
    declined: bool = False
    """If `stranded`: no offered trip was taken, and a person takes over."""
    offer: "Offered | None" = None
    """If `offered` or `arranging`. Then `trip` is the one that the party has, if that can be flown."""


class Offered(Struct, frozen=True, kw_only=True):
    """Trips that are not booked yet."""

    trips: tuple[Story, ...]
    """Each as the story of a party that is given it."""
    until: Instant
    place: Airport
    """Whose clock the reader goes by."""
    default: Default
    stands: bool
    """The trip that the party has can be flown."""


class _Given(Struct, frozen=True, kw_only=True):
    """What a story is written with, besides its fact."""

    airports: Mapping[Airport, AirportInfo]
    known: Known
    journeys: Sequence[Journey]
    ticket: Ticket | None

    def shown(self, legs: Sequence[Leg]) -> tuple[Leg, ...]:
        return tuple(map(self.known.shown, legs))

    def flying(self, progress: Progress) -> Leg | None:
        return progress.flying and self.known.shown(progress.flying)


def story_of(
    fact: Reported,
    *,
    airports: Mapping[Airport, AirportInfo],
    known: Known | None = None,
    journeys: Sequence[Journey] = (),
    earlier: Sequence[Reported] = (),
    diverted: BookingKept | None = None,
    reference: str = "",
    stated: Stated | None = None,
    alone: bool = False,
    asked: Collection[Id] = (),
) -> Story:
    """The story of this fact and of the `earlier` ones without a letter, which are oldest first.

    `known`: what is known when it is read; None: the fact alone, when it was decided. `journeys`: those of the booking, in
    order of travel; a trip for a party that had none is compared with what was sold. `diverted`: the fact about a diversion
    that the last letter reported, if it did. `reference`: what the party knows its booking by; its PNR, if empty. `stated`:
    what is owed for the journey, if anything. `alone`: it is an unaccompanied minor. `asked`: the offers that the party has had
    a letter about. Airports not in `airports` have UTC dates. Raises ValueError for a booking that is changed or kept and has
    no flights.
    """
    ticket = next((journey.ticket for journey in journeys if journey.number == fact.journey), None)
    given = _Given(airports=airports, known=known or Known(now=fact.decided_at), journeys=journeys, ticket=ticket)
    before = [of_the_rest(each, given.known) for each in about_the_trip(earlier)]
    if isinstance(fact, TripOffered):
        story = _offered(merged_offer(before, fact), given)
    else:
        story = _decided(_story_of([*before, of_the_rest(fact, given.known)], given), [*before, fact], asked)
    if diverted and story.kind in ("kept", "retimed"):
        story = structs.replace(story, kind="resumed", affected=(diverted_leg(diverted),))
    return structs.replace(
        _with_times(story, given),
        reference=reference or fact.pnr,
        met_in=_met_in(fact, given) if alone else None,
        unticketed=fact.documents in UNTICKETED,
        is_confirmed=_is_confirmed(fact, ticket),
        booked=booked_of(journeys, fact.journey, _ahead(story), given.known),
        rights=rights_of(stated.package) if stated else (),
    )


def _ahead(story: Story) -> tuple[Leg, ...]:
    return (*filter(None, [story.flying]), *story.trip)


def _with_times(story: Story, given: _Given) -> Story:
    """The story with what is known of its flights ahead besides their times."""
    closing = {
        leg.flight: structs.replace(leg, departs=closes)
        for leg in story.trip
        if (closes := given.known.gate_closes(leg)) is not None
    }
    ahead = _ahead(story)
    by_land = {leg.flight: mode for leg in ahead if (mode := given.known.mode(leg)) != "air"}
    return structs.replace(story, closing=closing, awaited=awaited(ahead, given.known), by_land=by_land)


def _decided(story: Story, facts: Sequence[BookingFact], asked: Collection[Id]) -> Story:
    """The story with how its trip was decided, where that follows from an offer. What the party has chosen needs no reasons,
    and may be further from its wishes than others were."""
    decision = next((fact for fact in reversed(facts) if fact.offer or not isinstance(fact, BookingKept)), None)
    if decision is None or not decision.offer:
        return story
    decided: Decided | None = None
    match decision.answered_by:
        case "party":
            decided = "chosen"
        case "desk":
            decided = "by_staff"
        case None if decision.offer in asked:
            decided = "unanswered"
    if decided != "chosen":
        return structs.replace(story, decided=decided)
    request = story.request and structs.replace(story.request, is_closest=False)
    return structs.replace(story, decided=decided, because=(), request=request)


def _is_confirmed(fact: Reported, ticket: Ticket | None) -> bool:
    if fact.documents is not None or ticket is None or isinstance(fact, BookingStranded | TripOffered):
        return fact.documents not in UNTICKETED
    return tuple(leg.flight for leg in fact.after) == ticket.flights


def _met_in(fact: Reported, given: _Given) -> Swap[Airport] | None:
    """The airport where the trip ends, if a person has to look at it because it is another than the ticket's."""
    if isinstance(fact, BookingStranded | TripOffered) or not fact.after:
        return None
    if given.ticket is None or "airport" not in fact.marks:
        return None
    return swap(given.ticket.destination, given.known.lands_in(fact.after[-1]))


def _story_of(facts: Sequence[BookingFact], given: _Given) -> Story:
    """The story of these facts, oldest first, at least one."""
    if len(facts) == 1:
        return _story(facts[0], given)
    story = _story(merge(facts), given)
    reroute = first_reroute(facts)
    if reroute is None or story.kind not in ("changed", "diverted", "returned") or not is_reroute(facts):
        return story
    first = _story(reroute, given)
    disrupted = {leg.flight for leg in first.affected}
    affected = tuple(leg for leg in facts[0].before if leg.flight in disrupted)
    if story.kind == "changed":
        return structs.replace(story, affected=affected, turned_back=first.turned_back)
    cause = Cause(reason=reroute.reason, affected=affected, missed=first.missed, turned_back=first.turned_back)
    return structs.replace(story, cause=cause)


def _story(fact: BookingFact, given: _Given) -> Story:
    if isinstance(fact, BookingStranded):
        return _stranded(fact, given.known)
    if not fact.after:
        raise ValueError(f"the booking of fact {fact.id} is changed or kept but has no flights")
    if isinstance(fact, BookingKept):
        story = _diverted(fact, given) if is_diverted(fact) else _kept(fact, given)
    elif dropped(fact) and not given.known.progress(fact.after).ahead:
        story = _ended(fact, given)
    elif fact.before:
        story = _changed(fact, given)
    else:
        story = _found(fact, given)
    request = request_of(fact, under_way=story.has_begun, diverted=story.kind in ("diverted", "returned"))
    because = reasons_of(fact) if isinstance(fact, BookingChanged) else ()
    kept = isinstance(fact, BookingKept)
    marks = tuple([mark for mark in fact.marks if not kept or mark in _BY_TIMES])
    return structs.replace(story, request=request, because=because, marks=marks)


def _stranded(fact: BookingStranded, known: Known) -> Story:
    flown = {leg.flight for leg in fact.flown}
    lost = tuple(leg for leg in fact.before if leg.flight not in flown)
    held = {leg.flight for leg in fact.held}
    given_up = tuple(leg for leg in lost if leg.flight not in held)
    affected = given_up if given_up and fact.reason in _NEVER_HELD else lost or fact.before
    if not fact.before:
        given_up = fact.lapsed
    elif fact.reason == "cancelled" and len(affected) == 1:
        given_up = ()
    flying = known.progress(fact.flown).flying
    return Story(
        kind="stranded",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=affected,
        missed=_missed(fact, fact.flown, known),
        turned_back=_turned_back(fact, affected, known),
        where="air" if flying else "airport" if flown else known.where(known.progress(lost)),
        flying=flying,
        trip=(),
        has_begun=bool(flown),
        retimed={},
        destination=fact.destination,
        waits_in=fact.origin,
        held=fact.held,
        given_up=given_up,
        overdue="overdue" in fact.marks,
        declined="declined" in fact.marks,
    )


def _found(fact: BookingChanged, given: _Given) -> Story:
    progress = given.known.progress(fact.after)
    ahead, first = progress.ahead, fact.after[0]
    origin, destination = origin_of(first.flight), fact.after[-1].destination
    ticket = None if progress.begun else given.ticket
    return Story(
        kind="found",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=(),
        where=given.known.where(progress),
        flying=given.flying(progress),
        trip=given.shown(ahead),
        has_begun=bool(progress.begun),
        retimed={},
        new_origin=swap(ticket.origin, origin) if ticket else None,
        new_destination=swap(given.ticket.destination, destination) if given.ticket else None,
        new_date=swap(
            date_at(ticket.origin, ticket.departs, given.airports), date_at(origin, first.departs, given.airports)
        )
        if ticket
        else None,
        transfers=transfers((*progress.begun[-1:], *ahead), given.known),
        destination=destination,
    )


def _changed(fact: BookingChanged, given: _Given) -> Story:
    before, after = fact.before, fact.after
    progress = given.known.progress(after)
    ahead, begun = progress.ahead, {leg.flight for leg in progress.begun}
    was_ahead = tuple(leg for leg in before if leg.flight not in begun)
    moved, remaining = retimed(before, after), {leg.flight for leg in after}
    gone = tuple(leg for leg in before if leg.flight not in remaining)
    shifted = tuple(leg for leg in before if leg.flight in moved)
    affected = (shifted or gone) if fact.reason == "retimed" else gone
    return Story(
        kind="changed",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=affected or before,
        missed=_missed(fact, after, given.known),
        regained=given.shown([leg for leg in ahead if leg.flight in fact.regained]),
        turned_back=_turned_back(fact, affected or before, given.known),
        where=given.known.where(progress),
        flying=given.flying(progress),
        trip=given.shown(ahead),
        has_begun=bool(begun),
        retimed=retimed(before, given.shown(after)),
        new_origin=None if begun else swap(origin_of(before[0].flight), origin_of(after[0].flight)),
        new_destination=swap(before[-1].destination, after[-1].destination),
        new_date=_new_date(was_ahead, ahead, given),
        new_cabin=new_cabin(was_ahead, ahead),
        leaves_earlier=bool(was_ahead and ahead) and ahead[0].departs < was_ahead[0].departs,
        stops=tuple(origin_of(leg.flight) for leg in ahead if leg is not after[0]) if len(after) > len(before) else (),
        transfers=transfers((*progress.begun[-1:], *ahead), given.known),
        destination=after[-1].destination,
    )


def _offered(fact: TripOffered, given: _Given) -> Story:
    known, before, first = given.known, fact.before, fact.trips[0]
    present = fact.after if fact.stands else first
    progress = known.progress(present)
    moved, remaining = retimed(before, fact.after), {leg.flight for leg in first}
    gone = tuple(leg for leg in before if leg.flight not in remaining)
    shifted = tuple(leg for leg in before if leg.flight in moved)
    affected = ((shifted or gone) if fact.reason == "retimed" else gone) or before
    marks = fact.trip_marks or (fact.marks,)
    trips = [
        _with_times(_choice(fact, trip, given, marks=marks[at] if at < len(marks) else ()), given)
        for at, trip in enumerate(fact.trips)
    ]
    return Story(
        kind="offered" if fact.answerer == "party" else "arranging",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=affected,
        missed=_missed(fact, first, known),
        turned_back=_turned_back(fact, affected, known),
        where=known.where(progress),
        flying=given.flying(progress),
        trip=given.shown(progress.ahead) if fact.stands else (),
        has_begun=bool(progress.begun),
        retimed=retimed(before, given.shown(fact.after)),
        destination=first[-1].destination,
        offer=Offered(
            trips=tuple(trips),
            until=fact.until,
            place=_place(fact, known),
            default=fact.default,
            stands=fact.stands,
        ),
    )


def _place(fact: TripOffered, known: Known) -> Airport:
    """Where the reader is, or is about to be."""
    progress = known.progress(fact.after or fact.before or fact.trips[0])
    if progress.flying:
        return known.lands_in(progress.flying)
    return origin_of((progress.ahead or fact.trips[0])[0].flight)


def _choice(fact: TripOffered, trip: tuple[Leg, ...], given: _Given, *, marks: tuple[Mark, ...]) -> Story:
    """The story of a party that is given this trip, as far as it differs from the one that it has, or had."""
    changed = BookingChanged(
        pnr=fact.pnr, journey=fact.journey, id=fact.id, reason=fact.reason, before=fact.before, after=trip,
        language=fact.language, contact=fact.contact, decided_at=fact.decided_at,
    )  # fmt: skip
    return structs.replace(_changed(changed, given) if fact.before else _found(changed, given), marks=marks)


def _ended(fact: BookingChanged, given: _Given) -> Story:
    progress = given.known.progress(fact.after)
    return Story(
        kind="ended",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=dropped(fact),
        where=given.known.where(progress),
        flying=progress.flying,
        trip=(),
        has_begun=True,
        retimed={},
        destination=given.known.lands_in(fact.after[-1]),
    )


def _kept(fact: BookingKept, given: _Given) -> Story:
    before, after = fact.before, fact.after
    progress = given.known.progress(after)
    ahead, coming = progress.ahead, (*progress.begun[len(progress.flown) :], *progress.ahead)
    was_ahead = tuple(was for was, _ in pairs(before, ahead))
    moved = retimed(before, coming)
    return Story(
        kind="retimed" if moved else "kept",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=tuple(leg for leg in before if leg.flight in moved) or coming,
        where=given.known.where(progress),
        flying=given.flying(progress),
        trip=given.shown(ahead),
        has_begun=bool(progress.begun),
        retimed=retimed(before, given.shown(coming)),
        new_date=_new_date(was_ahead, ahead, given),
        new_cabin=new_cabin(was_ahead, ahead),
        leaves_earlier=any(now.departs < was.departs for was, now in pairs(before, ahead)),
        transfers=transfers((*progress.begun[-1:], *ahead), given.known),
        destination=after[-1].destination,
    )


def _diverted(fact: BookingKept, given: _Given) -> Story:
    after, diverted, known = fact.after, diverted_leg(fact), given.known
    progress = known.progress(after)
    onward = after[after.index(diverted) + 1 :]
    turned_back = fact.diverted_to == origin_of(diverted.flight)
    return Story(
        kind="returned" if turned_back else "diverted",
        pnr=fact.pnr,
        reason="diverted",
        affected=(diverted,),
        turned_back=turned_back,
        where=known.where(progress),
        trip=onward,
        has_begun=bool(progress.begun),
        retimed=retimed(fact.before, after),
        transfers=() if turned_back else transfers((diverted, *onward), known),
        destination=after[-1].destination,
        diverted_to=fact.diverted_to,
        ends_there=not onward and given.ticket is not None and fact.diverted_to == given.ticket.destination,
    )


def _missed(fact: Reported, after: Sequence[Leg], known: Known) -> Missed | None:
    """The connection within the trip that is broken, if that is the reason."""
    return missed_connection(fact.before, after, fact.broken_by, known) if fact.reason == "misconnected" else None


def _turned_back(fact: Reported, affected: Sequence[Leg], known: Known) -> bool:
    """Whether it was one flight that was diverted, and back to where it left."""
    return (
        fact.reason == "diverted"
        and len(affected) == 1
        and known.lands_in(affected[0]) == origin_of(affected[0].flight)
    )


def _new_date(was_ahead: tuple[Leg, ...], ahead: tuple[Leg, ...], given: _Given) -> Swap[date] | None:
    if not was_ahead or not ahead:
        return None
    return swap(departure_date(was_ahead, given.airports), departure_date(ahead, given.airports))
