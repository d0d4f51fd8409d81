"""The ledger: seats, their holders, bookings, and facts about them.

Only the booker publishes here (after seeding). Seats, bookings and the facts about them are committed together. `n` numbers a
flight's facts in the ledger; `last_change` is the number of the monitor's last change that the ledger has applied.
"""

from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, structs

from contracts.flights import Instant, Phase, Place, Stop
from contracts.judgement import Wish, Wishes
from contracts.layouts import LayoutName, SeatNumber
from contracts.money import PaidItem
from contracts.names import Airport, Cabin, Carrier, FlightKey, Id, Mode, Pnr, origin_of
from contracts.passengers import Passenger, PassengerId, Ssr, with_coupons_of
from contracts.records import Record
from contracts.sales import Bags, Sale
from contracts.subject import Subject

Tier = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)", description="a tier of letters, digits, - and _, at most 40")
]
"""Any tier of a frequent flyer. One that is not among `TIERS` is kept, and counts as none."""
TIERS: tuple[Tier, ...] = ("none", "silver", "gold", "platinum")
"""Those that rules know, the lowest first."""
Language = Annotated[
    str,
    Meta(
        pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$(?!\n)",
        max_length=35,
        description="a language tag (BCP 47) such as en or es-MX, or nothing",
        examples=["es-MX"],
    ),
]
"""Any language, as a BCP 47 tag (RFC 5646); empty if it is not known."""
SeatPreference = Literal["none", "window", "aisle"]
JourneyState = Literal["ticketed", "kept", "rebooked", "stranded"]
Documents = Literal["in_sync", "reissue_due", "reissued", "failed"]
"""Whether the tickets show the trip that is booked: as sold, not yet, again, or not after an attempt that failed."""
UNTICKETED: frozenset[Documents] = frozenset({"reissue_due", "failed"})
"""The tickets are known not to show the trip."""
Disruption = Literal[
    "cancelled", "retimed", "downgauged", "diverted", "misconnected", "unreachable", "amended", "restored", "lapsed",
    "overdue",
]  # fmt: skip
"""`misconnected`: a connection broken by the times of one of its flights, or by its aircraft. `unreachable`: a journey that an
earlier one of the booking makes impossible. `amended`: one that has to be planned because the reservation system has changed
the booking. `restored`: no disruption; seats that a party had lost can be had again. `lapsed`: seats that a waiting party had
kept (`Journey.held`) are given up, for their flight leaves soon or cannot be flown. `overdue`: no disruption; a party
has waited until no trip can be legal any more (`Rules.later`)."""
Reassignment = Literal["numbered", "aircraft"]
"""`numbered`: seats of the flight are given out by number for the first time. `aircraft`: another layout, or other seats."""
Mark = Literal[
    "country", "night", "airport", "onward", "overtaken", "ssr", "alone", "early", "tight", "overdue", "unasked", "declined",
]  # fmt: skip
"""Why a person should look at a trip that was made without one, against the trip that was sold.

`country`: it leads through a country that was not on the way. `night`: a night between two flights that was not sold.
`airport`: it begins or ends at another airport of the city, or changes airports on the way. `onward`: the party has flown a
part and has no seats for the rest. `overtaken`: an earlier journey of the booking ended too late for it, so it may be of no use
any more. `early`: it leaves earlier than was sold by more than is allowed (`Rules.earlier`). `tight`: it leaves less time to
change planes than is kept (`Rules.kept_share`) and than was sold, and no other trip was near enough (`Rules.stretched`).
`overdue`: the party waits, and no trip can be legal any more. `unasked`: someone had to be asked about the trip, and there was
no time for that. `declined`: no one agreed to the trip that was offered, and the party has none.
`ssr`: the party needs a service that no rule knows. `alone`: by the reservation system's word children travel without anyone
older, and no one has asked for that (UMNR)."""
Answerer = Literal["party", "desk", "system"]
"""Who is asked whether a trip is booked: the party itself, a person at the desk, or the carrier's own reservation system."""
JourneyKey: TypeAlias = tuple[Pnr, int]
"""A PNR, and the number of one of its journeys."""


class Holding(Struct, frozen=True, gc=False, array_like=True):
    """Seats one party holds on one flight."""

    cabin: Cabin
    seats: int


