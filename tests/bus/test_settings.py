"""Settings of the connection: where each part comes from, and what does not fit together."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bus.access.keys import make_key
from bus.settings import Settings
from bus.wire.connection import close, connect
from tests.bus.wire.servers import CA, CERTIFICATES, CLIENT, CLIENT_KEY, configured, operator_mode, tls

CREDS = "-----BEGIN NATS USER JWT-----\ns3cret\n-----BEGIN USER NKEY SEED-----\ns3cret\n"

Contexts = Callable[..., dict[str, str]]


@pytest.fixture
def context(tmp_path: Path) -> Contexts:
    """Writes a context of the nats tool and gives the environment that names it."""

    def write(name: str = "ops", **fields: Any) -> dict[str, str]:
        folder = tmp_path / ".config" / "nats" / "context"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps({"description": "", "url": "nats://there:1", **fields}))
        return {"IROPS_NATS_CONTEXT": name, "HOME": str(tmp_path)}

    return write


def settings(**variables: str) -> Settings:
    return Settings.from_environment(variables)


def test_a_context_gives_address_and_login(context: Contexts) -> None:
    """User and password here."""
    endpoint = settings(**context(user="u", password="s3cret")).endpoint("irops")
    assert endpoint.servers == ("nats://there:1",)
    assert (endpoint.user, endpoint.password) == ("u", "s3cret")


def test_a_context_is_looked_for_where_xdg_says(context: Contexts, tmp_path: Path) -> None:
    """As the tool does."""
    variables = context() | {"HOME": "/nowhere", "XDG_CONFIG_HOME": str(tmp_path / ".config")}
    assert str(settings(**variables).endpoint("irops")) == "there:1"


def test_files_of_a_context_may_be_below_home(context: Contexts, tmp_path: Path) -> None:
    """`~` and `$HOME`, as the tool expands them."""
    (tmp_path / "my.creds").write_text(CREDS)
    for path in ("~/my.creds", "$HOME/my.creds", str(tmp_path / "my.creds")):
        assert settings(**context(creds=path)).endpoint("irops").creds == tmp_path / "my.creds"


def test_a_context_may_name_a_file_with_an_nkey(context: Contexts, tmp_path: Path) -> None:
    """Its seed is the login."""
    make_key(tmp_path, "ops")
    endpoint = settings(**context(nkey=str(tmp_path / "ops.nk"))).endpoint("irops")
    assert endpoint.seed == (tmp_path / "ops.nk").read_text().strip()


def test_a_context_may_demand_tls(context: Contexts) -> None:
    """By an authority, a certificate, or TLS before the greeting."""
    endpoint = settings(**context(ca=str(CA), cert=str(CLIENT), key=str(CLIENT_KEY), tls_first=True)).endpoint("irops")
    assert (endpoint.ca, endpoint.certificate, endpoint.private_key, endpoint.tls_first) == (
        CA,
        CLIENT,
        CLIENT_KEY,
        True,
    )
    assert endpoint.wants_tls


def test_other_settings_come_before_the_context(context: Contexts, tmp_path: Path) -> None:
    """Each replaces what it is about; a login of their own replaces the whole login."""
    creds = tmp_path / "my.creds"
    creds.write_text(CREDS)
    variables = context(user="u", password="p", ca=str(CLIENT))
    replaced = settings(**variables, NATS_URL="nats://here:2", IROPS_NATS_CA=str(CA), IROPS_NATS_CREDS=str(creds))
    endpoint = replaced.endpoint("irops")
    assert (endpoint.servers, endpoint.ca, endpoint.creds, endpoint.user) == (("nats://here:2",), CA, creds, "")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("nsc", "nsc://a/b/c", "nsc in a context is not supported"),
        ("jetstream_domain", "hub", "jetstream_domain in a context is not supported"),
        ("socks_proxy", "socks5://h", "socks_proxy in a context is not supported"),
        ("creds", "/no/such.creds", "its creds is no file: /no/such.creds"),
        ("user", 7, "is no context of the nats tool"),
    ],
)
def test_a_context_that_cannot_be_used_is_an_error(context: Contexts, field: str, value: object, words: str) -> None:
    """It names the context and the field."""
    with pytest.raises(ValueError, match=words) as failure:
        settings(**context(**{field: value}, password="s3cret"))
    assert str(failure.value).startswith("IROPS_NATS_CONTEXT is 'ops': ")
    assert "s3cret" not in str(failure.value)


def test_a_context_that_does_not_exist_is_an_error_with_those_that_do(context: Contexts) -> None:
    """A name is easily misspelt."""
    with pytest.raises(ValueError, match=r"IROPS_NATS_CONTEXT is 'opps': .*; the contexts in .* are: ops"):
        settings(**context() | {"IROPS_NATS_CONTEXT": "opps"})
    with pytest.raises(ValueError, match="wanted the name of a context"):
        settings(**context() | {"IROPS_NATS_CONTEXT": "../ops"})


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"IROPS_NATS_CA": "/no/such.pem"}, "IROPS_NATS_CA is '/no/such.pem': wanted a PEM file of certificates"),
        ({"IROPS_NATS_CA": str(CERTIFICATES / "README.md")}, "wanted a PEM file of certificates"),
        ({"IROPS_NATS_CREDS": str(CA)}, "IROPS_NATS_CREDS is .*: wanted a .creds file"),
        ({"IROPS_NATS_KEY": str(CLIENT_KEY)}, "IROPS_NATS_KEY is .*: wanted nothing without IROPS_NATS_CERT"),
        ({"IROPS_NATS_CERT": str(CLIENT)}, "IROPS_NATS_CERT is .*: wanted PEM files: a certificate with a key"),
        (
            {"IROPS_NATS_CERT": str(CLIENT), "IROPS_NATS_KEY": str(CERTIFICATES / "server-key.pem")},
            "a key that fits it",
        ),
        (
            {"IROPS_NATS_CERT": str(CLIENT), "IROPS_NATS_KEY": str(CERTIFICATES / "client-key-encrypted.pem")},
            "not encrypted",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_before_anything_is_connected(
    variables: dict[str, str], words: str
) -> None:
    """It names the setting."""
    with pytest.raises(ValueError, match=words):
        settings(**variables)


def test_two_logins_are_an_error(tmp_path: Path) -> None:
    """Which one is meant is not guessed."""
    (tmp_path / "my.creds").write_text(CREDS)
    with pytest.raises(ValueError, match=r"IROPS_NATS_CREDS is .*: wanted nothing, for IROPS_KEYS is set"):
        settings(IROPS_KEYS=str(tmp_path), IROPS_NATS_CREDS=str(tmp_path / "my.creds"))


async def test_the_settings_connect_to_a_server_that_wants_all_of_them(tmp_path: Path) -> None:
    """Authority, client certificate and a `.creds` file."""
    config, creds = operator_mode(tmp_path)
    async with configured(tmp_path / "nats", f"{config}\n{tls(more='verify: true')}", jetstream=None) as server:
        endpoint = settings(
            NATS_URL=f"nats://localhost:{server.port}",
            IROPS_NATS_CA=str(CA),
            IROPS_NATS_CERT=str(CLIENT),
            IROPS_NATS_KEY=str(CLIENT_KEY),
            IROPS_NATS_CREDS=str(creds),
        ).endpoint("test")
        nc = await connect(endpoint, name="test")
        await nc.flush()
        await close(nc)
