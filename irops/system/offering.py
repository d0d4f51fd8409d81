"""Open offers, and answers to them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from bus import Bus, Fact
from contracts.ledger import BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, Answerer, BookingFact
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
from contracts.subject import Key
from irops.system.outcomes import outcome
from irops.terminal.failures import Failed

_OUTCOMES = (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, ANSWER_REFUSED)


class OpenOffer(NamedTuple):
    offer: Offer
    fact: TripOffered


async def open_offers(bus: Bus) -> list[OpenOffer]:
    """Every open offer, the one that has to be answered first at the beginning. Raises `ApiError`, `Unavailable`."""
    return await _with_facts(bus, [recorded.message async for recorded in bus.history(OFFER)])


async def _with_facts(bus: Bus, offers: Sequence[Offer]) -> list[OpenOffer]:
    keys = [TRIP_OFFERED.key(pnr=offer.pnr, id=offer.id) for offer in offers]
    loaded = await bus.load(keys)
    found = [OpenOffer(offer, entry.message) for offer, key in zip(offers, keys, strict=True) if (entry := loaded[key])]
    return sorted(found, key=lambda each: (each.offer.until, each.offer.pnr, each.offer.journey))


async def open_offer(bus: Bus, pnr: Pnr, *, journey: int | None, offer: Id | None) -> OpenOffer:
    """The party's open offer. Raises `Failed` where there is none, or several and no `journey` is named; with `offer`, also
    where it is another one."""
    offers = [each.message async for each in bus.history(OFFER)]
    found = await _with_facts(bus, [each for each in offers if each.pnr == pnr and journey in (None, each.journey)])
    if not found:
        where = f" for journey {journey}" if journey is not None else ""
        raise Failed(f"{pnr} has no open offer{where}; `irops queue list` lists them")
    if len(found) > 1:
        numbers = ", ".join(str(each.offer.journey) for each in found)
        raise Failed(f"{pnr} has open offers for the journeys {numbers}: name one with --journey")
    if offer is not None and found[0].offer.id != offer:
        raise Failed(f"offer {offer} of {pnr} has ended; {found[0].offer.id} is open now: see `irops queue show {pnr}`")
    return found[0]


async def answered(
    bus: Bus, offer: Offer, answer: Answer, *, option: Id = "", by: Answerer
) -> BookingFact | AnswerRefused:
    """Answer an offer, and get what has become of it. Raises `Failed` where the booker has not decided in time: the answer is
    stored, and it will."""
    id_ = uuid4().hex
    message = OfferAnswered(
        pnr=offer.pnr, journey=offer.journey, id=id_, offer=offer.id, answer=answer, option=option, by=by, made_at=bus.now()
    )  # fmt: skip
    await bus.emit_once([Fact(OFFER_ANSWERED.of(message), expires=False)])
    outcomes: list[Key[Any]] = [subject.key(pnr=offer.pnr, id=id_) for subject in _OUTCOMES]
    decided: BookingFact | AnswerRefused = await outcome(bus, outcomes, of=f"answer {id_}")
    return decided


def in_words(offers: Sequence[OpenOffer]) -> Iterator[str]:
    """One line about these, if there are any."""
    if offers:
        asked = Counter(each.offer.answerer for each in offers)
        what = "1 offer is" if len(offers) == 1 else f"{len(offers):,} offers are"
        whom = ", ".join(f"{count:,} {answerer}" for answerer, count in sorted(asked.items()))
        yield f"{what} open ({whom}), the next until {offers[0].offer.until:%Y-%m-%d %H:%M} UTC; see `irops queue list`"
