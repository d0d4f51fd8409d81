"""The pricer's place in the conversation. What is published, and when, is in `pricing`; what a fare is, in `domain`."""

from agents.pricer.config import Config, default_ladder
from agents.pricer.pricing import Pricing
from bus import Agent, Bus, Handlers, Timer
from contracts.fares import FARE, FARE_STATUS
from contracts.ledger import SEAT_LEDGER

PRICER = Agent("pricer", hears=(FARE_STATUS,), keeps=(FARE,), views=(SEAT_LEDGER, FARE), group=128)


async def build(bus: Bus, config: Config) -> Handlers:
    pricing = Pricing(bus, config.ladder or default_ladder())
    return Handlers(
        {FARE_STATUS: pricing.hear},
        ready=pricing.start,
        wakes=Timer(pricing.earliest, pricing.due),
        stats=lambda: {"fares": dict(pricing.published)},
    )