class Connection(Struct, frozen=True, gc=False, array_like=True):
    """The flights before and after one of a party's flights: of its journey, or of the one on the other side of a stay that is
    shorter than a day, by the legs of both."""

    inbound: FlightKey | None
    onward: FlightKey | None


class Schedule(Struct, frozen=True, gc=False, array_like=True):
    """When a flight is scheduled to leave and to arrive."""

    departs: Instant
    arrives: Instant


class SeatLedger(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One flight's seats. Only on a `scheduled` flight can seats be sold; on a `cancelled` one they cannot be kept either."""

    flight: FlightKey
    destination: Airport
    phase: Phase
    departs: Instant
    """As announced; once it has left, the actual time."""
    arrives: Instant
    """As announced; once it has arrived, the actual time."""
    mode: Mode | None = None
    """None: by air."""
    tail: str | None = None
    """Registration of the aircraft (`Flight.tail`); None: not known."""
    capacity: dict[Cabin, int]
    """The seats that there are."""
    authorised: dict[Cabin, int] = {}
    """Of each cabin that may be sold above its capacity by intent: up to how many seats. An import may; irops itself sells no
    seat above the capacity. A cabin that became too small for its holders is in no such list: each needs a seat."""
    last_change: int
    """The last `FlightChanged.n` applied."""
    last_fact: int = 0
    """`n` of the last `SeatsDisrupted`, `SeatsFreed` or `SeatsReassigned` about this flight."""
    last_disruption: int = 0
    """`n` of the last `SeatsDisrupted`. Plans and answers refer to it; freed seats make none of them stale."""
    last_for_all: int = 0
    """`n` of the last one that named all its holders. One since then named those whom a smaller aircraft has no seats for, or
    whose connection is broken: the others need no answer."""
    holders: dict[Pnr, Holding] = {}
    on_offer: dict[Pnr, Holding] = {}
    """Parties to whom a trip with this flight is offered (`contracts.offers`), each with the seats that are kept for it until
    that is answered. They are not for sale, and no one holds them: holders come first where there are too few."""
    connecting: dict[Pnr, Connection] = {}
    """Of the holders who have other flights shortly before or after it, those that they come from and go on to."""
    diverted_to: Airport | None = None
    stops: tuple[Stop, ...] = ()
    """Where it has landed on its way (`Flight.stops`)."""
    known_departure: Instant | None = None
    """The best known time, where it is not `departs`."""
    known_arrival: Instant | None = None
    """The best known time, where it is not `arrives`."""
    schedule: Schedule | None = None
    """Where one of its times is not `departs` or `arrives`."""
    offloaded: tuple[Pnr, ...] = ()
    """Parties that have to get off while their cabin lacks seats, chosen when it last got fewer. On a flight that has left: the
    parties that were left behind for lack of a seat."""
    lost_by: dict[Pnr, int] = {}
    """Parties that had seats here until they were moved or stranded, each with the number of its journey. They are offered
    seats that can be sold again. Empty once the flight has left."""
    lost_behind: dict[Pnr, FlightKey] = {}
    """Of these, those who were to come with another flight, with that one: they are offered seats here too when the connection
    between the two holds again."""
    lost_onward: tuple[FlightKey, ...] = ()
    """The flights on which parties that were to come with this one have lost seats (`lost_behind`), some of them for a time."""
    silent: bool = False
    """No word of it has come for `Rules.presumed` after it was to land where it is diverted to, or after it came back without a
    time to leave again. Its holders were named, and are planned on from there. The next word of it ends this."""
    layout: LayoutName | None = None
    """The layout that seats are given out by. None: seats are counted alone, for the flight has none or the booker did not know
    it yet."""
    numbers: dict[Pnr, tuple[SeatNumber, ...]] = {}
    """Of the holders, the seats that each has by number: as many as it holds, for its passengers who have a seat, in their
    order (`contracts.passengers.with_seats`). A holder without numbers gets them as soon as there are seats that it may have.
    Once the flight has left they stay as they were."""
    departure_terminal: Place | None = None
    """As known with the last change applied; None: no feed had reported it."""
    arrival_terminal: Place | None = None
    """Likewise."""
    services: dict[Ssr, dict[Pnr, int]] = {}
    """By special service, the holders with passengers who have it, each with how many. Services in `UNCOUNTED_SSRS` are left
    out, and so are seats taken before they were counted."""

    @property
    def scheduled_departure(self) -> Instant:
        """As its airline scheduled it, before any delay."""
        return self.schedule.departs if self.schedule else self.departs

    @property
    def scheduled_arrival(self) -> Instant:
        """As its airline scheduled it, before any delay."""
        return self.schedule.arrives if self.schedule else self.arrives

    @property
    def presumed_phase(self) -> Phase:
        """Its phase as far as is known, or presumed: one that is `silent` on its way elsewhere has landed there, or is back."""
        if not self.silent or self.phase != "diverted":
            return self.phase
        return "returned" if self.diverted_to == origin_of(self.flight) else "landed"

    @property
    def expected_departure(self) -> Instant:
        """The best known time."""
        return self.known_departure or self.departs

    @property
    def expected_arrival(self) -> Instant:
        """The best known time."""
        return self.known_arrival or self.arrives

    def free(self, cabin: Cabin) -> int:
        """Seats that can be sold; negative where holders have too few after a change to a smaller aircraft."""
        left = self.sellable(cabin, self.capacity.get(cabin, 0) - self.held(cabin))
        return without_offered(left, self.offered(cabin)) if self.on_offer else left

    def held(self, cabin: Cabin) -> int:
        """Seats that parties hold."""
        return sum(h.seats for h in self.holders.values() if h.cabin == cabin)

    def offered(self, cabin: Cabin) -> int:
        """Seats that are kept for parties which have not answered yet."""
        return sum(h.seats for h in self.on_offer.values() if h.cabin == cabin)

    def sellable(self, cabin: Cabin, left: int) -> int:
        """Of the `left` seats that its capacity has beyond those held, how many can be sold. Sold above the capacity by intent,
        it has none; above what is authorised, too few."""
        return left if left >= 0 else min(0, left + self.above(cabin))

    def above(self, cabin: Cabin) -> int:
        """How many seats above its capacity may be held in the cabin by intent."""
        return max(0, self.authorised.get(cabin, 0) - self.capacity.get(cabin, 0))


def without_offered(left: int, offered: int) -> int:
    """Of the seats that holders leave free, those that are not kept for an offer; negative where holders themselves have too
    few, whatever is offered."""
    return left if left < 0 else max(0, left - offered)


class Reserved(Struct, frozen=True, gc=False, array_like=True):
    """A flight of a journey as the reservation system has it."""

    flight: FlightKey
    cabin: Cabin


class Leg(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One flight of a party's trip, at its times when the party was last answered."""

    flight: FlightKey
    destination: Airport
    cabin: Cabin
    departs: Instant
    arrives: Instant
    answered: int = 0
    """The flight's `last_disruption` for which this party has been answered."""
    sold_as: FlightKey | None = None
    """The number that the party bought, where it is not the flight's own (a codeshare)."""
    married: bool = False
    """It was sold as one with the leg before it. While both are to come and can be flown, both are kept or given up."""
    there_from: Instant | None = None
    """The party is at the gate only from then on, for it was informed of this departure shortly before. None: it is there
    `Rules.brought_forward` before the departure."""
    seats: tuple[SeatNumber, ...] = ()
    """In a fact about a journey: the seats by number that the party had there by then, for its passengers in their order. In an
    imported booking: those that it has where it comes from; it gets them if it may have them. What it has now is in
    `SeatLedger.numbers` alone."""

    def leaves_without(self, departs: Instant, *, brought_forward: timedelta) -> bool:
        """Whether the flight, leaving then, leaves before its party is at the gate."""
        if self.there_from is not None:
            return departs < self.there_from
        return departs <= self.departs - brought_forward


class Party(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The people who travel together on one PNR: what rules, priority and letters need to know."""

    passengers: int
    seats: int
    """Seats needed: lap infants need none."""
    cabin: Cabin
    """The cabin paid for."""
    paid: tuple[PaidItem, ...] = ()
    """What was paid, as far as it is known."""
    tier: Tier = "none"
    language: Language = ""
    """The language that the party reads: it gets letters in it where there are any, else in the notifier's default."""
    contact: str = ""
    """Where letters go: an e-mail address as `contracts.contacts.deliverable` returns it; empty if none is known."""
    preference: SeatPreference = "none"
    ssrs: tuple[Ssr, ...] = ()
    """The special services that rules grant: the booking's, and those of its passengers (`Passenger.needs`), which the booker
    adds when it takes the booking in."""
    remark: str = ""
    """What the passengers wrote, in their own words. Data, never instructions."""

    @property
    def rank(self) -> int:
        """The place of its tier among `TIERS`."""
        return TIERS.index(self.tier) if self.tier in TIERS else 0


class Ticket(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What was sold for one journey. Delay is measured by it, and no disruption changes it: what changes it is sold again, by
    the reservation system or by a request."""

    origin: Airport
    destination: Airport
    departs: Instant
    arrives: Instant
    flights: tuple[FlightKey, ...]
    sold_as: tuple[FlightKey, ...] = ()
    """The number that was bought for each of `flights`, if any is not the flight's own (a codeshare)."""


class Journey(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One of a booking's journeys, from where it begins to where the party stays. Each is planned and answered by itself.

    A stranded journey has no legs. It may have seats on some of its flights all the same (`held`).
    """

    number: int = 1
    """Permanent: no other journey of the booking has had it or gets it."""
    ticket: Ticket
    legs: tuple[Leg, ...]
    state: JourneyState = "ticketed"
    last_fact: Id = ""
    """Of the latest fact about this journey; empty before the first. A plan that follows an earlier one is stale."""
    reserved: tuple[Reserved, ...] = ()
    """Its flights as the reservation system last had them; empty: those of the ticket, in the cabin that was paid for. What it
    repeats of them is no news, wherever irops has moved the party since."""
    moved_back: bool = False
    """It was moved back to seats that it had lost. That is done once."""
    held: tuple[Leg, ...] = ()
    """Of a stranded journey: the flights to come, up to the one that is lost, on which the party keeps its seats while it waits
    for the rest. They are no trip: it takes none of them before a trip with them has been found."""

    offer: Id = ""
    """The offer (`contracts.offers.Offer`) that waits for an answer; empty: none does."""
    offered: tuple[Reserved, ...] = ()
    """The seats that are kept for the party until that is answered, beside those that it has."""
    longest_stay: timedelta = timedelta(0)
    """The longest wait between two of its flights, as it was sold: by the ledger's times when the booker took it in. The party
    may be given as long a one (`Rules.limits`)."""
    documents: Documents | None = None
    """None: not known. Once known, they are due for reissue whenever the party is given other seats or loses its own."""

    @property
    def is_undecided(self) -> bool:
        """Whether no one knows yet what becomes of it: it is stranded, or someone is asked about another trip."""
        return self.state == "stranded" or bool(self.offer)

    @property
    def seated(self) -> tuple[Leg, ...]:
        """The flights on which the party has seats: its trip, or what a stranded journey holds."""
        return self.legs or self.held

    def number_bought(self, flight: FlightKey) -> FlightKey | None:
        """The number that the party bought for this flight, where it is not the flight's own."""
        for leg in self.seated:
            if leg.flight == flight:
                return leg.sold_as
        if not self.ticket.sold_as:
            return None
        ticketed = zip(self.ticket.flights, self.ticket.sold_as, strict=False)
        return next((number for own, number in ticketed if own == flight != number), None)


class GivenUp(Struct, frozen=True, gc=False, array_like=True):
    """A journey that the party has given up by a request, as the reservation system last had it. What it repeats of it is no
    news."""

    journey: int
    reserved: tuple[Reserved, ...]


ComplaintKind = Literal["cancelled_flight", "delayed_flight", "other"]
"""As fare rules name what went wrong (`complaint`)."""


class Complaint(Struct, frozen=True, gc=False, kw_only=True):
    """What went wrong on a journey of a booking, by its party's word."""

    journey: int
    kind: ComplaintKind


class BeforeRequests(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What requests have changed beside the trip, as the reservation system last had it. What it repeats of that is no news."""

    bags: Bags | None = None
    """None: no request has changed them, or the reservation system has them as they are here, by a later version."""
    insurance: bool | None = None
    """As of `bags`."""
    names: dict[PassengerId, str] = {}
    """Of passengers that a request has named otherwise. Personal data, as that of passengers is."""
    paid: tuple[PaidItem, ...] | None = None
    """What was paid before a request charged for something, or gave something back. As of `bags`; any other word about it
    holds."""


class Booking(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A party and its journeys, in order of travel.

    One that the reservation system has withdrawn, or the party has cancelled, stays, without journeys, people, payments,
    contact and remark: what comes late finds it. So does one of which no version could be held: it has no passengers.
    """

    pnr: Pnr
    party: Party
    journeys: tuple[Journey, ...]
    passengers: tuple[Passenger, ...] = ()
    """Each person, where that is known; then `party` counts them. Empty: only the party is known."""
    record: Record | None = None
    """Where it is known; then `pnr` is the key that follows from it (`contracts.records.pnr_of`)."""
    version: int = 0
    """The last version of the reservation system's that was decided, applied or contradicted; 0: none. It and older ones change
    nothing when they come again."""
    sale: Sale | None = None
    """How it was sold, as far as that is known."""
    changes: int = 0
    """How often requests have changed its trip: flights, cabin, or journeys that were given up."""
    given_up: tuple[GivenUp, ...] = ()
    """Journeys that the party has given up, and the reservation system may still have."""
    before_requests: BeforeRequests = BeforeRequests()
    compensated: tuple[Complaint, ...] = ()
    """What a request has been granted something for: each once."""

    @property
    def reference(self) -> str:
        """What the party knows its booking by."""
        return self.record.locator if self.record else self.pnr

    @property
    def is_withdrawn(self) -> bool:
        return not self.journeys

    def journey(self, number: int) -> Journey | None:
        """The journey with this number."""
        for journey in self.journeys:
            if journey.number == number:
                return journey
        return None

    def replacing(self, changed: Journey) -> "Booking":
        """The booking with this journey in place of the one with its number, and without coupons of flights it has no more."""
        journeys = tuple([changed if each.number == changed.number else each for each in self.journeys])
        if not self.passengers:
            return structs.replace(self, journeys=journeys)
        flights = {leg.flight for journey in journeys for leg in journey.legs}
        return structs.replace(self, journeys=journeys, passengers=with_coupons_of(flights, self.passengers))

    def checked_in(self, flight: FlightKey) -> bool:
        """Whether any of its passengers is known to be checked in on this flight, or on board of it."""
        return any(each.coupons.get(flight) in ("checked_in", "boarded") for each in self.passengers)

    def boarded(self, flight: FlightKey) -> bool:
        """Whether any of its passengers is known to be, or to have been, on board of this flight."""
        return any(each.coupons.get(flight) in ("boarded", "flown") for each in self.passengers)

    def no_show(self, flight: FlightKey) -> bool:
        """Whether all of its passengers are known not to have come to this flight, which has left without them."""
        return bool(self.passengers) and all(each.coupons.get(flight) == "no_show" for each in self.passengers)

    def neighbours(self, number: int) -> tuple[Journey | None, Journey | None]:
        """The journeys before and after the one with this number."""
        if len(self.journeys) == 1:
            return None, None
        at = [journey.number for journey in self.journeys].index(number)
        before = self.journeys[at - 1] if at else None
        return before, self.journeys[at + 1] if at + 1 < len(self.journeys) else None

    @property
    def all_legs(self) -> tuple[Leg, ...]:
        """The legs of all journeys, in order of travel."""
        return tuple([leg for journey in self.journeys for leg in journey.legs])

    @property
    def seated(self) -> tuple[Leg, ...]:
        """The flights on which the party has seats, trip or not, in order of travel."""
        return tuple([leg for journey in self.journeys for leg in journey.seated])


class Following(Struct, frozen=True, gc=False, array_like=True):
    """The next journey of a booking, by its number and its first flight."""

    journey: int
    flight: FlightKey


class WaitlistEntry(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A party that waits for seats for a stranded journey; removed when it is rebooked."""

    pnr: Pnr
    journey: int = 1
    origin: Airport
    """Where it waits, as known when it was stranded."""
    destination: Airport
    seats: int
    flown: tuple[Leg, ...] = ()
    """The legs of its journey that it had flown or was on. It can leave again from where, and after, the last of these flights
    arrives, as known by then; if that has gone on without it, from the stop at which it got off, where this leg ends. The
    journey has these legs again once it is rebooked."""
    following: Following | None = None
    """The booking's next journey, if it holds a flight: the party cannot take it while it waits."""
    held: tuple[FlightKey, ...] = ()
    """The flights of `Journey.held`."""
    connections: int = 0
    """How many it was sold: it may be given as many (`Rules.limits`)."""
    carrier: Carrier | None = None
    """That sold its ticket; None: written before that was noted."""
    ticketed: Instant | None = None
    """When its ticket was to leave: a trip leaves at most `Rules.later` after it."""
    overdue: bool = False
    """That has passed, and a fact has marked it for a person."""
    is_offered: bool = False
    """An offer to it waits for an answer: seats that are freed meanwhile are no reason to plan it again."""
    declined: bool = False
    """No one agreed to the trip that was offered: a person has to look at what the party wants, and it is not planned again
    until then."""
    left: bool = False
    """The party has asked to be given no other trip: it is not planned, and gets one by its own request or by the reservation
    system's word. What it is owed stays as it is."""


class ActiveBooker(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The lease. Every commit renews it at its expected revision, or expects it there, so two bookers can never both write."""

    holder: str
    until: Instant
    """Wall clock."""
    plans_heard: int = 0
    """Every plan up to this PLANS sequence has had its answer, in the ledger as of this commit, or has met a fault: it is
    then tried again, or a dead letter, and may have its answer later or never."""


class SeatsDisrupted(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """These parties need an answer: a new trip, or a confirmation of theirs. A flight that was `diverted` is so once more when
    no word of it has come in time (`SeatLedger.silent`)."""

    flight: FlightKey
    n: int
    kind: Disruption
    parties: tuple[Pnr, ...]
    departs: Instant
    arrives: Instant
    diverted_to: Airport | None = None
    rules: int = 0
    """Version of the rules (`RulesInForce`) that it was decided by: whether a connection is lost; 0: decided before there were
    any."""


class SeatsFreed(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Seats of a flight can be sold: released, added, open again, later, or no longer reserved for a plan. It binds no one: a
    plan that follows names the rules that it was made by."""

    flight: FlightKey
    n: int
    lost_by: tuple[JourneyKey, ...] = ()
    """Journeys that had lost seats on this flight when it changed, or when the connection to it held again: they are moved back
    where that serves them."""


class Reseated(Struct, frozen=True, gc=False, array_like=True):
    """A party whose seats on a flight have other numbers than before."""

    pnr: Pnr
    before: tuple[SeatNumber, ...]
    """Empty: it had none."""
    after: tuple[SeatNumber, ...]
    """Empty: there are none that it may have."""


class SeatsReassigned(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """These holders have other seats on the flight than before. Their trips and bookings are as they were."""

    flight: FlightKey
    n: int
    cause: Reassignment
    layout: LayoutName | None
    """By which seats are given out from now on; None: they are counted alone."""
    parties: tuple[Reseated, ...]


class JourneyFact(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What every fact about a journey of a booking holds."""

    pnr: Pnr
    journey: int = 1
    id: Id
    """The committed plan's."""
    reason: Disruption
    broken_by: FlightKey | None = None
    """Of a broken connection, where it is known: the flight whose times broke it. Of a journey that is `unreachable`: the last
    flight of the journey before, or its own first one, whose times left too little of the stay between the two."""
    before: tuple[Leg, ...]
    language: Language
    contact: str
    decided_at: Instant
    follows: Id = ""
    """The fact about this journey before this one; empty if there was none."""
    documents: Documents | None = None
    """Of the journey, as this decision leaves them; None: not known."""
    marks: tuple[Mark, ...] = ()
    """Why a person should look at the trip that it leaves the party with."""
    rules: int = 0
    """Version of the rules (`RulesInForce`) that it was decided by; 0: decided before there were any."""
    offer: Id = ""
    """The offer that it answers, as it was taken or given up; empty: none was."""
    answered_by: Answerer | None = None
    """Who answered that offer; None: no one has in time."""


class BookingChanged(JourneyFact, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The party has new seats."""

    after: tuple[Leg, ...]
    wishes: Wishes | None = None
    """What the model read in the party's remark; None if no remark was read."""
    unmet: tuple[Wish, ...] = ()
    """The wishes that the trip does not meet."""
    because: tuple[str, ...] = ()
    """The `Reason`s why this trip was preferred to equally good ones; empty if the rules alone decided."""
    regained: tuple[FlightKey, ...] = ()
    """With the reason `restored`: the flights of `after` on which the party had lost its seats."""


class BookingKept(JourneyFact, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The party keeps its trip, at the times in `after`."""

    after: tuple[Leg, ...]
    diverted_to: Airport | None = None
    wishes: Wishes | None = None
    """What the model read in the party's remark; None if no remark was read."""
    unmet: tuple[Wish, ...] = ()
    """The wishes that the trip does not meet."""


class BookingStranded(JourneyFact, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """There is no legal trip for the party. It waits for seats to be freed, and gives up its own but those that it holds.

    With the reason `lapsed` it was stranded before (so that `before` is empty), and gives up seats that it had held until now.
    With the reason `overdue` it was too, and no trip can be legal any more: a person has to take over.
    """

    origin: Airport
    destination: Airport
    flown: tuple[Leg, ...] = ()
    """The legs that the party has flown or is on; the last of them takes it to `origin`."""
    held: tuple[Leg, ...] = ()
    """The legs to come on which it keeps its seats (`Journey.held`)."""
    lapsed: tuple[Leg, ...] = ()
    """The legs that it had held, and gives up."""


class JourneyAffected(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A journey has to be planned though none of its flights was disrupted.

    The one before it in its booking has changed: it begins too early now, or it is stranded and may begin at another time. Or
    flights on both sides of a short stay have moved, each by less than is announced, and too little of it is left. Or the one
    before it still waits, and its own first flight is about to leave. Or it waits itself, and the flight that was presumed to
    have left with the party has not, as far as is known.
    """

    pnr: Pnr
    journey: int
    id: Id
    """Of the fact about the journey that has changed, or derived from the change of a flight, or from what the party waits
    for."""
    by: int
    """The number of the journey before it, or of that which waits: its own, where it waits itself."""
    rules: int = 0
    """Version of the rules (`RulesInForce`) that it was decided by; 0: decided before there were any."""


BookingFact: TypeAlias = BookingChanged | BookingKept | BookingStranded
"""Any fact about a booking."""

SEAT_LEDGER = Subject("ledger.flight.{flight}", SeatLedger, "LEDGER")
"""booker -> views"""
BOOKING = Subject("ledger.booking.{pnr}", Booking, "LEDGER")
"""booker -> views"""
WAITLIST = Subject("ledger.waiting.{pnr}.{journey}", WaitlistEntry, "LEDGER")
"""booker -> views"""
ACTIVE_BOOKER = Subject("ledger.active", ActiveBooker, "LEDGER")
"""bookers -> bookers"""
SEATS_DISRUPTED = Subject("seats.disrupted.{flight}.{n}", SeatsDisrupted, "LEDGER")
"""booker -> planner"""
SEATS_FREED = Subject("seats.freed.{flight}.{n}", SeatsFreed, "LEDGER")
"""booker -> planner, for the waitlist"""
SEATS_REASSIGNED = Subject("seats.reassigned.{flight}.{n}", SeatsReassigned, "LEDGER")
"""booker -> anyone"""
BOOKING_CHANGED = Subject("booking.changed.{pnr}.{id}", BookingChanged, "LEDGER")
"""booker -> notifier, anyone"""
BOOKING_KEPT = Subject("booking.kept.{pnr}.{id}", BookingKept, "LEDGER")
"""booker -> notifier, anyone"""
JOURNEY_AFFECTED = Subject("booking.affected.{pnr}.{id}", JourneyAffected, "LEDGER")
"""booker -> planner"""
BOOKING_STRANDED = Subject("booking.stranded.{pnr}.{id}", BookingStranded, "LEDGER")
"""booker -> notifier, planner, anyone"""
