"""The booker's settings."""

from datetime import timedelta
from pathlib import Path

import pytest

from agents.booker.config import Config, from_environment
from contracts.rules import CarrierRules, Rules, Weights, by_rank
from tests.agents.booker.booker_world import NOW


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing has to be set."""
    assert from_environment({}) == Config()


def test_every_setting_can_be_set() -> None:
    """Each key reaches its field."""
    assert from_environment(
        {
            "IROPS_BOOKER_LEASE_S": "6",
            "IROPS_BOOKER_RENEW_S": "1.5",
            "IROPS_RULES_LEAD_MIN": "60",
            "IROPS_RULES_MAX_CONNECTIONS": "0",
            "IROPS_RULES_KEPT_SHARE": "0.5",
            "IROPS_RULES_WEIGHT_DELAY": "1.5",
            "IROPS_RULES_UPGRADES": "false",
            "IROPS_BOOKER_QUOTES_HELD_MIN": "15",
        }
    ) == Config(
        quotes_held=timedelta(minutes=15),
        lease=timedelta(seconds=6),
        renew=timedelta(seconds=1.5),
        rules=Rules(
            lead=timedelta(hours=1),
            max_connections=0,
            kept_share=0.5,
            weights=Weights(delay=1.5),
            cabins=by_rank(upgrades=False),
        ),
    )


def test_rule_files_come_over_the_settings(tmp_path: Path) -> None:
    """As they are when they are asked for; a fault is found at the start."""
    file = tmp_path / "b6.toml"
    head = '[reaccommodation]\nname = "x"\nsource = "x"\ncarriers = ["B6"]\n'
    file.write_text(f'{head}[times]\nlead = "75 min"\n')
    config = from_environment({"IROPS_RULES_FOLDER": str(tmp_path), "IROPS_RULES_LEAD_MIN": "60"})
    own = {"B6": CarrierRules(lead=timedelta(minutes=75))}
    assert config.read_rules().at(NOW) == Rules(lead=timedelta(minutes=60), carriers=own)
    file.write_text(head)
    assert config.read_rules().at(NOW) == Rules(lead=timedelta(minutes=60), carriers={"B6": CarrierRules()})
    file.write_text(f"{head}[time]\n")
    with pytest.raises(ValueError, match=r"wanted rule files without faults \(.*b6\.toml, line 5, time: no such key"):
        from_environment({"IROPS_RULES_FOLDER": str(tmp_path)})


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("IROPS_BOOKER_LEASE_S", "0", "a number of seconds"),
        ("IROPS_BOOKER_RENEW_S", "soon", "a number of seconds"),
        ("IROPS_BOOKER_QUOTES_HELD_MIN", "1", "a number of minutes from 2 to 10080"),
        ("IROPS_BOOKER_FARES", "no-such-folder", "an existing folder"),
        ("IROPS_RULES_LEAD_MIN", "-1", "a number of minutes"),
        ("IROPS_RULES_LATER_MIN", "inf", "a number of minutes"),
        ("IROPS_RULES_MARGIN_MIN", "1e300", "a number of minutes"),
        ("IROPS_RULES_LONGEST_CONNECTION_MIN", "1500", "a number of minutes from 0 to 1440"),
        ("IROPS_RULES_ALTERNATIVES", "two", "a whole number from 0 to 100"),
        ("IROPS_RULES_MAX_CONNECTIONS", "3", "a whole number from 0 to 2"),
        ("IROPS_RULES_KEPT_SHARE", "1.1", "a number from 0 to 1"),
        ("IROPS_RULES_WEIGHT_FARE", "nan", "a number from 0"),
        ("IROPS_BOOKER_RENEW_S", "3", "less than IROPS_BOOKER_LEASE_S, which is 3"),
    ],
)
def test_a_bad_value_names_key_value_and_what_is_wanted(key: str, value: str, wanted: str) -> None:
    """The operator sees what to change."""
    with pytest.raises(ValueError, match=f"^{key} is '{value}': wanted {wanted}"):
        from_environment({key: value})


def test_the_fare_rules_are_those_of_the_folder(tmp_path: Path) -> None:
    """By carrier."""
    (tmp_path / "b6.toml").write_text('[policy]\nname = "B6"\nsource = "x"\ncarriers = ["B6"]\n')
    rules = from_environment({"IROPS_BOOKER_FARES": str(tmp_path)}).fares.of("B6")
    assert rules is not None
    assert rules.name == "B6"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (None, r"a folder with fare rules \(\*\.toml\)"),
        ("[policy]\n", r"fare rules without faults \(b6\.toml, line 1, policy"),
    ],
    ids=["none", "with faults"],
)
def test_a_folder_without_sound_fare_rules_is_refused(content: str | None, wanted: str, tmp_path: Path) -> None:
    """With the faults."""
    if content is not None:
        (tmp_path / "b6.toml").write_text(content)
    with pytest.raises(ValueError, match=f"^IROPS_BOOKER_FARES is '{tmp_path}': wanted {wanted}"):
        from_environment({"IROPS_BOOKER_FARES": str(tmp_path)})
