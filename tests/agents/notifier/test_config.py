"""The notifier's settings."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from agents.notifier.config import Config, from_environment


def test_the_default_channel_is_the_maildir() -> None:
    """Without any variable, letters go to a Maildir under the data folder."""
    assert from_environment({}) == Config(maildir=Path(".irops/maildir"))


def test_each_variable_sets_its_field(tmp_path: Path) -> None:
    """URLs of the list come before those of the file."""
    file = tmp_path / "urls"
    file.write_text("# hooks\njsons://b.example/\n\nxml://c.example/\n", encoding="utf-8")
    config = from_environment(
        {
            "IROPS_NOTIFIER_MAILDIR": "/mail",
            "IROPS_NOTIFIER_DURABLE": "true",
            "IROPS_NOTIFIER_APPRISE": "json://a.example/?x=1,2, mailto://u:p@example.com",
            "IROPS_NOTIFIER_APPRISE_FILE": str(file),
            "IROPS_NOTIFIER_SENDER": "care@air.example",
            "IROPS_NOTIFIER_RETRIES": "0",
            "IROPS_NOTIFIER_PAUSE_S": "0.25",
        }
    )
    assert config == Config(
        maildir=Path("/mail"),
        durable=True,
        apprise_urls=("json://a.example/?x=1,2", "mailto://u:p@example.com", "jsons://b.example/", "xml://c.example/"),
        sender="care@air.example",
        retries=0,
        pause=timedelta(milliseconds=250),
    )


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("IROPS_NOTIFIER_DURABLE", "perhaps", "true or false"),
        ("IROPS_NOTIFIER_RETRIES", "-1", "a whole number"),
        ("IROPS_NOTIFIER_RETRIES", "two", "a whole number"),
        ("IROPS_NOTIFIER_PAUSE_S", "1s", "a number of seconds"),
        ("IROPS_NOTIFIER_PAUSE_S", "nan", "a number of seconds"),
        ("IROPS_NOTIFIER_SENDER", "desk", "an e-mail address"),
        ("IROPS_NOTIFIER_SENDER", "a@b.example\nBcc: c@d.example", "an e-mail address"),
        ("IROPS_NOTIFIER_APPRISE_FILE", "/no/such/file", "a readable text file"),
    ],
)
def test_a_bad_value_is_an_error_with_its_key_and_the_form_wanted(key: str, value: str, wanted: str) -> None:
    """The operator can correct it from the error alone."""
    with pytest.raises(ValueError, match=f"^{key} is {re.escape(repr(value))}: wanted {wanted}"):
        from_environment({key: value})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("hook.example/s3cret", "without a scheme", id="no URL"),
        pytest.param("json://s3cret@h/ hook", "'json://...'", id="a space inside"),
        pytest.param("hook.example/s3cret, json://h/", "without a scheme", id="the first of two"),
    ],
)
def test_of_bad_apprise_urls_only_the_scheme_is_shown(value: str, shown: str) -> None:
    """They contain passwords."""
    with pytest.raises(ValueError, match=f"^IROPS_NOTIFIER_APPRISE is {shown}: wanted Apprise URLs"):
        from_environment({"IROPS_NOTIFIER_APPRISE": value})


def test_a_bad_line_in_the_file_is_an_error_with_the_files_name(tmp_path: Path) -> None:
    """It shows nothing of the file's content."""
    file = tmp_path / "urls"
    file.write_text("json://h/\nhook.example/s3cret\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^IROPS_NOTIFIER_APPRISE_FILE is '[^']*urls': wanted a readable text file"):
        from_environment({"IROPS_NOTIFIER_APPRISE_FILE": str(file)})


def test_a_notifier_without_a_channel_does_not_start() -> None:
    """It could send no letter."""
    with pytest.raises(ValueError, match="at least one channel"):
        from_environment({"IROPS_NOTIFIER_MAILDIR": ""})


def test_secrets_are_not_printed() -> None:
    """The configuration can be logged: it does not show its URLs."""
    config = from_environment({"IROPS_NOTIFIER_APPRISE": "json://u:s3cret@h/"})
    assert "s3cret" not in repr(config)
