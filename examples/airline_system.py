"""An airline's own reservation system, which has the last word on what irops offers: `python -m examples.airline_system`

It hears each offer that is for it to answer, and confirms the first trip on which its own inventory has the seats, or none. The
inventory of this example is a fake: `AIRLINE_FULL` names the flights that are full in it, and all others have seats.
"""

from collections.abc import Mapping, Sequence

from bus import Agent, Bus, Delivery, Environment, Fact, Handlers, derived_id, run
from contracts.identity import canonical
from contracts.names import FlightKey
from contracts.offers import OFFER_ANSWERED, TRIP_OFFERED, OfferAnswered, TripOffered

AIRLINE = Agent("airline", hears=(TRIP_OFFERED,), says=(OFFER_ANSWERED,))

Full = frozenset[FlightKey]


def from_environment(variables: Mapping[str, str]) -> Full:
    """`AIRLINE_FULL`: the keys of flights, separated by commas. Raises `ValueError`."""
    return Environment(variables).read("AIRLINE_FULL", default=frozenset(), parse=_flights, wanted="keys of flights")


def _flights(keys: str) -> Full:
    return frozenset(canonical(key.strip()) for key in keys.split(","))


async def build(bus: Bus, full: Full) -> Handlers:
    async def hear(group: Sequence[Delivery[TripOffered]]) -> None:
        """An offer that is delivered again has the same answer, which is stored once."""
        for delivery in group:
            offer = delivery.message
            if offer.answerer == "system":
                answer = OFFER_ANSWERED.of(answer_to(offer, full))
                await bus.emit_once([Fact(answer, delivery, expires=False)])

    return Handlers({TRIP_OFFERED: hear})


def answer_to(offer: TripOffered, full: Full) -> OfferAnswered:
    """The first trip with seats is taken; none has any: none is."""
    options = zip(offer.options, offer.trips, strict=True)
    confirmed = next((id_ for id_, trip in options if full.isdisjoint(leg.flight for leg in trip)), None)
    return OfferAnswered(
        pnr=offer.pnr,
        journey=offer.journey,
        id=derived_id("airline", offer.pnr, offer.id),
        offer=offer.id,
        answer="leave" if confirmed is None else "take",
        option=confirmed or "",
        by="system",
        made_at=offer.decided_at,
    )


if __name__ == "__main__":
    run(AIRLINE, build, config=from_environment)
