"""The audit of finished worlds, of which one message is changed: whatever wrongs a person is found."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from msgspec import structs

from irops.audit import Streams, audit
from tests.irops.audit.excuses import excused
from tests.irops.audit.harmless import HARMLESS
from tests.irops.audit.mutations import mutations
from tests.journeys.braking import take_place
from tests.journeys.offered import OFFERED
from tests.journeys.offering import answers, asking, echo, made
from tests.journeys.requesting import FARES, asks, says_yes
from tests.journeys.situations import (
    SITUATIONS,
    Answered,
    Asked,
    Echoed,
    Happening,
    Situation,
    waiting_for_a_brake_and_for_a_turn,
)
from tests.journeys.small_world import World
from tests.journeys.system import System, living

pytestmark = pytest.mark.slow


async def finished(situation: Situation, folder: Path) -> Streams:
    """The streams once every status was heard, and its consequences. The audit of them is clean."""
    environment = {**FARES, **(asking(folder, situation.consent) if situation.consent else {})}
    async with living(situation.world, folder, now=situation.now, environment=environment) as system:
        for happening in situation.reported:
            await _happen(system, happening, situation.world)
        await system.pass_to(system.bus.now())  # what is due at once is done
        end = await system.end()
    return end.streams


async def _happen(system: System, happening: Happening, world: World) -> None:
    match happening:
        case Echoed():
            *_, offer = await made(system, happening.pnr)
            await system.hear(echo(world, offer, happening.option, version=happening.version))
        case Asked():
            await _ask(system, happening)
        case Answered():
            await _answer(system, happening)
        case datetime():
            await system.pass_to(happening)
        case _:
            await take_place(system, happening)


async def _answer(system: System, answered: Answered) -> None:
    """The last offer, or another."""
    *_, offer = await made(system, answered.pnr)
    option = offer.options[answered.option] if answered.option is not None else ""
    named = structs.replace(offer, id=answered.offer or offer.id)
    await answers(system, named, answered.answer, option, by=answered.by)


async def _ask(system: System, asked: Asked) -> None:
    names = dict(zip(asked.wanted.names, asked.names, strict=True))
    shown = await asks(system, asked.pnr, asked.wanted, *asked.pay_with, names=names)
    if asked.meanwhile:
        await system.hear(asked.meanwhile)
    if shown.quote.outcome == "allowed":
        await says_yes(system, shown)


@pytest.mark.timeout(2400)  # tens of thousands of audits
async def test_every_mutation_of_a_finished_world_that_wrongs_a_person_is_found(tmp_path: Path) -> None:
    """At least 52,000 of them, in all situations; and each kind that is listed as harmless is missed somewhere."""
    tried: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    unexcused: Counter[str] = Counter()
    for make in (*SITUATIONS, *OFFERED):
        folder = tmp_path / make.__name__
        folder.mkdir()
        for mutation in mutations(await finished(make(), folder)):
            tried[mutation.kind] += 1
            if audit(mutation.streams).clean:
                missed[mutation.kind] += 1
                unexcused[mutation.kind] += not excused(mutation)
    assert tried.total() >= 52_000
    assert +unexcused == Counter()
    assert HARMLESS.keys() - missed.keys() == set()


@pytest.mark.parametrize(
    "make", [*SITUATIONS, *OFFERED, waiting_for_a_brake_and_for_a_turn], ids=lambda make: str(make.__name__)
)
async def test_whatever_happens_to_travellers_ends_clean(make: Callable[[], Situation], tmp_path: Path) -> None:
    """And the flights are judged by the feed, not by the monitor's word."""
    streams = await finished(make(), tmp_path)
    judged = audit(streams)
    assert judged.findings == {}
    reported = {status.flight for _, status in streams.statuses}
    assert sum(judged.not_judged.values()) <= len(streams.flights) - len(reported & streams.flights.keys())
