"""The pricer's setting: the ladder's file."""

from pathlib import Path

import pytest

from agents.pricer.config import DEFAULT, Config, default_ladder, from_environment

TEXT = DEFAULT.read_text()


def test_an_empty_environment_gives_the_ladder_beside_the_agent() -> None:
    """No variable is required."""
    assert from_environment({}) == Config()


def test_another_file_is_read(tmp_path: Path) -> None:
    """It is another ladder, and named as one."""
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace('fixed = "49"', 'fixed = "59"'))
    mine = from_environment({"IROPS_PRICER_LADDER": str(path)}).ladder
    assert mine is not None
    assert mine.fixed == default_ladder().fixed + 10
    assert mine.id != default_ladder().id


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param('currency = "USD"', "currency =", "it is no TOML", id="no TOML"),
        pytest.param('currency = "USD"', 'currency = "XYZ"', "XYZ is no currency", id="no currency"),
        pytest.param('round_to = "1"', 'round_to = "0"', "round_to is 0", id="no step"),
        pytest.param('round_to = "1"', 'round_to = "0.001"', "at most 2 decimals", id="decimals"),
        pytest.param("closes_min = 45", "closes_min = -1", "closes_min", id="negative"),
        pytest.param("closes_min = 45", "", "closes_min", id="missing"),
        pytest.param("most_seats = 9", "most_seats = 9\nmost = 1", "unknown field `most`", id="unknown key"),
        pytest.param('premium = "1.7"\n', "", "cabins has no premium", id="missing cabin"),
        pytest.param('name = "flex"', 'name = "standard"', "economy standard is there twice", id="family twice"),
        pytest.param(
            'name = "standard"\nfactor = "1.0"\n\n[[families]]\ncabin = "business"',
            'name = "standard"\nfactor = "1.0"\nrungs = 1\n\n[[families]]\ncabin = "business"',
            "premium has none that is sold on all rungs",
            id="cabin without a fare",
        ),
        pytest.param('share = "0.12"', 'share = "0.5"', "seats: wanted shares", id="shares out of order"),
        pytest.param('share = "0"\n', 'share = "0.01"\n', "seats: wanted shares", id="no last rung"),
        pytest.param("days = 7", "days = 1", "days: wanted numbers of days", id="days out of order"),
        pytest.param('factor = "2.4"', 'factor = "-2.4"', r"seats\[3\].factor is -2.4", id="negative factor"),
    ],
)
def test_a_wrong_ladder_is_an_error_that_names_the_file_and_the_fault(
    old: str, new: str, why: str, tmp_path: Path
) -> None:
    """The agent does not start with it."""
    path = tmp_path / "mine.toml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(ValueError, match=rf"^IROPS_PRICER_LADDER is '.*mine.toml': wanted a file like .*{why}"):
        from_environment({"IROPS_PRICER_LADDER": str(path)})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """So is the reason."""
    with pytest.raises(ValueError, match=r"^IROPS_PRICER_LADDER is '.*none.toml': .*No such file"):
        from_environment({"IROPS_PRICER_LADDER": str(tmp_path / "none.toml")})
