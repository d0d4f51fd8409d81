"""Judges parties: plans them with a model's reading of their remark and its choice between rivals.

A cancelled flight can bring hundreds of such parties at once. Only a few are judged at a time; the others wait for a turn
with nothing done for them yet. Starting all at once would delay every other plan, and let the facts of those that wait grow
old.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.planner.judgement.brief import Brief
from agents.planner.judgement.case_file import CaseFile, Model
from agents.planner.judgement.choice import rivals
from agents.planner.judgement.graph import Nodes, Work, compiled
from agents.planner.judgement.limits import Limits
from agents.planner.judgement.prompts import choose_prompt, interpret_prompt
from bus.clock import monotonic
from contracts.asks import PromptFact
from contracts.judgement import Fallback, Wishes
from contracts.plans import PlanProposed
from llm import Disabled, Prompt

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph


class ModelSkipped(Exception):
    """No model is asked about the party, for the reason `why`: the rules decide."""

    def __init__(self, why: Fallback) -> None:
        super().__init__(why)
        self.why = why


class Judge:
    """`clock`: seconds on a monotonic clock, for deadlines and latencies."""

    def __init__(self, model: Model, limits: Limits, *, clock: Callable[[], float] = monotonic) -> None:
        self._model, self._limits, self._clock = model, limits, clock
        self._turns = asyncio.Semaphore(limits.at_once)
        self._graph: CompiledStateGraph[Work, None, Work, Work] | None = None
        if not isinstance(model, Disabled):
            self._graph = compiled(Nodes(model, limits, monotonic=clock))

    @property
    def blocked(self) -> Fallback | None:
        """Why no party can be judged now."""
        return self._model.blocked

    async def judge(self, case: CaseFile) -> PlanProposed | None:
        """The party's plan with its `judgement`; None if it needs no answer any more.

        Takes little longer than `Limits.deadline`, the wait for a turn included. Raises `ModelSkipped`, and otherwise only
        what the case file raises.
        """
        if why := self.blocked:
            raise ModelSkipped(why)
        whole = self._limits.deadline.total_seconds()
        until = self._clock() + whole
        try:
            # With less than half of the time left, the model would most likely be asked in vain.
            async with asyncio.timeout(whole / 2):
                await self._turns.acquire()
        except TimeoutError:
            raise ModelSkipped("busy") from None
        try:
            if why := self._model.blocked:  # the breaker may have opened during the wait
                raise ModelSkipped(why)
            assert self._graph
            done = await self._graph.ainvoke(Work(case=case, until=until))
        finally:
            self._turns.release()
        plan: PlanProposed | None = done["plan"]
        return plan

    def prompt(self, brief: Brief) -> tuple[Prompt, tuple[PromptFact, ...]]:
        """The first question that would be asked about this party now, and the facts in it.

        Without a remark it is the choice between its options, whether or not a choice is open.
        """
        if brief.remark:
            question = interpret_prompt(brief, self._limits)
        else:
            options = brief.plan.options if brief.plan else ()
            open_ = rivals(brief.plan, passengers=brief.passengers) if brief.plan else ()
            if brief.plan:
                brief = brief.choosing(brief.plan, open_ or options)
            question = choose_prompt(brief, Wishes(), self._limits)
        facts = tuple(
            PromptFact(
                name=fact.name,
                source=fact.source,
                revision=fact.revision,
                age_s=max(0.0, (brief.now - fact.written_at).total_seconds()),
            )
            for fact in question.facts
        )
        return question.prompt, facts


def picture() -> str:
    """The graph in Mermaid's notation."""
    return compiled(Nodes(Disabled(), Limits(), monotonic=lambda: 0.0)).get_graph().draw_mermaid()
