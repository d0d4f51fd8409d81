"""An agent uses only the subjects it declares, on any server."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from bus import Agent, Bus, Commit, Delivery, Fact, Handlers, Removal, Write
from bus.admin.server import Server
from bus.errors import Misdeclared
from bus.runtime.declaration import DeclarationCheck, check_handlers
from contracts.asks import SHOW_PROMPT, ShowPrompt
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS, FlightStatus
from contracts.ledger import BOOKING, SEAT_LEDGER, WAITLIST
from contracts.subject import Subject
from tests.bus.bus_world import T0, agent_of, changed, flight, name, publish, settled, status, stored
from tests.support import eventually

CLERK = Agent(
    "clerk",
    hears=(FLIGHT_STATUS,),
    says=(FLIGHT_CHANGED,),
    keeps=(FLIGHT,),
    views=(SEAT_LEDGER, DEAD_LETTER),
    reads=(WAITLIST,),
)
"""Uses each of these in one way."""
STRANGER = Agent("stranger")

FACT, STATE = Fact(FLIGHT_CHANGED.of(changed())), Write(FLIGHT.of(flight()), 0)
LETTER = DeadLetter(
    agent="clerk", stream="FEED", sequence=1, subject="x", reason="x", traceback="", headers={}, payload=b"", at=T0
)

Use = Callable[[Bus], Awaitable[Any]]


async def _history(bus: Bus) -> None:
    [_ async for _ in bus.history(FLIGHT_STATUS)]


async def _view(bus: Bus) -> None:
    bus.view(SEAT_LEDGER, lambda ledger, _revision, _at: ledger)


USES: dict[str, tuple[Use, str]] = {
    "say": (lambda bus: bus.emit_once([FACT]), f"says {FACT.addressed.name} .* `says`"),
    "commit a fact": (lambda bus: bus.commit(Commit(facts=[FACT])), f"says {FACT.addressed.name} .* `says`"),
    "publish": (lambda bus: bus.append(FACT.addressed, identity="x"), f"says {FACT.addressed.name} .* `says`"),
    "commit a state": (lambda bus: bus.commit(Commit(states=[STATE])), f"writes {STATE.addressed.name} .* `keeps`"),
    "remove a state": (
        lambda bus: bus.commit(Commit(removals=[Removal(FLIGHT.key(flight=name(2)), 0)])),
        f"writes {FLIGHT.key(flight=name(2)).name} .* `keeps`",
    ),
    "view": (_view, f"follows {re.escape(SEAT_LEDGER.filter)} .* `views`"),
    "load": (
        lambda bus: bus.load([WAITLIST.key(pnr="K7QX2M", journey=1)]),
        r"looks up ledger\.waiting\.K7QX2M\.1 .* `reads`",
    ),
    "ask": (
        lambda bus: bus.ask(SHOW_PROMPT, ShowPrompt(pnr="K7QX2M")),
        re.escape(f"asks {SHOW_PROMPT.name}") + " .* `asks`",
    ),
    "history": (_history, f"looks up {re.escape(FLIGHT_STATUS.filter)} .* `reads`"),
}


@pytest.mark.parametrize("use", USES)
async def test_what_is_not_declared_is_refused_with_agent_and_subject(use: str, nc: Client) -> None:
    """And with the place where it is to be declared. Nothing is written."""
    act, words = USES[use]
    with pytest.raises(ValueError, match=f"^stranger {words}$"):
        await act(Bus(nc, source="stranger", declaration=DeclarationCheck(STRANGER)))
    assert await stored(nc, "FLIGHTS") == 0


@pytest.mark.parametrize("use", [use for use in USES if use not in {"publish", "ask"}])
async def test_what_is_declared_is_done(use: str, nc: Client) -> None:
    """What it writes and hears it may look up too."""
    act, _ = USES[use]
    bus = Bus(nc, source="clerk", declaration=DeclarationCheck(CLERK))
    await act(bus)
    await bus.load([FLIGHT.key(flight=name(1))])
    await bus.load([SEAT_LEDGER.key(flight=name(1))])


async def _hear(_group: Sequence[Delivery[Any]]) -> None: ...


async def _answer(_question: Any) -> Any: ...


UNKEPT = Subject("nowhere.{flight}", FlightStatus)
HEARS, ANSWERS = Agent("clerk", hears=(FLIGHT_STATUS,)), Agent("clerk", answers=(SHOW_PROMPT,))


@pytest.mark.parametrize(
    ("agent", "handlers", "words"),
    [
        pytest.param(HEARS, Handlers({}), "returns no handler for feed.flight.{flight}, which .* `hears`", id="hears"),
        pytest.param(
            ANSWERS, Handlers({}), "returns no handler for ask.planner.prompt, which .* `answers`", id="answers"
        ),
        pytest.param(
            Agent("clerk"),
            Handlers({FLIGHT_STATUS: _hear}),
            "returns a handler for feed.flight.{flight}: add it to `hears`",
            id="does not hear",
        ),
        pytest.param(
            Agent("clerk"),
            Handlers({}, answers={SHOW_PROMPT: _answer}),
            "returns a handler for ask.planner.prompt: add it to `answers`",
            id="does not answer",
        ),
        pytest.param(
            Agent("clerk", hears=(UNKEPT,)), Handlers({UNKEPT: _hear}), "which no stream keeps", id="in no stream"
        ),
    ],
)
def test_what_is_declared_has_a_handler_and_nothing_else_has(agent: Agent, handlers: Handlers, words: str) -> None:
    """A message that no handler is called for, and a handler that no message reaches, are seen at the start."""
    with pytest.raises(Misdeclared, match=words):
        check_handlers(agent, handlers)


async def test_an_agent_that_does_not_fit_its_declaration_ends_with_one_line(server: Server, tmp_path: Path) -> None:
    """Exit status 2: another start would end the same."""
    (tmp_path / "mine.py").write_text(
        "from bus import Agent, Handlers, run\n"
        "from contracts.ledger import WAITLIST\n"
        "async def build(bus):\n"
        "    bus.view(WAITLIST, lambda entry, _revision, _at: entry)\n"
        "    return Handlers({})\n"
        "run(Agent('mine'), build)\n"
    )
    environment = {"NATS_URL": server.url, "PYTHONPATH": f"{Path.cwd()}:{tmp_path}"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mine", env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == 2
    assert err.decode() == ("mine: mine follows ledger.waiting.*.* and does not declare it: add it to `views`\n")


async def test_a_fact_is_no_state_and_a_state_is_no_fact(nc: Client) -> None:
    """Each is declared in its own place."""
    bus = Bus(nc, source="clerk", declaration=DeclarationCheck(CLERK))
    with pytest.raises(ValueError, match=r"clerk says flight\.state"):
        await bus.emit_once([Fact(STATE.addressed)])
    with pytest.raises(ValueError, match=r"clerk writes flight\.changed"):
        await bus.commit(Commit(states=[Write(FACT.addressed, 0)]))


async def test_an_agent_says_its_own_dead_letters_and_no_others(nc: Client) -> None:
    """Everyone may have to; and who declares that it follows them follows all."""
    await Bus(nc, source="clerk", declaration=DeclarationCheck(CLERK)).emit_once([Fact(DEAD_LETTER.of(LETTER))])
    assert await stored(nc, "DEAD") == 1
    Bus(nc, source="clerk", declaration=DeclarationCheck(CLERK)).view(
        DEAD_LETTER, lambda letter, _revision, _at: letter
    )
    with pytest.raises(ValueError, match=r"stranger says dead\.clerk"):
        await Bus(nc, source="stranger", declaration=DeclarationCheck(STRANGER)).emit_once(
            [Fact(DEAD_LETTER.of(LETTER))]
        )


async def test_a_running_agent_is_held_to_its_declaration(
    server: Server, nc: Client, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To go beyond it is a bug like any other."""
    monkeypatch.setattr("bus.runtime.worker.BUG_PAUSES", ())
    buses: list[Bus] = []

    async def hear(_group: Sequence[Delivery[FlightStatus]]) -> None:
        await buses[0].load([BOOKING.key(pnr="K7QX2M")])

    await publish(nc, [1])
    async with agent_of(server.url, {FLIGHT_STATUS: hear}) as echo_bus:
        buses.append(echo_bus)
        await eventually(lambda: settled(nc), what="settled")
    key = DEAD_LETTER.key(agent="echo", stream="FEED", sequence=1)
    letter = (await bus.load([key]))[key]
    assert letter is not None
    assert "echo looks up ledger.booking.K7QX2M and does not declare it" in letter.message.reason


async def test_a_bus_without_a_declaration_is_free(bus: Bus) -> None:
    """An operator's, and a test's."""
    await bus.append(FLIGHT_STATUS.of(status()), identity="x")
    await bus.emit_once([FACT])
