"""Settings from environment variables, and the errors for bad ones."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from bus import Environment, bad_setting
from bus.settings import Settings
from bus.wire.endpoint import ADDRESSES

SET = Environment(
    {"S": "1.5", "M": "90", "N": "0.25", "C": "7", "F": "True", "W": "json", "U": "tls://u:p@h.example:4222", "E": ""}
)
NEVER = timedelta(0)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        pytest.param(lambda: SET.seconds("S", default=NEVER), timedelta(milliseconds=1500), id="seconds"),
        pytest.param(lambda: SET.minutes("M", default=NEVER), timedelta(hours=1.5), id="minutes"),
        pytest.param(lambda: SET.number("N", default=0), 0.25, id="number"),
        pytest.param(lambda: SET.count("C", default=0), 7, id="count"),
        pytest.param(lambda: SET.count("C", default=0, least=7, most=7), 7, id="limits are included"),
        pytest.param(lambda: SET.flag("F", default=False), True, id="flag"),
        pytest.param(lambda: SET.choice("W", default="console", among=("json", "console")), "json", id="choice"),
        pytest.param(lambda: SET.read("C", default="", parse=str, wanted=""), "7", id="a parser of one's own"),
        pytest.param(lambda: SET.seconds("absent", default=NEVER), NEVER, id="absent"),
        pytest.param(lambda: SET.flag("absent", default=True), True, id="absent flag"),
    ],
)
def test_a_setting_has_its_value_or_its_default(read: Callable[[], object], value: object) -> None:
    """What is set is taken in its unit; what is absent has the default."""
    assert read() == value


@pytest.mark.parametrize(
    ("read", "value", "wanted"),
    [
        pytest.param(lambda e: e.seconds("KEY", default=NEVER), "1s", "a number of seconds from 0 to 3600", id="unit"),
        pytest.param(lambda e: e.seconds("KEY", default=NEVER), "", "a number of seconds from 0 to 3600", id="empty"),
        pytest.param(lambda e: e.seconds("KEY", default=NEVER), "nan", "a number of seconds from 0 to 3600", id="nan"),
        pytest.param(
            lambda e: e.seconds("KEY", default=NEVER, least=0.2),
            "0.1",
            "a number of seconds from 0.2 to 3600",
            id="few",
        ),
        pytest.param(
            lambda e: e.minutes("KEY", default=NEVER), "-1", "a number of minutes from 0 to 525600", id="less"
        ),
        pytest.param(
            lambda e: e.minutes("KEY", default=NEVER), "inf", "a number of minutes from 0 to 525600", id="infinite"
        ),
        pytest.param(lambda e: e.number("KEY", default=0), "1e300", "a number from 0 to 1000000", id="huge"),
        pytest.param(lambda e: e.count("KEY", default=0, most=2), "1.5", "a whole number from 0 to 2", id="a part"),
        pytest.param(lambda e: e.count("KEY", default=0, most=2), "3", "a whole number from 0 to 2", id="too many"),
        pytest.param(lambda e: e.flag("KEY", default=True), "perhaps", "true or false", id="flag"),
        pytest.param(lambda e: e.choice("KEY", default="a", among=("a", "b")), "c\nd", "a or b", id="choice"),
    ],
)
def test_an_error_names_key_value_and_what_is_wanted(
    read: Callable[[Environment], object], value: str, wanted: str
) -> None:
    """In one line of one form."""
    with pytest.raises(ValueError, match=rf"^{re.escape(f'KEY is {value!r}: wanted {wanted}')}$"):
        read(Environment({"KEY": value}))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", "empty"),
        ("u:s3cret@h", "without a scheme"),
        ("//u:s3cret@h", "without a scheme"),
        ("s3cret nats://h", "without a scheme"),
        ("nats://", "'nats://...'"),
        ("nats://u:s3cret@h:port", "'nats://...'"),
        ("nats://u:s3cret@h:99999", "'nats://...'"),
        ("nats://u:s3cret@h ", "'nats://...'"),
        ("nats://[s3cret", "'nats://...'"),
    ],
)
def test_an_error_shows_only_the_scheme_of_a_url(value: str, shown: str) -> None:
    """The rest may hold a password."""
    with pytest.raises(ValueError, match=rf"^{re.escape(f'NATS_URL is {shown}: wanted {ADDRESSES}')}$"):
        Settings.from_environment({"NATS_URL": value})


def test_a_url_in_the_wrong_place_is_not_shown_either() -> None:
    """For any setting."""
    assert str(bad_setting("KEY", value="json://s3cret", wanted="a word")) == "KEY is 'json://...': wanted a word"


def test_common_settings_have_defaults() -> None:
    """Nothing has to be set."""
    assert Settings.from_environment({}) == Settings()


def test_common_settings_can_be_set() -> None:
    """Each key reaches its field."""
    assert Settings.from_environment(
        {
            "NATS_URL": "nats://there:4222",
            "IROPS_LOG": "json",
            "IROPS_ACK_WAIT_S": "0.2",
            "IROPS_FAILPOINT": "committed:3",
        }
    ) == Settings(
        nats_url="nats://there:4222", log="json", ack_wait=timedelta(milliseconds=200), kill_at=("committed", 3)
    )


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("IROPS_LOG", "xml", "json or console"),
        ("IROPS_ACK_WAIT_S", "0.1", "a number of seconds from 0.2 to 600"),
        ("IROPS_FAILPOINT", "committed", "<step>:<nth>"),
        ("IROPS_FAILPOINT", ":3", "<step>:<nth>"),
    ],
)
def test_a_bad_common_setting_is_named(key: str, value: str, wanted: str) -> None:
    """With its value and what is wanted."""
    with pytest.raises(ValueError, match=f"^{key} is '{value}': wanted {wanted}"):
        Settings.from_environment({key: value})


def test_settings_can_be_printed() -> None:
    """The server's address, which may hold a password, is left out."""
    assert "s3cret" not in repr(Settings.from_environment({"NATS_URL": "nats://u:s3cret@h"}))
