"""Requests: what a person asks of the booker, at what price, and what became of it.

A question has a `Quote` for an answer: what it would cost, by which rule, and until when. It changes nothing. What changes
anything is a message: `RequestMade` says yes to a quote, and the booker carries it out, or refuses it and says why. A quote is
good for one request. Its price and rules hold until it expires, its seats do not: what is gone by then is refused, with a new
quote where there is one to be had.

irops takes no money: `PaymentDue` says what is to be charged or given back, for those who do. A request never changes how many
travel.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.fares import Family
from contracts.flights import Instant
from contracts.layouts import SeatNumber
from contracts.ledger import Complaint, Language, Reserved
from contracts.money import Money
from contracts.names import FlightKey, Id, Pnr
from contracts.passengers import PassengerName
from contracts.reservations import AmendedJourney
from contracts.sales import Bags, Instrument, InstrumentId
from contracts.subject import Ask, Subject

Act = Literal[
    "cancel",
    "change_trip_type",
    "change_flights",
    "change_dates",
    "same_day_change",
    "change_cabin",
    "change_origin",
    "change_destination",
    "change_seat",
    "leave_waitlist",
    "add_bags",
    "remove_bags",
    "add_insurance",
    "remove_insurance",
    "change_names",
    "compensate",
]
"""As fare rules name what is asked for. To give up one way of a return is to cancel, and to make another trip type of it. Other
flights are asked for by one name: of another day, on the day of travel, or before it."""
Outcome = Literal["allowed", "refused", "ask", "person"]
"""`ask`: it depends on facts that are missing. `person`: a person decides."""
Refusal = Literal["unknown quote", "not allowed", "other price", "used", "expired", "changed", "impossible"]
"""`not allowed`: the quote was no offer. `other price`: the yes was to another price, or to an earlier revision of the quote.
`changed`: the booking, or a flight of it, is not as it was quoted. `impossible`: what was asked for cannot be done now."""
Moved = Literal["kept", "refunded", "credited", "forfeited", "charged", "left", "lost", "granted"]
"""Of what was paid: `kept` in the booking, `refunded` to its instrument, `credited` to another, `forfeited`. Of what pays now:
`charged`; of its balance, `left`, or `lost` where a kind's rest is. `granted`: given besides."""
FactName = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9_]{1,60}$(?!\n)", description="a fact as fare rules name it", examples=["reason"]),
]
FactValue = Annotated[str, Meta(max_length=200, description="a value as a case of fare rules has it")]


class TripWanted(Struct, frozen=True, gc=False, kw_only=True):
    """Other flights for a journey, or another cabin on its own."""

    journey: int
    flights: tuple[Reserved, ...]
    """All of them, in order of travel."""


class SeatsWanted(Struct, frozen=True, gc=False, kw_only=True):
    """Other seats by number on a flight of a journey."""

    journey: int
    flight: FlightKey
    seats: tuple[SeatNumber, ...]
    """Of each of the party that needs a seat, in their order (`contracts.passengers.with_seats`)."""


