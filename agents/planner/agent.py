"""The planner's place in the conversation, and how its parts are put together.

Views are fed in `views`; a window of causes is planned in `window`; refused plans come in there like any other cause.
"""

from agents.planner.config import Config
from agents.planner.domain import Reservations
from agents.planner.judgement.judge import Judge
from agents.planner.judging import JUDGED, Judging
from agents.planner.live_planner import LivePlanner
from agents.planner.views import PlannerViews
from agents.planner.window import WindowPlanner
from bus import Agent, Bus, Handlers
from bus.airports import countries, zones
from bus.logs import get_logger
from contracts.asks import SHOW_PROMPT
from contracts.brakes import BRAKED, BRAKES
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING,
    BOOKING_STRANDED,
    JOURNEY_AFFECTED,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    SEATS_FREED,
    WAITLIST,
)
from contracts.plans import PLAN_PROPOSED, PLAN_REFUSED
from contracts.reservations import BOOKING_AMENDED
from contracts.rules import RULES_ADOPTED, RULES_IN_FORCE
from contracts.weather import WEATHER_OBSERVED
from llm import open_client

PLANNER = Agent(
    "planner",
    hears=(
        SEATS_DISRUPTED,
        SEATS_FREED,
        PLAN_REFUSED,
        BOOKING_STRANDED,
        JOURNEY_AFFECTED,
        RULES_ADOPTED,
        BOOKING_AMENDED,
    ),
    says=(PLAN_PROPOSED,),
    views=(SEAT_LEDGER, WAITLIST, ACTIVE_BOOKER, RULES_IN_FORCE, BRAKES, BRAKED, WEATHER_OBSERVED),
    reads=(BOOKING,),
    answers=(SHOW_PROMPT,),
    own_failpoints=(JUDGED,),
    group=24,
)

log = get_logger("planner")


async def build(bus: Bus, config: Config) -> Handlers:
    reservations = Reservations()
    views = PlannerViews(bus, reservations, countries=countries())
    live = LivePlanner(bus, views, reservations, config)
    client = open_client(config.model)
    judging = Judging(live, Judge(client, config.limits), zones=zones())
    window = WindowPlanner(live, judging)
    if config.model.base_url:
        log.info("remarks are read by a model", model=config.model.model)
    else:
        log.info("no model is configured: the rules decide alone")
    return Handlers(
        dict.fromkeys(PLANNER.hears, window.hear),
        answers={SHOW_PROMPT: judging.show_prompt},
        stats=lambda: {"model": {"name": config.model.model or "", **client.stats()}},
        close=client.close,
    )
