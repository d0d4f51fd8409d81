"""News lines."""

import pytest

from contracts.ledger import Disruption
from irops.live.news import News
from tests.irops.live.frames import disrupted, kept, rebooked, stranded


def test_a_line_tells_what_has_become_of_the_parties_so_far() -> None:
    """With the flight that most of the rebooked are on."""
    news = News()
    news.disrupted(disrupted(83, "A", "B", "C", "D", "E"))
    assert news.lines() == ("B6 83 from JFK cancelled: 5 parties",)
    for fact in (rebooked("A", before=83, after=283), rebooked("B", before=83, after=283), kept("C", 83)):
        news.answered(fact)
    news.answered(rebooked("D", before=83, after=7))
    news.answered(stranded("E", 83))
    assert news.lines() == ("B6 83 from JFK cancelled: 5 parties, 3 rebooked (2 on B6 283), 1 kept, 1 stranded",)


@pytest.mark.parametrize(
    ("kind", "diverted_to", "words"),
    [
        ("retimed", None, "B6 1 from JFK retimed: 1 party"),
        ("downgauged", None, "B6 1 from JFK gets a smaller aircraft: 1 party"),
        ("diverted", "ORD", "B6 1 from JFK diverted to ORD: 1 party"),
    ],
)
def test_a_line_names_the_disruption(kind: Disruption, diverted_to: str | None, words: str) -> None:
    """In the words of an airline's screen."""
    news = News()
    news.disrupted(disrupted(1, "A", kind=kind, diverted_to=diverted_to))
    assert news.lines() == (words,)


def test_three_disruptions_are_kept_latest_last() -> None:
    """A disruption without parties is no news."""
    news = News()
    for number in range(1, 6):
        news.disrupted(disrupted(number, f"P{number}"))
    news.disrupted(disrupted(9))
    assert [line.split(" from")[0] for line in news.lines()] == ["B6 3", "B6 4", "B6 5"]


def test_no_line_names_a_party() -> None:
    """Neither PNR nor contact: a screen may be shown to anyone."""
    news = News()
    news.disrupted(disrupted(1, "SECRET"))
    news.answered(rebooked("SECRET", before=1, after=2))
    (line,) = news.lines()
    assert "SECRET" not in line
    assert "@" not in line


def test_a_party_disrupted_twice_counts_under_the_latest() -> None:
    """And only once."""
    news = News()
    news.disrupted(disrupted(1, "A"))
    news.disrupted(disrupted(2, "A"))
    news.answered(kept("A", 2))
    assert news.lines() == ("B6 1 from JFK cancelled: 1 party", "B6 2 from JFK cancelled: 1 party, 1 kept")
