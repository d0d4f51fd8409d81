"""The notifier's configuration."""

from datetime import timedelta
from pathlib import Path

import pytest

from agents.notifier.config import Config, from_environment


def test_nothing_set_means_the_maildir() -> None:
    """Without any variable, messages go to a Maildir under the data folder."""
    assert from_environment({}) == Config(maildir=Path(".irops/maildir"))


def test_everything_can_be_set(tmp_path: Path) -> None:
    """Each variable reaches its field; URLs of the list come before those of the file."""
    file = tmp_path / "urls"
    file.write_text("# hooks\njsons://b.example/\n\nxml://c.example/\n", encoding="utf-8")
    config = from_environment(
        {
            "NATS_URL": "nats://nats:4222",
            "IROPS_LOG": "json",
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
        nats_url="nats://nats:4222",
        log="json",
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
        ("IROPS_LOG", "xml", "json or console"),
        ("IROPS_NOTIFIER_DURABLE", "perhaps", "true or false"),
        ("IROPS_NOTIFIER_RETRIES", "-1", "a whole number"),
        ("IROPS_NOTIFIER_RETRIES", "two", "a whole number"),
        ("IROPS_NOTIFIER_PAUSE_S", "1s", "seconds"),
        ("IROPS_NOTIFIER_PAUSE_S", "nan", "seconds"),
        ("IROPS_NOTIFIER_SENDER", "nobody", "an e-mail address"),
        ("IROPS_NOTIFIER_SENDER", "a@b.example\nBcc: c@d.example", "an e-mail address"),
        ("IROPS_NOTIFIER_APPRISE", "hook.example", "Apprise URLs"),
        ("IROPS_NOTIFIER_APPRISE_FILE", "/no/such/file", "a readable text file"),
    ],
)
def test_a_bad_value_is_named_with_its_key_and_the_form_wanted(key: str, value: str, wanted: str) -> None:
    """Whoever set it can mend it from the message alone."""
    with pytest.raises(ValueError, match=wanted) as caught:
        from_environment({key: value})
    assert str(caught.value).startswith(key)
    assert repr(value)[1:8] in str(caught.value)


def test_no_channel_at_all_is_an_error() -> None:
    """A notifier that could tell nobody does not start."""
    with pytest.raises(ValueError, match="at least one channel"):
        from_environment({"IROPS_NOTIFIER_MAILDIR": ""})


def test_secrets_are_not_printed() -> None:
    """A configuration can be logged: its URLs are left out."""
    config = from_environment({"IROPS_NOTIFIER_APPRISE": "json://u:s3cret@h/", "NATS_URL": "nats://u:s3cret@h"})
    assert "s3cret" not in repr(config)
