"""What a replay says, made from its options."""

from contracts.flights import FlightStatus
from contracts.weather import WeatherObserved
from irops.replay.options import ReplayOptions, read_day


def test_a_days_news_are_both_feeds_in_order_of_delivery() -> None:
    """Every status and every observation, and at one instant the weather first."""
    day = read_day(ReplayOptions(replay_hours=3, horizon_days=0))
    assert len(day.news) == len(day.feed) + len(day.weather)
    assert [n.at for n in day.news] == sorted(n.at for n in day.news)
    assert [n for n in day.news if isinstance(n.message, FlightStatus)] == day.feed
    at_the_start = [isinstance(n.message, WeatherObserved) for n in day.news if n.at == day.start]
    assert any(at_the_start)
    assert at_the_start == sorted(at_the_start, reverse=True)
