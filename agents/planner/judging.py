"""Judging, in the background: what a model makes of one party at a time, and the plan that comes of it.

Each party's seats stay reserved from its window until its judgement ends. Where no model is asked after all, the rules decide.
A hanging endpoint leaves hundreds of such parties at once, so those of one moment are planned as one window, and all plans that
are ready at one moment are emitted as one commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from msgspec import structs

from agents.planner.case_file import LiveCaseFile
from agents.planner.coalescer import Coalescer
from agents.planner.domain import Reservation
from agents.planner.judgement.choice import needs_model
from agents.planner.judgement.judge import Judge, ModelSkipped
from agents.planner.live_planner import RETRY_AFTER, AffectedJourney, LivePlanner
from agents.planner.proposal import Proposal, propose
from bus import AskFailed, Deferred, Retry
from contracts.asks import PromptShown, ShowPrompt
from contracts.judgement import Fallback, Judgement
from contracts.ledger import JourneyKey
from contracts.names import Airport
from contracts.plans import PlanProposed

JUDGED = "judged"
"""Failpoint: a party is judged, and its plan is not proposed yet."""


@dataclass(frozen=True, slots=True)
class _Skipped:
    """A party about which no model is asked after all."""

    case_file: LiveCaseFile
    reservation: Reservation
    why: Fallback


class Judging:
    def __init__(self, live: LivePlanner, judge: Judge, *, zones: Mapping[Airport, ZoneInfo]) -> None:
        self._live = live
        self._judge = judge
        self._case_file = partial(LiveCaseFile, live, zones=zones)
        self._plan_by_rules: Coalescer[_Skipped, PlanProposed | None] = Coalescer(self._by_rules)
        self._propose: Coalescer[Proposal, None] = Coalescer(self._proposed)

    def divide(
        self, plans: Sequence[PlanProposed], journeys: Mapping[JourneyKey, AffectedJourney]
    ) -> tuple[list[PlanProposed], list[PlanProposed]]:
        """The plans that the rules alone decide, and those about which a model is asked.

        While no model can be asked, the rules decide all, and plans that needed a model say why they have none.
        """
        needing = {
            plan.id for plan in plans if needs_model(journeys[plan.pnr, plan.journey].stored.booking.party, plan)
        }
        if why := self._judge.blocked:
            plans = [plan for plan in plans if not _needs_reading(plan, journeys[plan.pnr, plan.journey], why)]
            skipped = Judgement(fallback=why)
            return [structs.replace(plan, judgement=skipped) if plan.id in needing else plan for plan in plans], []
        return [p for p in plans if p.id not in needing], [p for p in plans if p.id in needing]

    def deferred(self, journey: AffectedJourney, proposal: Proposal) -> Deferred:
        """The work of judging the journey. `proposal` is what the rules propose; its seats are released when the work ends."""
        return Deferred(proposal.cause, partial(self._judge_journey, journey, proposal.reservation))

    async def show_prompt(self, question: ShowPrompt) -> PromptShown:
        """What a model would be asked about the journey now. Raises `AskFailed` where there is no such booking or journey."""
        stored = (await self._live.views.bookings([question.pnr])).get(question.pnr)
        if stored is None:
            raise AskFailed(404, f"there is no booking {question.pnr}")
        if stored.booking.journey(question.journey) is None:
            numbers = ", ".join(str(journey.number) for journey in stored.booking.journeys)
            raise AskFailed(404, f"booking {question.pnr} has no journey {question.journey}: it has {numbers}")
        prompt, facts = self._judge.prompt(await self._case_file(AffectedJourney(stored, question.journey)).refresh())
        return PromptShown(system=prompt.system, user=prompt.user, facts=facts)

    async def _judge_journey(self, journey: AffectedJourney, reservation: Reservation) -> None:
        """Judge the party and propose its plan. Raises `Retry` where it has no plan now and may yet have one."""
        case_file = self._case_file(journey, reservation)
        with reservation:
            try:
                plan = await self._judge.judge(case_file)
            except ModelSkipped as skipped:
                plan = await self._plan_by_rules(_Skipped(case_file, reservation, skipped.why))
            self._live.bus.failpoint(JUDGED)
            if plan is not None:
                await self._propose(Proposal(plan, case_file.journey.cause_of(plan), reservation))
            elif await self._live.outbid([case_file.journey]):
                await retry_soon()

    async def _by_rules(self, skipped: Sequence[_Skipped]) -> list[PlanProposed | None]:
        """Plan these parties as one window; their plans say why no model was asked."""
        results: list[PlanProposed | None] = []
        async with self._live.moment():
            for each in skipped:
                each.reservation.release()
            found = await self._live.plan_window(each.case_file.journey for each in skipped)
            plans = {(plan.pnr, plan.journey): plan for plan in found}
            for each in skipped:
                plan = plans.get(each.case_file.journey.key)
                if plan is not None and _needs_reading(plan, each.case_file.journey, each.why):
                    plan = None
                if plan is not None:
                    plan = structs.replace(plan, judgement=Judgement(fallback=each.why))
                    each.reservation.reserve(plan, each.case_file.journey.stored.booking)
                results.append(plan)
        return results

    async def _proposed(self, proposals: Sequence[Proposal]) -> list[None]:
        await propose(self._live.bus, proposals)
        return [None for _ in proposals]


def _needs_reading(plan: PlanProposed, journey: AffectedJourney, why: Fallback) -> bool:
    """Whether no plan is better than one made without reading the remark: the party has a trip that stands, which may have been
    chosen for what it wrote. Where no model is configured, none was."""
    return plan.reason == "restored" and why != "off" and bool(journey.stored.booking.party.remark.strip())


async def retry_soon() -> None:
    """The deferred work of a cause whose party finds no seats while they are reserved for parties being judged, or has a plan
    under way itself."""
    raise Retry(RETRY_AFTER, "seats are reserved for plans that are under way")
