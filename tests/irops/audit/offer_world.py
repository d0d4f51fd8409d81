"""A world with an offer: O was on B6.1, which is cancelled, and is asked whether it takes B6.4, seven hours later.

Of the four seats on B6.4 two are kept for it; neither that flight nor B6.5 has seats for S. Gold parties are asked, by the
rules in force, and have two hours.
"""

from collections.abc import Sequence
from dataclasses import replace as but
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from contracts.ledger import (
    Booking,
    BookingChanged,
    BookingStranded,
    Holding,
    Leg,
    Reserved,
    SeatsDisrupted,
    WaitlistEntry,
)
from contracts.notices import NoticeSent
from contracts.offers import AnswerRefused, Offer, OfferAnswered, TripOffered
from contracts.plans import Option, PlannedLeg, PlanProposed
from contracts.rules import Consent, Rules
from irops.audit import Streams
from tests.irops.audit.audit_world import DEAD, NOW, booking, by, flight, hours, key, leg, sound, with_booking
from tests.single_journey import altered, journey_of

NEXT, LATER = key(4), key(5)
MINUTE = timedelta(minutes=1)
ASKS_GOLD = Consent(by="party", tiers=("gold",))
OFFERED = 14
"""Where in LEDGER the offer is."""


def world(*, open_: bool = True, consent: Sequence[Consent] = (ASKS_GOLD,)) -> Streams:
    """`open_`: nothing has ended the offer yet."""
    streams = sound()
    for each in (flight(NEXT, departs=hours(8), economy=4), flight(LATER, departs=hours(10), economy=4)):
        state, ledger = each
        streams = but(
            streams,
            flights={**streams.flights, state.flight: state},
            seats={**streams.seats, ledger.flight: ledger},
        )
    dead = streams.seats[DEAD]
    first = streams.disrupted[0][1]
    streams = but(
        streams,
        seats={
            **streams.seats,
            DEAD: replace(dead, holders={"O": Holding("economy", 2)}),
            NEXT: replace(streams.seats[NEXT], on_offer={"O": Holding("economy", 2)}),
        },
        disrupted=[(1, named(first)), *streams.disrupted[1:]],
        whole=True,
    )
    asked = with_booking(streams, party(streams))
    offer = made(asked, default=consent[0].default if consent else "take")
    streams = but(
        by(asked, Rules(consent=tuple(consent)), decided=1),
        offered=[(OFFERED, offer)],
        offers={("O", 1): state_of(offer)},
        sent=(*asked.sent, NoticeSent(pnr="O", id="pO", channel="maildir", sent_at=NOW)),
    )
    return streams if open_ else ended(streams)


def named(disruption: SeatsDisrupted) -> SeatsDisrupted:
    return replace(disruption, parties=(*disruption.parties, "O"))


def party(streams: Streams) -> Booking:
    """O, with its lost flight and its open offer."""
    dead = streams.seats[DEAD]
    sold = booking("O", dead, leg(dead, answered=0), plan="pO")
    gold = replace(sold.party, tier="gold")
    return altered(sold, party=gold, offer="pO", offered=(Reserved(NEXT, "economy"),))


def trip(streams: Streams, on: str = NEXT) -> tuple[Leg, ...]:
    return (leg(streams.seats[on]),)


def made(streams: Streams, **fields: Any) -> TripOffered:
    lost = (leg(streams.seats[DEAD], answered=0),)
    fact = TripOffered(
        pnr="O", id="pO", reason="cancelled", before=lost, language="en", contact="", decided_at=NOW, rules=1,
        answerer="party", until=NOW + hours(2), default="take", trips=(trip(streams), trip(streams, LATER)),
        options=("a", "b"), stands=False, after=lost,
    )  # fmt: skip
    return replace(fact, **fields)


def state_of(fact: TripOffered) -> Offer:
    options = [
        Option(
            id=id_,
            legs=tuple(PlannedLeg(flight=leg.flight, cabin=leg.cabin, last_disruption=0) for leg in legs),
            arrives=legs[-1].arrives,
            cost=0,
            terms={},
        )
        for id_, legs in zip(fact.options, fact.trips, strict=True)
    ]
    plan = PlanProposed(
        pnr="O", id=fact.id, verdict="move", reason=fact.reason, booking_revision=1, as_of=1, options=tuple(options),
        planned_at=NOW, rules=fact.rules,
    )  # fmt: skip
    return Offer(
        pnr="O", journey=1, id=fact.id, answerer=fact.answerer, plan=plan, until=fact.until, default=fact.default,
        made_at=fact.decided_at, closes={leg.flight: 30 * MINUTE for trip in fact.trips[:1] for leg in trip},
    )  # fmt: skip


