"""Connections are kept down to a share of their minimum, so that no one is moved off one that will be made: on the record.

Whether a connection was made is not in the record. Someone who hurries is taken to need half an hour: 15 minutes from gate to
gate, and 15 at the gate (`Rules.at_the_gate`). With less than that it is missed.

This folder has the flights of Delta to and from Atlanta on 7 April 2008. With `IROPS_BTS`
(`benchmarks.bts`) five days of the whole network are heard too.
"""

import os
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.bts import recorded_flights
from contracts.rules import Rules
from tests.network.known_connections import Known, Moved, known_connections, moved

HURRIED = timedelta(minutes=30)
BY_DEFAULT, WITHOUT, LESS = Rules().kept_share, 1.0, 0.5
"""Shares of the minimum. Without hysteresis it is kept whole."""
_SAMPLE = Path(__file__).parent
_NETWORK = os.environ.get("IROPS_BTS")

pytestmark = pytest.mark.xdist_group("network")  # its flights are read and heard once

networks = pytest.mark.parametrize(
    "folder",
    [
        pytest.param(_SAMPLE, id="one-hub"),
        pytest.param(
            Path(_NETWORK or ""),
            id="five-days",
            marks=[
                pytest.mark.slow,
                pytest.mark.timeout(600),
                pytest.mark.skipif(not _NETWORK, reason="IROPS_BTS names no folder with days of BTS flights"),
            ],
        ),
    ],
)


class Heard(NamedTuple):
    """A connection after all has been heard of its flights."""

    left: timedelta
    """Between the two flights, in fact."""
    moved: Moved | None


@lru_cache
def connections(folder: Path) -> list[Known]:
    """Those of up to five days, up to 800 a day."""
    days = sorted(folder.glob("*.csv.gz"))[:5]
    assert days, f"{folder} has no *.csv.gz"
    return [each for day in days for each in known_connections(recorded_flights(day), seed=1, count=800)]


@lru_cache
def heard(folder: Path, kept_share: float) -> list[Heard]:
    return [Heard(each.left, moved(each, kept_share=kept_share)) for each in connections(folder)]


def moved_in_vain(folder: Path, kept_share: float) -> int:
    """Who was moved, and would have made it."""
    return sum(each.moved is not None and each.left >= HURRIED for each in heard(folder, kept_share))


def missed_unmoved(folder: Path, kept_share: float) -> int:
    """Who was not moved, and missed it."""
    return sum(each.moved is None and each.left < HURRIED for each in heard(folder, kept_share))


def usually_ahead(folder: Path, kept_share: float) -> timedelta:
    """How long before the departure those are moved who would miss it, at the median."""
    ahead = sorted(each.moved.ahead for each in heard(folder, kept_share) if each.moved and each.left < HURRIED)
    return ahead[len(ahead) // 2]


@networks
def test_no_one_is_moved_while_the_connection_is_known_to_be_made_by_those_who_hurry(folder: Path) -> None:
    """Whatever comes of it: by what was known there was less time than that."""
    known = [each.moved.known for each in heard(folder, BY_DEFAULT) if each.moved]
    assert max(known) < HURRIED


@networks
def test_a_kept_share_moves_fewer_in_vain_than_none(folder: Path) -> None:
    """Half or more of those who would be moved off a connection that is made stay on it, and no one misses one for that."""
    assert moved_in_vain(folder, BY_DEFAULT) <= moved_in_vain(folder, WITHOUT) / 2
    assert missed_unmoved(folder, BY_DEFAULT) == missed_unmoved(folder, WITHOUT) == 0


@networks
def test_who_misses_a_connection_is_moved_hours_before(folder: Path) -> None:
    """That is the price of a kept share: they are moved later than without. Half of them still have two hours or more."""
    assert timedelta(hours=2) <= usually_ahead(folder, BY_DEFAULT) < usually_ahead(folder, WITHOUT)


@networks
def test_a_smaller_share_leaves_people_on_connections_that_they_miss(folder: Path) -> None:
    """It moves fewer in vain still, and some learn at the gate that they have missed their flight."""
    assert moved_in_vain(folder, LESS) < moved_in_vain(folder, BY_DEFAULT)
    assert missed_unmoved(folder, LESS) > 0
