"""The order of a lock-step, from what agents say and hear."""

from itertools import permutations

from irops.processes.declarations import declarations
from simulation.flow import downstream

TREE = {
    "notifier": {"hears": "booking.changed.{pnr}.{id}", "says": "notice.sent.{pnr}.{id}"},
    "planner": {"hears": "seats.disrupted.{flight}.{n} plan.refused.{pnr}.{id}", "says": "plan.proposed.{pnr}.{id}"},
    "booker": {
        "hears": "flight.changed.{flight}.{n} plan.proposed.{pnr}.{id}",
        "says": "seats.disrupted.{flight}.{n} booking.changed.{pnr}.{id} plan.refused.{pnr}.{id}",
    },
    "monitor": {"hears": "feed.flight.{flight}", "says": "flight.changed.{flight}.{n}"},
}


def test_agents_are_asked_downstream_of_the_feed() -> None:
    """Equally far ones by name, whatever the order in which they are found."""
    for found in permutations(TREE.items()):
        assert downstream(dict(found)) == ("monitor", "booker", "notifier", "planner")


def test_an_agent_that_hears_nothing_is_asked_first_and_one_that_nothing_reaches_last() -> None:
    """The one may have a timer; the other hears only itself."""
    others = {"clerk": {"says": "a.b"}, "echo": {"hears": "c.d", "says": "c.d"}}
    assert downstream(TREE | others) == ("clerk", "monitor", "booker", "notifier", "planner", "echo")


def test_the_agents_of_this_tree_are_all_reached() -> None:
    """From the feed through the monitor and the booker."""
    found = {d.agent: {"hears": " ".join(d.hears), "says": " ".join(d.says)} for d in declarations()}
    order = downstream(found)
    assert sorted(order) == sorted(found)
    assert order[:3] == ("monitor", "pricer", "booker")
