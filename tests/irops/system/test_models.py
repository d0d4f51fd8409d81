"""The use of language models, as planners report it."""

from pathlib import Path

from bus.admin.discovery import Instance, discover
from irops.system.models import model_use
from tests.irops.command_line import irops
from tests.journeys.small_world import World
from tests.journeys.system import asking, living
from tests.journeys.test_judged import TOGETHER
from tests.llm.scripted import Scripted


def planner(name: str, **reported: object) -> Instance:
    figures = {"asked": 0, "answered": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0, "failures": {}}
    return Instance("planner", name, {"model": {"name": name, **figures, **reported}})


def test_the_figures_of_all_planners_are_added() -> None:
    """Failures by why, and what it all cost."""
    one = planner("large", asked=3, answered=1, prompt_tokens=1200, cost_usd=0.25, failures={"deadline": 2})
    other = planner("large", asked=2, answered=1, completion_tokens=30, cost_usd=0.5, failures={"deadline": 1})
    assert model_use([one, Instance("booker", "b", {}), other]).in_words == (
        "large: asked 5, answered 2, deadline 3; 1,200 + 30 tokens, 0.7500 USD"
    )


def test_without_a_model_the_line_says_so() -> None:
    """It is a normal way to run."""
    assert model_use([planner("")]).in_words == "none, the rules decide"


async def test_the_status_shows_what_a_model_was_asked_and_what_it_cost(tmp_path: Path, scripted: Scripted) -> None:
    """By the prices in the planner's settings."""
    world = World()
    gone = world.flight(1, leaves=5)
    world.flight(2, leaves=7)
    world.party("JUDGED", gone, remark="We travel together.")
    scripted.table.on("We travel together.", TOGETHER)
    priced = asking(scripted, IROPS_LLM_USD_PER_MTOK_IN="1000")
    async with living(world, tmp_path, environment=priced) as system:
        await system.hear(world.status(gone, minute=1, cancelled=True))
        asked = model_use(await discover(system.bus.nc))
        ended = await irops("status", url=system.server.url)
    assert (asked.asked, asked.answered, asked.cost_usd) == (1, 1, asked.prompt_tokens / 1000)
    assert f"model: scripted-1: asked 1, answered 1; {asked.prompt_tokens:,} + " in ended.out


async def test_a_planner_without_a_model_says_so_in_status(tmp_path: Path) -> None:
    """In a line of its own."""
    async with living(World(), tmp_path) as system:
        ended = await irops("status", url=system.server.url)
    assert "model: none, the rules decide" in ended.out
