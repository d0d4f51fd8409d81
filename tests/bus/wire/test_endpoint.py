"""Addresses taken apart: credentials decoded once, and nothing of a bad one shown."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.settings import Settings
from bus.wire.endpoint import Endpoint

printable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)


@given(printable, printable)
def test_any_user_and_password_survive_encoding(user: str, password: str) -> None:
    """Percent-encoded in an address, each is what the server gets."""
    endpoint = Endpoint.parse(f"nats://{quote(user, safe='')}:{quote(password, safe='')}@127.0.0.1:4222")
    assert (endpoint.user, endpoint.password, endpoint.token) == (user, password, "")
    assert endpoint.servers == ("nats://127.0.0.1:4222",)


@given(printable)
def test_any_token_survives_encoding(token: str) -> None:
    """A name without a password is a token."""
    assert Endpoint.parse(f"nats://{quote(token, safe='')}@h").token == token


@given(printable, st.sampled_from("@/?#"))
def test_of_a_password_that_is_not_encoded_nothing_is_shown(password: str, special: str) -> None:
    """Whether the address parses or not: no part of the password is in the error or in what is shown."""
    assert "s3cret" not in _shown(f"nats://user:s3cret{special}s3cret{password}@h:4222")


def _shown(url: str) -> str:
    """All that is ever shown of an address, or the error."""
    try:
        endpoint = Settings.from_environment({"NATS_URL": url}).endpoint("x")
    except ValueError as failure:
        return str(failure)
    return str(endpoint) + repr(endpoint)


@pytest.mark.parametrize(
    ("addresses", "servers", "tls"),
    [
        ("nats://a", ["a:4222"], False),
        ("nats://a:1,nats://b:2", ["a:1", "b:2"], False),
        ("nats://a:1, tls://b:2", ["a:1", "b:2"], True),
        ("nats://u:p@a,nats://b,nats://a", ["a:4222", "b:4222"], False),
        ("nats://[::1]:4223/", ["[::1]:4223"], False),
    ],
)
def test_addresses_become_servers(addresses: str, servers: list[str], tls: bool) -> None:
    """Without credentials and without repeats; one `tls://` demands TLS of all."""
    endpoint = Endpoint.parse(addresses)
    assert endpoint.servers == tuple(f"nats://{server}" for server in servers)
    assert endpoint.tls is tls
    assert str(endpoint) == ", ".join(servers)


@pytest.mark.parametrize(
    "addresses",
    [
        "",
        "a:4222",
        "http://a",
        "ws://a",
        "nats://a,",
        "nats://a,b",
        "nats://a:x",
        "nats://a:0",
        "nats://a/path",
        "nats://a?q",
        "nats://a#",
        "nats://u@v@a",
        "nats://u:p@a,nats://v:q@b",
        "nats:// a",
        "nats://",
    ],
)
def test_what_is_no_list_of_addresses_is_an_error(addresses: str) -> None:
    """Two logins among them too: which one a server gets would be chance."""
    with pytest.raises(ValueError):  # noqa: PT011 - the caller names the setting
        Endpoint.parse(addresses)
