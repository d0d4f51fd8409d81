"""The letters of offers, by the whole system: who is asked reads the question, and what came of it, each once."""

from pathlib import Path
from typing import Any

from bus.admin.provision import set_clock
from bus.clock import wall
from contracts.clock import Clock
from contracts.ledger import BOOKING_CHANGED
from contracts.names import FlightKey
from contracts.notices import NOTICE_POINTLESS, NOTICE_SENT
from contracts.offers import Offer
from contracts.subject import Key
from tests.journeys.braking import pause, resume
from tests.journeys.offering import answers, asking, made, open_offer
from tests.journeys.small_world import World
from tests.journeys.system import System, living
from tests.support import eventually


def world() -> tuple[World, FlightKey, FlightKey]:
    """A party of two on a flight in three hours, and two later ones."""
    world = World()
    first, second = world.flight(1, leaves=3), world.flight(2, leaves=6)
    world.flight(3, leaves=8)
    world.party("P", first, seats=2)
    return world, first, second


def texts(system: System) -> list[str]:
    return [" ".join(path.read_text().split()) for path in (system.maildir / "new").iterdir()]


async def covered(system: System) -> list[tuple[str, ...]]:
    """What each letter covers."""
    return [each.message.covers async for each in system.bus.history(NOTICE_SENT)]


async def exists(system: System, key: Key[Any]) -> bool:
    return (await system.bus.load([key]))[key] is not None


async def offered(system: System, number: int = 1) -> Offer:
    """The open offer, once there have been so many."""

    async def found() -> Offer | None:
        return await open_offer(system, "P") if len(await made(system, "P")) == number else None

    offer = await eventually(found, what=f"offer {number}")
    assert isinstance(offer, Offer)
    return offer


async def test_the_question_and_its_outcome_have_a_letter_each(tmp_path: Path) -> None:
    """The second one says whose choice it was."""
    cases, dead, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        await answers(system, await offered(system), "take")
        found = texts(system)
        assert sum("B6 1 is cancelled: please choose" in text for text in found) == 1
        assert sum("As you chose, we have booked this trip for you:" in text for text in found) == 1
        assert len(found) == 2


async def test_a_question_that_is_answered_before_its_letter_has_none(tmp_path: Path) -> None:
    """One letter covers both."""
    cases, dead, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await pause(system.bus, "notifier")
        await system.say(cases.status(dead, cancelled=True))
        offer = await offered(system)
        outcome = BOOKING_CHANGED.key(pnr="P", id=await answers(system, offer, "take", settled=False))
        await eventually(lambda: exists(system, outcome), what="the outcome")
        await resume(system.bus, "notifier")
        await system.settled()
        assert await covered(system) == [(offer.id,)]
        (text,) = texts(system)
        assert "As you chose" in text


async def test_a_question_that_was_withdrawn_before_its_letter_has_none(tmp_path: Path) -> None:
    """The letter about the next one covers it."""
    cases, dead, second = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await pause(system.bus, "notifier")
        await system.say(cases.status(dead, cancelled=True))
        first = await offered(system)
        await system.say(cases.status(second, cancelled=True))
        await set_clock(system.bus.nc, Clock(now=system.bus.now(), at=wall(), speed=1))
        await offered(system, 2)
        await resume(system.bus, "notifier")
        await system.settled()
        assert await covered(system) == [(first.id,)]
        (text,) = texts(system)
        assert "THE NEW TRIP B6 3 " in text
        assert not [each async for each in system.bus.history(NOTICE_POINTLESS)]
