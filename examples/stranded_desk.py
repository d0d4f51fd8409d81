"""A desk that shows stranded parties: an agent added by subscribing. `python -m examples.stranded_desk`"""

from collections.abc import Sequence

from bus import Agent, Bus, Delivery, Handlers, run
from contracts.ledger import BOOKING_STRANDED, BookingStranded
from contracts.names import spoken

DESK = Agent("desk", hears=(BOOKING_STRANDED,))


async def build(_bus: Bus) -> Handlers:
    return Handlers({BOOKING_STRANDED: show})


async def show(group: Sequence[Delivery[BookingStranded]]) -> None:
    for fact in (delivery.message for delivery in group):
        flights = ", ".join(spoken(leg.flight) for leg in fact.before or fact.lapsed)
        had = f" (had {flights})" if flights else ""
        print(f"{fact.pnr} waits in {fact.origin} for a seat to {fact.destination}{had}", flush=True)


if __name__ == "__main__":
    run(DESK, build)
