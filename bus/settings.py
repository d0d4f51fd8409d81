"""Settings of every agent and command; those of one agent alone are in its own `config.py`."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

from bus.access.keys import key_in, seed_in
from bus.context import Context, read_context
from bus.environment import Environment, bad_setting, scheme_only
from bus.retention import Retention
from bus.wire.endpoint import ADDRESSES, Endpoint

DEFAULT_URL = "nats://127.0.0.1:4222"
LogStyle = Literal["json", "console"]
LOG_STYLES: tuple[LogStyle, ...] = ("json", "console")
Autonomy = Literal["", "shadow"]
AUTONOMY: tuple[Autonomy, ...] = ("", "shadow")


@dataclass(frozen=True, slots=True)
class Settings:
    nats_url: str = field(default=DEFAULT_URL, repr=False)
    """`NATS_URL`: the addresses of the NATS servers, separated by commas; any one that answers is used.

    `tls://` demands TLS: a server that offers none is refused before a login is sent. A user and password, or a token, may
    stand before the host, percent-encoded. They are never printed."""
    context: str = ""
    """`IROPS_NATS_CONTEXT`: the name of a context of the `nats` tool, from which the address and login are taken that no
    other setting gives."""
    keys: Path | None = None
    """`IROPS_KEYS`: the folder with the seed of the key to log in with, `<agent>.nk`, as `irops users` makes it; empty: none.

    Needed where the server admits only users it knows."""
    creds: Path | None = None
    """`IROPS_NATS_CREDS`: a `.creds` file to log in with; empty: none. Not together with `IROPS_KEYS`."""
    ca: Path | None = None
    """`IROPS_NATS_CA`: a PEM file of the authorities that may have signed the server's certificate, instead of the system's;
    empty: the system's. It demands TLS, as `tls://` does."""
    certificate: Path | None = None
    """`IROPS_NATS_CERT`: a PEM file of the client certificate to log in with; empty: none. It demands TLS."""
    private_key: Path | None = None
    """`IROPS_NATS_KEY`: a PEM file of the certificate's key, not encrypted; empty: it is in the certificate's file."""
    log: LogStyle = "console"
    """`IROPS_LOG`: `json`, one object a line for machines, or `console`, for people."""
    ack_wait: timedelta = timedelta(seconds=4)
    """`IROPS_ACK_WAIT_S`, seconds, 0.2 to 600: a dead agent's messages are delivered to another after this; a living agent
    renews its leases every third of it.

    Longer: work waits longer after a crash. Shorter: after a pause of the machine work is done twice, which is harmless."""
    retention: Retention = field(default_factory=Retention)
    """How long each class of message is kept."""
    autonomy: Autonomy = ""
    """`IROPS_AUTONOMY`: `shadow` for agents that may run in a shadow alone: where the system is none they end with status 2,
    before they take a message. `irops provision` and `irops up` then make an empty system a shadow. Empty: as the system is."""
    sampled: bool = False
    """`IROPS_TRACE_SAMPLED`, true or false: the sampled flag of `traceparent` on what an agent writes.

    True: a server with message tracing on (`msg_trace` of an account) traces every message."""
    kill_at: tuple[str, int] | None = None
    """`IROPS_FAILPOINT`, `<step>:<nth>`: for crash tests, the process kills itself the nth time it passes the step."""
    login: Context = field(default=Context(), repr=False)
    """The context's fields."""

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> "Settings":
        """Raises `ValueError` naming the key, its value and what is wanted."""
        environment, default = Environment(variables), cls()
        name = variables.get("IROPS_NATS_CONTEXT", "")
        context = read_context(name, variables) if name else Context()
        settings = cls(
            nats_url=addresses(environment, "NATS_URL", default=context.url or default.nats_url),
            context=name,
            keys=environment.folder("IROPS_KEYS", default=default.keys),
            creds=environment.file("IROPS_NATS_CREDS", default=None, parse=_credentials, wanted="a .creds file"),
            ca=environment.file("IROPS_NATS_CA", default=None, parse=_authorities, wanted="a PEM file of certificates"),
            certificate=environment.file(
                "IROPS_NATS_CERT", default=None, parse=Path.read_bytes, wanted="a PEM file of a certificate"
            ),
            private_key=environment.file(
                "IROPS_NATS_KEY", default=None, parse=Path.read_bytes, wanted="a PEM file of a private key"
            ),
            log=environment.choice("IROPS_LOG", default=default.log, among=LOG_STYLES),
            ack_wait=environment.seconds("IROPS_ACK_WAIT_S", default=default.ack_wait, least=0.2, most=600),
            retention=Retention.from_environment(environment),
            autonomy=environment.read(
                "IROPS_AUTONOMY",
                default=default.autonomy,
                parse=lambda value: next((each for each in AUTONOMY if each == value), None),
                wanted="shadow, or nothing",
            ),
            sampled=environment.flag("IROPS_TRACE_SAMPLED", default=default.sampled),
            kill_at=environment.read(
                "IROPS_FAILPOINT", default=None, parse=_step, wanted="<step>:<nth>, as in committed:3"
            ),
            login=context,
        )
        settings._check()
        return settings

    def endpoint(self, name: str, *, url: str | None = None) -> Endpoint:
        """The servers and the login of the agent or command `name`; `url` replaces `nats_url` and the context.

        Raises `ValueError` where `IROPS_KEYS` names a folder without its key.
        """
        if url is not None:
            return replace(self, nats_url=url, login=Context()).endpoint(name)
        endpoint = Endpoint.parse(self.nats_url)
        if self.keys or self.creds or endpoint.user or endpoint.token:
            endpoint = replace(endpoint, seed=key_in(self.keys, name), creds=self.creds)
        else:
            endpoint = _with_login(endpoint, self.login)
        ca, certificate, private_key = self._tls_files()
        return replace(
            endpoint, tls_first=self.login.tls_first, ca=ca, certificate=certificate, private_key=private_key
        )

    def _tls_files(self) -> tuple[Path | None, Path | None, Path | None]:
        """Authorities, certificate and key: those of the settings, else of the context."""
        context = self.login
        own = (self.certificate, self.private_key) if self.certificate else (_path(context.cert), _path(context.key))
        return (self.ca or _path(context.ca), *own)

    def _check(self) -> None:
        """Raises `ValueError` for settings that do not fit together."""
        if self.keys and self.creds:
            raise bad_setting("IROPS_NATS_CREDS", value=str(self.creds), wanted="nothing, for IROPS_KEYS is set")
        if self.private_key and not self.certificate:
            raise bad_setting("IROPS_NATS_KEY", value=str(self.private_key), wanted="nothing without IROPS_NATS_CERT")
        ca, certificate, private_key = self._tls_files()
        if not (ca or certificate):
            return
        try:
            Endpoint(servers=(), ca=ca, certificate=certificate, private_key=private_key).ssl_context()
        except (OSError, ValueError) as failure:
            key = "IROPS_NATS_CERT" if self.certificate else "IROPS_NATS_CONTEXT"
            value = str(self.certificate) if self.certificate else self.context
            raise bad_setting(
                key, value=value, wanted="PEM files: a certificate with a key that fits it and is not encrypted"
            ) from failure


def _with_login(endpoint: Endpoint, context: Context) -> Endpoint:
    return replace(
        endpoint,
        seed=seed_in(Path(context.nkey)) if context.nkey else None,
        creds=_path(context.creds),
        user=context.user,
        password=context.password,
        token=context.token,
    )


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def addresses(environment: Environment, key: str, *, default: str) -> str:
    """The setting that names NATS servers. Raises `ValueError` for one that does not parse."""
    return environment.read(key, default=default, parse=_parsed, wanted=ADDRESSES, shown=scheme_only)


def _parsed(value: str) -> str:
    Endpoint.parse(value)
    return value


def _credentials(path: Path) -> None:
    text = path.read_text(encoding="ascii")
    if "BEGIN NATS USER JWT" not in text or "BEGIN USER NKEY SEED" not in text:
        raise ValueError("not a credentials file")


def _authorities(path: Path) -> None:
    ssl.create_default_context(cafile=path)


def _step(value: str) -> tuple[str, int] | None:
    step, _, nth = value.partition(":")
    return (step, int(nth)) if step and nth.isdecimal() else None
