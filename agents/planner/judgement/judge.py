"""Judges the parties that matter: their plans, with what a model had to do with them.

A cancelled flight may leave hundreds at once that a model is to be asked about. All but a few of them wait for their turn with
nothing done for them yet: were all begun together, everyone else's plans would wait for them, and their own facts grow old.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.planner.judgement.brief import Brief
from agents.planner.judgement.choice import rivals
from agents.planner.judgement.desk import Asking, Desk
from agents.planner.judgement.graph import Nodes, Work, compiled
from agents.planner.judgement.limits import Limits
from agents.planner.judgement.prompts import choose_prompt, interpret_prompt
from bus.clock import monotonic
from contracts.asks import PromptFact
from contracts.judgement import Fallback, Wishes
from contracts.plans import PlanProposed
from llm.client import Off, Prompt

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph


class Unjudged(Exception):
    """Nobody looks at the party: the rules decide, `why` says what for."""

    def __init__(self, why: Fallback) -> None:
        super().__init__(why)
        self.why = why


class Judge:
    """`clock`: seconds on a clock that never jumps; what deadlines and latencies are measured by."""

    def __init__(self, door: Asking, limits: Limits, *, clock: Callable[[], float] = monotonic) -> None:
        self._door, self._limits, self._clock = door, limits, clock
        self._turns = asyncio.Semaphore(limits.at_once)
        self._graph: CompiledStateGraph[Work, None, Work, Work] | None = None
        if not isinstance(door, Off):
            self._graph = compiled(Nodes(door, limits, monotonic=clock))

    @property
    def shut(self) -> Fallback | None:
        """Why nobody is judged now."""
        return self._door.shut

    async def judge(self, desk: Desk) -> PlanProposed | None:
        """The party's plan, its `judgement` filled in; None: no answer is due any more.

        It takes as long as the model may at most, the wait for its turn included, and a moment. Raises `Unjudged`, and of
        other errors only those of the desk.
        """
        if why := self.shut:
            raise Unjudged(why)
        whole = self._limits.deadline.total_seconds()
        until = self._clock() + whole
        try:
            # With less left than half, it would most likely be asked about in vain.
            async with asyncio.timeout(whole / 2):
                await self._turns.acquire()
        except TimeoutError:
            raise Unjudged("busy") from None
        try:
            if why := self._door.shut:  # it may have come to that while this waited
                raise Unjudged(why)
            assert self._graph
            done = await self._graph.ainvoke(Work(desk=desk, until=until))
        finally:
            self._turns.release()
        plan: PlanProposed | None = done["plan"]
        return plan

    def prompt(self, brief: Brief) -> tuple[Prompt, tuple[PromptFact, ...]]:
        """What would be asked first about this party now, and the facts in it. Where nothing is written: the choice among its
        options, whether or not that is left open."""
        if brief.remark:
            written = interpret_prompt(brief, self._limits)
        else:
            options = brief.plan.options if brief.plan else ()
            open_ = rivals(brief.plan, passengers=brief.passengers) if brief.plan else ()
            if brief.plan:
                brief = brief.choosing(brief.plan, open_ or options)
            written = choose_prompt(brief, Wishes(), self._limits)
        facts = tuple(
            PromptFact(
                name=fact.name,
                source=fact.source,
                revision=fact.revision,
                age_s=max(0.0, (brief.now - fact.written_at).total_seconds()),
            )
            for fact in written.facts
        )
        return written.prompt, facts


def picture() -> str:
    """The graph as Mermaid draws it."""
    return compiled(Nodes(Off(), Limits(), monotonic=lambda: 0.0)).get_graph().draw_mermaid()