class Wanted(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What is asked for: one of these."""

    cancel: tuple[int, ...] = ()
    """The journeys to give up, by number."""
    change: tuple[TripWanted, ...] = ()
    """The journeys to fly otherwise, each as a whole."""
    seats: tuple[SeatsWanted, ...] = ()
    """Where to sit, once for each flight. The flights stay."""
    leave: tuple[int, ...] = ()
    """The journeys that wait for another trip, and are to be given none, by number."""
    bags: Bags | None = None
    """How many bags the whole party would check."""
    insurance: bool | None = None
    """Whether the trip would be insured."""
    names: tuple[int, ...] = ()
    """The passengers who would be named otherwise, by place in the booking's list: 1 is the first. What they would be named is
    in `QuoteWanted.names`."""
    compensate: Complaint | None = None
    """To be compensated for this."""


class QuoteWanted(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What would this cost, by which rule, and until when?"""

    pnr: Pnr
    id: Id
    """Of the quote, made by who asks: asked again, it has the same answer."""
    wanted: Wanted
    stated: dict[FactName, FactValue] = {}
    """Facts that only the customer knows, such as the reason. What the booking says is not for the customer to state."""
    pay_with: tuple[Instrument, ...] = ()
    """What the customer would pay with, with the balance of each where it has one."""
    names: dict[int, PassengerName] = {}
    """For each of `Wanted.names`, the name wished for. A quote does not keep them: `WishedNames` does while it stands."""


class WishedNames(Struct, frozen=True, gc=False, kw_only=True):
    """The names wished for by a quote that is an offer. Personal data: gone when the quote is used, and after the time for
    which it stands at most, whatever became of it. A request on that quote is refused from then on."""

    pnr: Pnr
    id: Id
    """The quote's."""
    names: dict[int, PassengerName]
    """As of `QuoteWanted`."""


class RuleCited(Struct, frozen=True, gc=False, kw_only=True):
    """A rule that decided, and where it is written."""

    file: str
    line: int
    id: str
    words: str
    """What a customer reads."""


class FactMissing(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A fact that would change the answer."""

    fact: FactName
    means: str
    may_be_stated: bool = False
    """Whether the customer may say it; else the booking lacks it."""


class Part(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A part of a price, or of what a customer is given."""

    what: str
    """What it is for."""
    money: Money
    into: tuple[str, ...] = ()
    """What it is given as: `original`, or one of these kinds of instrument."""
    valid_days: int | None = None
    """For how many days what is given can be used; None: for ever, or as the instrument says."""


class Movement(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """An amount of one instrument, and what becomes of it."""

    instrument: InstrumentId = ""
    """Empty: not known, or of what is granted."""
    what: Moved
    money: Money
    into: str = ""
    """Of what is credited or granted: the id of an instrument, or the kind of a new one."""


class Price(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """All amounts of a quote, in one currency. What is given up is given back or forfeited, to the cent."""

    charges: tuple[Part, ...] = ()
    gives_up: Money | None = None
    """Of what was paid."""
    back: tuple[Part, ...] = ()
    forfeited: Money | None = None
    grants: tuple[Part, ...] = ()
    movements: tuple[Movement, ...] = ()
    """The same amounts, by instrument."""
    due: Money | None = None
    """What is to be paid and has no instrument yet."""


class Quote(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The answer to a `QuoteWanted`. It changes nothing and holds no seats."""

    pnr: Pnr
    id: Id
    asked: QuoteWanted
    """What the customer states is among the facts that it was judged by."""
    acts: tuple[Act, ...]
    outcome: Outcome
    cites: tuple[RuleCited, ...] = ()
    """The rules that decided. With `ask`, those between which the missing facts decide."""
    why: str = ""
    """Where no rule decided: why not, in one line."""
    missing: tuple[FactMissing, ...] = ()
    price: Price = Price()
    """Only what is allowed has amounts."""
    pay_with: dict[str, int] = {}
    """How many instruments of which kind may pay; empty: any."""
    facts: dict[FactName, FactValue] = {}
    """What it was judged by."""
    new_family: Family | None = None
    """The fare family in which the flights asked for are sold, where it is one."""
    policy: str = ""
    """A digest of the fare files that it was judged by; empty: none."""
    rules: int = 0
    """Version of the rules (`RulesInForce`) in force."""
    booking_revision: int
    """The revision of the booking that it is about."""
    follows: dict[int, Id] = {}
    """`Journey.last_fact` of each of its journeys that has one: with another one, the quote is out of date."""
    quoted_at: Instant
    until: Instant
    """Price and rules hold until then."""
    used_by: Id = ""
    """The request that was carried out by it; empty: none yet."""


class Quoted(Struct, frozen=True, gc=False, kw_only=True):
    """A quote, and its revision in the ledger, which a request names."""

    quote: Quote
    revision: int


class RequestMade(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The customer says yes to a quote and its price."""

    pnr: Pnr
    id: Id
    """Made by who asks; the same request may be sent again."""
    quote: Id
    revision: int
    """Of the quote, as it was shown."""
    price: Price
    """As it was shown and agreed to."""
    made_at: Instant


class RequestDone(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The request is carried out, all of it, at the price of its quote. What it changed is in `BookingAmended` or
    `BookingWithdrawn`, which has the same id."""

    pnr: Pnr
    id: Id
    quote: Id
    acts: tuple[Act, ...]
    wanted: Wanted = Wanted()
    """What was asked for, as of the quote."""
    journeys: tuple[AmendedJourney, ...] = ()
    """Those with other flights than before."""
    cites: tuple[RuleCited, ...]
    price: Price
    policy: str
    """As of the quote."""
    rules: int = 0
    """Version of the rules (`RulesInForce`) that it was decided by."""
    quote_revision: int
    """Of the quote, as the request named it."""
    quoted_until: Instant
    passengers: int
    """How many travel, before and after."""
    language: Language = ""
    contact: str = ""
    decided_at: Instant


class RequestRefused(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Nothing was changed."""

    pnr: Pnr
    id: Id
    quote: Id
    refusal: Refusal
    detail: str
    """In one line."""
    offers: Id = ""
    """A new quote for the same; empty: there is none."""
    language: Language = ""
    contact: str = ""
    decided_at: Instant
    rules: int = 0
    """As of `RequestDone`."""


class PaymentDue(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What is to be charged, refunded, credited, forfeited or granted for a request that was carried out, for those who take
    money and give it back."""

    pnr: Pnr
    id: Id
    """The request's."""
    movements: tuple[Movement, ...] = ()
    due: Money | None = None
    """What is to be charged to an instrument that is not known yet."""
    cites: tuple[RuleCited, ...]
    """The rules that say so."""
    decided_at: Instant


QUOTE_WANTED = Ask("booker", "quote", QuoteWanted, Quoted)
"""customer -> booker"""
QUOTE = Subject("ledger.quote.{pnr}.{id}", Quote, "LEDGER")
"""booker -> views"""
WISHED_NAMES = Subject("ledger.names.{pnr}.{id}", WishedNames, "LEDGER")
"""booker -> booker"""
REQUEST_MADE = Subject("request.made.{pnr}.{id}", RequestMade, "REQUESTS")
"""customer -> booker"""
REQUEST_DONE = Subject("request.done.{pnr}.{id}", RequestDone, "LEDGER")
"""booker -> anyone"""
REQUEST_REFUSED = Subject("request.refused.{pnr}.{id}", RequestRefused, "LEDGER")
"""booker -> anyone"""
PAYMENT_DUE = Subject("payment.due.{pnr}.{id}", PaymentDue, "LEDGER")
"""booker -> who takes money"""
