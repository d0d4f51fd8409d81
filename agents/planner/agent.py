"""What the planner hears and says: thin round `domain` and `judgement`. A window is whatever has been heard when it is free to
plan; parties for whom a model is asked are planned with the others, and judged beside the next windows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from msgspec import structs

from agents.planner.adapters import Knowledge, load_airports
from agents.planner.config import Config
from agents.planner.deciding import Deciding, Held, Why
from agents.planner.desk import PartyDesk
from agents.planner.domain import Hope
from agents.planner.domain.touched import Cause, touched_by
from agents.planner.judgement.choice import needs_model
from agents.planner.judgement.judge import Judge, ModelSkipped
from agents.planner.together import Together
from bus import Agent, AskFailed, Bus, Deferred, Delivery, Fact, Handlers, Retry, derived_id
from bus.logs import get_logger
from contracts.asks import SHOW_PROMPT, PromptShown, ShowPrompt
from contracts.judgement import Fallback, Judgement
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING,
    BOOKING_STRANDED,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    SEATS_FREED,
    WAITLIST,
)
from contracts.names import Airport, Pnr
from contracts.plans import PLAN_PROPOSED, PLAN_REFUSED, PlanProposed
from contracts.weather import WEATHER_OBSERVED
from llm import open_client

JUDGED = "judged"
"""A judge has answered about a party, and nothing is proposed yet."""

PLANNER = Agent(
    "planner",
    hears=(SEATS_DISRUPTED, SEATS_FREED, PLAN_REFUSED, BOOKING_STRANDED),
    says=(PLAN_PROPOSED,),
    views=(SEAT_LEDGER, WAITLIST, ACTIVE_BOOKER, WEATHER_OBSERVED),
    reads=(BOOKING,),
    answers=(SHOW_PROMPT,),
    own_failpoints=(JUDGED,),
    group=24,
)

log = get_logger("planner")

_SOON = timedelta(seconds=1)


async def build(bus: Bus, config: Config) -> Handlers:
    airports = load_airports()
    rules = replace(config.rules, countries=airports.countries)
    client = open_client(config.model)
    judge = Judge(client, config.limits)
    planner = Planner(bus, Knowledge(bus, rules), judge, replace(config, rules=rules), zones=airports.zones)
    if config.model.base_url:
        log.info("remarks are read by a model", model=config.model.model)
    else:
        log.info("no model is configured: the rules decide alone")
    return Handlers(
        dict.fromkeys(PLANNER.hears, planner.hear),
        answers={SHOW_PROMPT: planner.show_prompt},
        stats=lambda: {"model": {"name": config.model.model or "", **client.stats()}},
        close=client.close,
    )


class Planner:
    def __init__(
        self, bus: Bus, knowledge: Knowledge, judge: Judge, config: Config, *, zones: Mapping[Airport, ZoneInfo]
    ) -> None:
        self._bus = bus
        self._knows = knowledge
        self._judge = judge
        self._config = config
        self._zones = zones
        self._decides = Deciding(bus, knowledge, config)
        self._rule = Together(self._ruled)
        self._say = Together(self._said)

    async def hear(self, group: Sequence[Delivery[Cause]]) -> list[Deferred]:
        """Plans every party these causes touch as one window, and proposes; leaves those that a model is asked about."""
        await self._decides.up_to_date(max(d.settled for d in group))
        claims = self._knows.claims
        hope = Hope(self._knows.network, now=self._bus.now(), rules=self._config.rules, claimed=claims.firm)
        touched = touched_by(((d.message, d) for d in group), waiting_for=self._knows.waiting_for, hope=hope)
        held = await self._knows.bookings(pnr for pnr in touched if pnr not in claims)
        claims = self._knows.claims  # from here to the plans nothing is awaited: seats and claims are of one moment
        ahead = {pnr for pnr, (booking, _, _) in held.items() if self._decides.is_ahead(booking)}
        due = {pnr: what for pnr, what in held.items() if pnr not in ahead and pnr not in claims}
        try:
            rests = await self._planned(due, touched)
            if ahead:
                raise Retry(_SOON, f"{len(ahead)} bookings, {min(ahead)} the first, are on flights not known yet")
        except BaseException:
            for pnr in due:
                self._knows.decided(pnr)
            raise
        return rests

    async def _planned(self, due: Mapping[Pnr, Held], touched: Mapping[Pnr, list[Why]]) -> list[Deferred]:
        """Plans these parties together and proposes; what is left is to ask a model, and to hear some causes again."""
        plans = self._decides.plans(
            case for pnr, what in due.items() for case in self._decides.cases(what, touched[pnr])
        )
        ruled, judged = self._divided(plans, due)
        causes = {derived_id(cause.id, pnr): cause for pnr in due for cause, _ in touched[pnr]}
        for proposed in plans:
            self._knows.ponder(proposed, due[proposed.pnr][0])
        news = await self._propose(ruled, causes, due)
        rests = [self._rest(proposed, causes[proposed.id], due, touched) for proposed in judged]
        planned = {proposed.pnr for proposed in plans}
        without = {pnr: what for pnr, what in due.items() if pnr not in planned}
        if news < len(ruled):  # what was kept for plans that had been said long before is free for the others
            return rests + await self._planned(without, touched)
        return rests + [Deferred(cause, _again) for cause in self._outbid(without, touched, causes)]

    def _outbid(
        self, held: Mapping[Pnr, Held], touched: Mapping[Pnr, Sequence[Why]], causes: Mapping[str, Delivery[Cause]]
    ) -> list[Delivery[Cause]]:
        """The causes to hear again, of those who find no seat only because of what is kept for others while these are judged:
        it may not be taken after all, and then nobody says that it is free."""
        claims = self._knows.claims
        if not claims.pondering:
            return []
        cases = (case for pnr, what in held.items() for case in self._decides.cases(what, touched[pnr]))
        hopeful = (causes[proposed.id] for proposed in self._decides.plans(cases, claimed=claims.firm))
        return list({(cause.stream, cause.sequence): cause for cause in hopeful}.values())

    def _divided(
        self, plans: Sequence[PlanProposed], held: Mapping[Pnr, Held]
    ) -> tuple[list[PlanProposed], list[PlanProposed]]:
        """Those that the rules alone decide, and those about which a model is asked; with nobody to ask, the plans say so."""
        needing_model = {proposed.id for proposed in plans if needs_model(held[proposed.pnr][0].party, proposed)}
        if why := self._judge.blocked:
            ruled = Judgement(fallback=why)
            return [structs.replace(p, judgement=ruled) if p.id in needing_model else p for p in plans], []
        return [p for p in plans if p.id not in needing_model], [p for p in plans if p.id in needing_model]

    def _rest(
        self,
        proposed: PlanProposed,
        cause: Delivery[Cause],
        held: Mapping[Pnr, Held],
        touched: Mapping[Pnr, list[Why]],
    ) -> Deferred:
        pnr = proposed.pnr
        return Deferred(cause, partial(self._judged, self._desk(held[pnr], touched[pnr]), cause))

    async def _judged(self, desk: PartyDesk, cause: Delivery[Cause]) -> None:
        """Has the party judged, and proposes what comes of it."""
        try:
            try:
                proposed = await self._judge.judge(desk)
            except ModelSkipped as unjudged:
                proposed = await self._rule((desk, unjudged.why))
            self._bus.failpoint(JUDGED)
            if proposed is not None:
                await self._say((proposed, cause, desk))
            elif self._outbid({desk.pnr: desk.held}, {desk.pnr: desk.why}, {derived_id(cause.id, desk.pnr): cause}):
                await _again()
        finally:
            self._knows.decided(desk.pnr)

    async def _ruled(self, left: Sequence[tuple[PartyDesk, Fallback]]) -> list[PlanProposed | None]:
        """The plans of those whom nobody judges after all, as one window: a hanging endpoint leaves hundreds in a moment."""
        why = {desk.pnr: fallback for desk, fallback in left}
        for pnr in why:
            self._knows.decided(pnr)
        plans = self._decides.plans(case for desk, _ in left for case in self._decides.cases(desk.held, desk.why))
        ruled = {p.pnr: structs.replace(p, judgement=Judgement(fallback=why[p.pnr])) for p in plans}
        for desk, _ in left:
            if proposed := ruled.get(desk.pnr):
                self._knows.ponder(proposed, desk.held[0])
        return [ruled.get(desk.pnr) for desk, _ in left]

    async def _said(self, judged: Sequence[tuple[PlanProposed, Delivery[Cause], PartyDesk]]) -> list[None]:
        await self._propose(
            [proposed for proposed, _, _ in judged],
            {proposed.id: cause for proposed, cause, _ in judged},
            {desk.pnr: desk.held for _, _, desk in judged},
        )
        return [None for _ in judged]

    async def _propose(
        self, plans: Sequence[PlanProposed], causes: Mapping[str, Delivery[Cause]], held: Mapping[Pnr, Held]
    ) -> int:
        """Says each plan because of its cause, and remembers those that are news, which it counts, until they are answered."""
        said = await self._bus.emit_once([Fact(PLAN_PROPOSED.of(proposed), causes[proposed.id]) for proposed in plans])
        for proposed in plans:
            if sequence := said.get(PLAN_PROPOSED.of(proposed).name):
                self._knows.proposed(proposed, held[proposed.pnr][0], sequence)
            self._knows.decided(proposed.pnr)
        return len(said)

    async def show_prompt(self, question: ShowPrompt) -> PromptShown:
        """What a model would be asked about the party now. Raises `AskFailed` where there is no such party."""
        held = await self._knows.bookings([question.pnr])
        if question.pnr not in held:
            raise AskFailed(404, f"there is no booking {question.pnr}")
        prompt, facts = self._judge.prompt(await self._desk(held[question.pnr]).refresh())
        return PromptShown(system=prompt.system, user=prompt.user, facts=facts)

    def _desk(self, held: Held, why: Sequence[Why] = ()) -> PartyDesk:
        return PartyDesk(self._bus, self._knows, self._decides, self._config, zones=self._zones, held=held, why=why)


async def _again() -> None:
    raise Retry(_SOON, "seats are kept for parties that are being judged")
