"""Settings that are allowed and unusual, in random worlds: the agents come to an end, and people are where they are believed to
be."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.rules import CarrierRules, ServiceRules, StationTimes
from tests.journeys import two_domains
from tests.reality import beliefs, whole_system
from tests.reality.oracle import Reality
from tests.reality.worlds import scene

M = timedelta(minutes=1)
ODD: tuple[dict[str, Any], ...] = (
    {"lead": 0 * M},
    {"lead": 240 * M},
    {"leeway": 240 * M},
    {"earlier": 0 * M},
    {"later": 60 * M},
    {"later": 360 * M},
    {"max_connections": 0},
    {"longest_connection": 30 * M},
    {"co_terminal_least": 0 * M},
    {"kept_share": 0.0},
    {"kept_share": 1.0},
    {"presumed": 0 * M},
    {"presumed": 1440 * M},
    {"given_up": 0 * M},
    {"given_up": 200 * M},
    {"brought_forward": 1 * M},
    {"at_the_gate": 240 * M},
    {"margin": 0 * M},
    {"moves_back_until": 0 * M, "lead": 120 * M},
    {"stations": {airport: StationTimes(check_in=90 * M, gate=40 * M) for airport in ("JFK", "LGA", "ORD", "SFO")}},
    {"services": {ssr: ServiceRules(connection=60 * M, most=1) for ssr in ("WCHR", "UMNR", "INFT")}},
    {"carriers": {"B6": CarrierRules(lead=120 * M, later=300 * M, cities={"NYC": ("JFK",)}, max_connections=1)}},
)
WORLDS = 60


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:60])
def test_odd_rules_come_to_an_end(odd: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """No planner and booker answer each other for ever."""
    rules, sale = replace(two_domains.RULES, **odd), replace(two_domains.SALE_RULES, **odd)
    for module in (two_domains, beliefs, whole_system):
        if hasattr(module, "RULES"):
            monkeypatch.setattr(module, "RULES", rules)
        if hasattr(module, "SALE_RULES"):
            monkeypatch.setattr(module, "SALE_RULES", sale)
    for seed in range(WORLDS):
        faults = [fault for fault in Reality(scene(seed)).run().faults if "come to an end" in fault]
        assert not faults, (seed, faults)
