"""The audit of finished worlds, of which one message is changed: whatever wrongs a person is found."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from irops.audit import Streams, audit
from tests.irops.audit.harmless import HARMLESS
from tests.irops.audit.mutations import mutations
from tests.journeys.situations import SITUATIONS, Situation
from tests.journeys.system import living

pytestmark = pytest.mark.slow


async def finished(situation: Situation, folder: Path) -> Streams:
    """The streams once every status was heard, and its consequences. The audit of them is clean."""
    async with living(situation.world, folder, now=situation.now) as system:
        for status in situation.reported:
            await system.hear(status)
        await system.pass_to(system.bus.now())  # what is due at once is done
        end = await system.end()
    return end.streams


@pytest.mark.timeout(1200)  # tens of thousands of audits
async def test_every_mutation_of_a_finished_world_that_wrongs_a_person_is_found(tmp_path: Path) -> None:
    """At least 33,000 of them, in all situations; and each kind that is listed as harmless is missed somewhere."""
    tried: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for make in SITUATIONS:
        folder = tmp_path / make.__name__
        folder.mkdir()
        for mutation in mutations(await finished(make(), folder)):
            tried[mutation.kind] += 1
            missed[mutation.kind] += audit(mutation.streams).clean
    missed = +missed
    assert tried.total() >= 33_000
    assert missed.keys() - HARMLESS.keys() == set()
    assert HARMLESS.keys() - missed.keys() == set()


@pytest.mark.parametrize("make", SITUATIONS, ids=lambda make: str(make.__name__))
async def test_whatever_happens_to_travellers_ends_clean(make: Callable[[], Situation], tmp_path: Path) -> None:
    """And the flights are judged by the feed, not by the monitor's word."""
    streams = await finished(make(), tmp_path)
    judged = audit(streams)
    assert judged.findings == {}
    reported = {status.flight for _, status in streams.statuses}
    assert sum(judged.not_judged.values()) <= len(streams.flights) - len(reported & streams.flights.keys())
