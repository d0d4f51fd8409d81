"""assemble -> interpret -> rank -> choose -> check: the plan for a party with a remark or a choice.

The plan is always the rules' own, made on live seats by `CaseFile.plan`: once with the wishes read from the remark, and
once more with the chosen option first. A model fills in two forms, the wishes and the choice, and both are checked.
Whatever else it does leads to the plan that the rules make with what is known by then.

Each node takes the work and returns what it changes. All are coroutines, though `rank` and `check` await nothing: langgraph
would run a plain function in a thread, where neither views nor seats stand still.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict, TypeVar

from msgspec import Struct, structs

from agents.planner.judgement.brief import Brief
from agents.planner.judgement.case_file import CaseFile, Model
from agents.planner.judgement.choice import borne_out, check_choice, choice_among, rivals
from agents.planner.judgement.interpret import Unchecked, Understood, check
from agents.planner.judgement.limits import Limits
from agents.planner.judgement.prompts import choose_prompt, interpret_prompt
from contracts.judgement import Judgement
from contracts.names import Id
from contracts.plans import PlanProposed
from llm import NoAnswer, Prompt

if TYPE_CHECKING:  # takes seconds to load, so it is imported only when there is an endpoint
    from langgraph.graph.state import CompiledStateGraph

S = TypeVar("S", bound=Struct)


class Work(TypedDict, total=False):
    """One party's way through the graph."""

    case: CaseFile
    until: float
    """The end of its time, on the monotonic clock."""
    brief: Brief
    judgement: Judgement
    """So far. Once it has a `fallback`, no model is asked any more."""
    plan: PlanProposed | None
    offered: tuple[Id, ...]
    """The options the model could choose from."""
    first: Id | None
    """The chosen one."""


class Nodes:
    """`monotonic`: seconds on a monotonic clock."""

    def __init__(self, model: Model, limits: Limits, *, monotonic: Callable[[], float]) -> None:
        self._model, self._limits, self._monotonic = model, limits, monotonic

    async def assemble(self, state: Work) -> Work:
        """The current facts; refreshed once more if some are too old."""
        brief = await state["case"].refresh()
        if brief.too_old:
            brief = await state["case"].refresh()
        return {"brief": brief, "judgement": Judgement(fallback=None if brief.usable else "stale")}

    async def interpret(self, state: Work) -> Work:
        """The wishes in the remark, checked."""
        brief = state["brief"]
        prompt = interpret_prompt(brief, self._limits).prompt
        understood, judgement = await self._asked(state, prompt, Understood)
        if understood is not None:
            wishes = check(understood, brief)
            found = {"fallback": "unchecked"} if isinstance(wishes, Unchecked) else {"wishes": wishes}
            judgement = structs.replace(judgement, **found)
        return {"judgement": judgement}

    async def rank(self, state: Work) -> Work:
        """The legal options, those that meet more wishes first."""
        return {"plan": state["case"].plan(state["judgement"].wishes, None)}

    async def choose(self, state: Work) -> Work:
        """One of the rivals, and why."""
        plan, judgement = state["plan"], state["judgement"]
        assert plan is not None, "nothing to choose from"
        brief = state["brief"].at(plan.planned_at)
        if brief.too_old:
            brief = await state["case"].refresh()
        options = rivals(plan, passengers=brief.passengers)
        brief = brief.choosing(plan, options)
        if not brief.usable:
            return {"judgement": structs.replace(judgement, fallback="stale")}
        prompt = choose_prompt(brief, judgement.wishes, self._limits).prompt
        choice, judgement = await self._asked(state, prompt, choice_among(len(options)))
        if choice is None:
            return {"judgement": judgement}
        chosen = check_choice(choice, options, judgement.wishes)
        if isinstance(chosen, Unchecked):
            return {"judgement": structs.replace(judgement, fallback="unchecked")}
        return {
            "judgement": structs.replace(judgement, because=chosen.because),
            "offered": tuple(option.id for option in options),
            "first": chosen.option,
        }

    async def check(self, state: Work) -> Work:
        """The plan on the seats free now, with the judgement in it. The chosen option may be gone; reasons that are not
        true of it are dropped."""
        judgement, first = state["judgement"], state.get("first")
        plan = state["case"].plan(judgement.wishes, first)
        if plan is None:
            return {"plan": None}
        if first is not None and (not plan.options or plan.options[0].id != first):
            judgement = structs.replace(judgement, because=(), fallback="moved")
        elif first is not None:
            offered = [option for option in plan.options if option.id in state["offered"]]
            judgement = structs.replace(judgement, because=borne_out(judgement.because, plan.options[0], offered))
        unmet = plan.judgement.unmet if plan.judgement else ()
        return {"plan": structs.replace(plan, judgement=structs.replace(judgement, unmet=unmet))}

    def after_assemble(self, state: Work) -> str:
        brief = state["brief"]
        trip = brief.plan is not None and brief.plan.verdict != "none"
        return "interpret" if brief.remark and trip and not state["judgement"].fallback else "rank"

    def after_rank(self, state: Work) -> str:
        plan, brief = state["plan"], state["brief"]
        if plan is None or state["judgement"].fallback or not rivals(plan, passengers=brief.passengers):
            return "check"
        return "choose"

    async def _asked(self, state: Work, prompt: Prompt, answer: type[S]) -> tuple[S | None, Judgement]:
        """The answer or None, and the judgement with what asking took and, without an answer, why."""
        judgement = structs.replace(state["judgement"], prompts=(*state["judgement"].prompts, prompt.key))
        began = self._monotonic()
        try:
            answered = await self._model.ask(
                prompt, answer, deadline=timedelta(seconds=max(0.0, state["until"] - began))
            )
        except NoAnswer as failure:
            return None, structs.replace(
                judgement, fallback=failure.reason, latency_ms=judgement.latency_ms + self._since(began)
            )
        return answered.value, structs.replace(
            judgement,
            model=answered.model,
            prompt_tokens=judgement.prompt_tokens + answered.prompt_tokens,
            completion_tokens=judgement.completion_tokens + answered.completion_tokens,
            latency_ms=judgement.latency_ms + self._since(began),
        )

    def _since(self, began: float) -> float:
        """Milliseconds."""
        return round((self._monotonic() - began) * 1000, 1)


def compiled(nodes: Nodes) -> "CompiledStateGraph[Work, None, Work, Work]":
    """The graph of these nodes."""
    from langgraph.graph import END, START, StateGraph  # noqa: PLC0415

    graph: StateGraph[Work, None, Work, Work] = StateGraph(Work)
    for node in (nodes.assemble, nodes.interpret, nodes.rank, nodes.choose, nodes.check):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "assemble")
    graph.add_conditional_edges("assemble", nodes.after_assemble, ["interpret", "rank"])
    graph.add_edge("interpret", "rank")
    graph.add_conditional_edges("rank", nodes.after_rank, ["choose", "check"])
    graph.add_edge("choose", "check")
    graph.add_edge("check", END)
    return graph.compile()
