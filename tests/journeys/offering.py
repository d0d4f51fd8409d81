"""Rules that ask, and those who answer, in small worlds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import structs

from bus import Fact, derived_id
from contracts.ledger import Answerer
from contracts.names import Id, Pnr
from contracts.offers import (
    ANSWER_REFUSED,
    OFFER,
    OFFER_ANSWERED,
    TRIP_OFFERED,
    Answer,
    AnswerRefused,
    Offer,
    OfferAnswered,
    TripOffered,
)
from contracts.reservations import ReservationStatus
from tests.journeys.small_world import World
from tests.journeys.system import System
from tests.reservation_system import whole

_HEAD = '[reaccommodation]\nname = "x"\nsource = "x"\n[[consent]]\n'


def asking(folder: Path, consent: str = 'by = "party"') -> Mapping[str, str]:
    """Settings by which this table says whose yes a trip needs."""
    rules = folder / "rules"
    rules.mkdir()
    (rules / "all.toml").write_text(_HEAD + consent)
    return {"IROPS_RULES_FOLDER": str(rules)}


async def open_offer(system: System, pnr: Pnr, journey: int = 1) -> Offer | None:
    key = OFFER.key(pnr=pnr, journey=journey)
    entry = (await system.bus.load([key]))[key]
    return entry.message if entry else None


async def made(system: System, pnr: Pnr) -> list[TripOffered]:
    """All offers to a party."""
    return [each.message async for each in system.bus.history(TRIP_OFFERED) if each.message.pnr == pnr]


async def refused(system: System) -> list[AnswerRefused]:
    return [each.message async for each in system.bus.history(ANSWER_REFUSED)]


def echo(
    world: World, offer: Offer | TripOffered, option: int = 0, *, version: int = 1, **party: Any
) -> ReservationStatus:
    """The version by which the reservation system has a trip of this offer, with these fields of the party changed."""
    trip = offer.plan.options[option].legs if isinstance(offer, Offer) else offer.trips[option]
    known, (first, *_) = world.bookings[offer.pnr], trip
    there = world.booking(offer.pnr, *(leg.flight for leg in trip), cabin=first.cabin)
    journeys = tuple(
        [
            structs.replace(there.journeys[0], number=each.number) if each.number == offer.journey else each
            for each in known.journeys
        ]
    )
    status = whole(structs.replace(known, journeys=journeys), version, **party)
    return structs.replace(status, offer=offer.id)


async def answers(
    system: System,
    offer: Offer | TripOffered,
    answer: Answer,
    option: Id = "",
    *,
    by: Answerer = "party",
    settled: bool = True,
    within: float = 15,
) -> Id:
    """Answer an offer; return once all have heard."""
    id_ = derived_id("answer", offer.id, answer, option, by)
    message = OfferAnswered(
        pnr=offer.pnr,
        journey=offer.journey,
        id=id_,
        offer=offer.id,
        answer=answer,
        option=option,
        by=by,
        made_at=system.bus.now(),
    )
    await system.bus.emit_once([Fact(OFFER_ANSWERED.of(message), expires=False)])
    if settled:
        await system.settled(within=within)
    return id_
