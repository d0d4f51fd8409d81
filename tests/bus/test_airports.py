"""Distances between airports."""

import pytest

from bus.airports import kilometres


@pytest.mark.parametrize(
    ("one", "other", "geodesic"), [("JFK", "LAX", 3983), ("JFK", "LHR", 5555), ("SYD", "SCL", 11367)]
)
def test_a_distance_is_within_half_a_percent_of_the_geodesic(one: str, other: str, geodesic: int) -> None:
    """Both ways, and across the date line too. The geodesics are those on the WGS 84 ellipsoid."""
    assert kilometres(one, other) == pytest.approx(geodesic, rel=0.005)
    assert kilometres(one, other) == kilometres(other, one)


def test_an_airport_is_no_distance_from_itself() -> None:
    """To the last bit."""
    assert kilometres("JFK", "JFK") == 0


def test_the_distance_to_an_airport_that_is_in_no_register_is_not_known() -> None:
    """Neither way."""
    assert kilometres("JFK", "ZZZ") is None
    assert kilometres("ZZZ", "JFK") is None