def with_offer(streams: Streams, **fields: Any) -> Streams:
    """The world whose offer was made otherwise, in fact and state alike."""
    fact = replace(streams.offered[0][1], **fields)
    offers = {key: state_of(fact) for key in streams.offers}
    return but(streams, offered=[(streams.offered[0][0], fact)], offers=offers)


def ended(streams: Streams) -> Streams:
    """The world without the open offer, and no answer: nothing is kept any more."""
    asked = journey_of(streams.bookings["O"])
    return but(
        with_booking(streams, altered(streams.bookings["O"], offer="", offered=(), last_fact=asked.last_fact)),
        offers={},
        seats={**streams.seats, NEXT: replace(streams.seats[NEXT], on_offer={})},
    )


def taken(streams: Streams, on: str = NEXT, **fields: Any) -> Streams:
    """The world in which the party has taken a trip, an hour after it was asked."""
    streams = ended(streams)
    after = trip(streams, on)
    fact = BookingChanged(
        pnr="O", id="aO", reason="cancelled", before=streams.offered[0][1].before, after=after, language="en",
        contact="", decided_at=NOW, follows="pO", rules=1, offer="pO", answered_by="party",
    )  # fmt: skip
    fact = replace(fact, **fields)
    moved = altered(streams.bookings["O"], legs=after, state="rebooked", last_fact=fact.id)
    holds = {
        DEAD: replace(streams.seats[DEAD], holders={}, lost_by={**streams.seats[DEAD].lost_by, "O": 1}),
        on: replace(streams.seats[on], holders={"O": Holding("economy", 2)}),
    }
    reply = answer("b" if on == LATER else "")
    return but(
        with_booking(streams, moved),
        seats={**streams.seats, **holds},
        facts=[*streams.facts, (15, fact)],
        replies=[reply] if fact.answered_by else [],
        sent=(*streams.sent, NoticeSent(pnr="O", id=fact.id, channel="maildir", sent_at=fact.decided_at)),
    )


def left(streams: Streams, **fields: Any) -> Streams:
    """The world in which it has taken none, and waits for a person."""
    streams = ended(streams)
    fact = BookingStranded(
        pnr="O", id="aO", reason="cancelled", before=streams.offered[0][1].before, origin="JFK", destination="SFO",
        language="en", contact="", decided_at=NOW, follows="pO", rules=1, offer="pO", answered_by="party",
        marks=("declined",),
    )  # fmt: skip
    fact = replace(fact, **fields)
    dead = streams.seats[DEAD]
    waits = WaitlistEntry(
        pnr="O", origin="JFK", destination="SFO", seats=2, carrier="B6", ticketed=dead.departs, declined=True
    )
    return but(
        with_booking(streams, altered(streams.bookings["O"], legs=(), state="stranded", last_fact=fact.id)),
        seats={**streams.seats, DEAD: replace(dead, holders={}, lost_by={**dead.lost_by, "O": 1})},
        facts=[*streams.facts, (15, fact)],
        waiting={**streams.waiting, ("O", 1): waits},
        replies=[replace(answer(), answer="leave")] if fact.answered_by else [],
        sent=(*streams.sent, NoticeSent(pnr="O", id=fact.id, channel="maildir", sent_at=fact.decided_at)),
    )


def answer(option: str = "", **fields: Any) -> OfferAnswered:
    reply = OfferAnswered(pnr="O", id="aO", offer="pO", answer="take", option=option, by="party", made_at=NOW)
    return replace(reply, **fields)


def refused(**fields: Any) -> AnswerRefused:
    refusal = AnswerRefused(
        pnr="O", id="aO", offer="pO", refusal="full", detail="", decided_at=NOW, rules=1
    )  # fmt: skip
    return replace(refusal, **fields)


def with_fact(streams: Streams, **fields: Any) -> Streams:
    """The world with other fields in the last fact."""
    *others, (at, fact) = streams.facts
    return but(streams, facts=[*others, (at, replace(fact, **fields))])
