"""Where the servers of one system are, and how to log in to them.

Addresses are taken apart here once: credentials are percent-decoded and leave the address, so that an address can be shown
anywhere. The parts of an address that does not parse are never shown: what looks like a host may be half of a password.
"""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

ADDRESSES = (
    "addresses such as nats://127.0.0.1:4222, separated by commas;"
    " percent-encode @ : / ? # % and , in a user or password"
)
"""What `parse` accepts, for error messages."""
DEFAULT_PORT = 4222
_SCHEMES = {"nats", "tls"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Servers and a login. One way to log in is used: the seed, else the credentials file, else user, else token."""

    servers: tuple[str, ...]
    """Addresses without credentials, `nats://host:port`."""
    tls: bool = False
    """Refuse a server that does not offer TLS."""
    tls_first: bool = False
    """Start TLS before the server's INFO, as servers with `handshake_first` expect."""
    ca: Path | None = None
    """PEM file of the authorities to trust instead of the system's."""
    certificate: Path | None = None
    """PEM file of the client's certificate."""
    private_key: Path | None = None
    """PEM file of its key; None: in the certificate's file."""
    seed: str | None = field(default=None, repr=False)
    """Seed of an nkey."""
    creds: Path | None = None
    """A `.creds` file: user JWT and seed."""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def parse(cls, addresses: str) -> "Endpoint":
        """Reads comma-separated addresses, `nats://user:password@host:port` or `tls://token@host`.

        `tls://` in one of them demands TLS of all. Raises `ValueError`, which quotes nothing, for an address that does not
        parse, or for two different logins.
        """
        split = [_split(address) for address in re.split(r",\s*", addresses)]
        logins = {login for parts in split if (login := _login(parts)) != ("", "", "")}
        if len(logins) > 1:
            raise ValueError("one user for all addresses")
        user, password, token = next(iter(logins), ("", "", ""))
        return cls(
            servers=tuple(dict.fromkeys(_bare(parts) for parts in split)),
            tls=any(parts.scheme == "tls" for parts in split),
            user=user,
            password=password,
            token=token,
        )

    def __str__(self) -> str:
        """The hosts and ports, safe to show."""
        return ", ".join(server.partition("://")[2] for server in self.servers)

    @property
    def wants_tls(self) -> bool:
        """Whether a setting that only makes sense with TLS is given."""
        return self.tls or self.tls_first or self.ca is not None or self.certificate is not None

    def ssl_context(self) -> ssl.SSLContext:
        """Raises `OSError` or `ssl.SSLError` for a file that cannot be used."""
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate:
            context.load_cert_chain(self.certificate, self.private_key, password=_no_passphrase)
        return context


def _split(address: str) -> SplitResult:
    parts = urlsplit(address)
    sound = (
        parts.scheme in _SCHEMES
        and parts.hostname
        and parts.port != 0  # raises `ValueError` for one that is no number
        and parts.netloc.count("@") <= 1
        and parts.path in {"", "/"}
        and not parts.query
        and not parts.fragment
        and not address.endswith(("?", "#"))
        and _printable(address)
    )
    if not sound:
        raise ValueError("not an address")
    return parts


def _printable(text: str) -> bool:
    return text.isprintable() and " " not in text


def _login(parts: SplitResult) -> tuple[str, str, str]:
    """User, password and token, decoded. A name without a password is a token, as in other NATS clients."""
    name, password = unquote(parts.username or ""), parts.password
    return ("", "", name) if password is None else (name, unquote(password), "")


def _bare(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"nats://{host}:{parts.port or DEFAULT_PORT}"


def _no_passphrase() -> str:
    """OpenSSL would ask the terminal for the passphrase of an encrypted key."""
    return ""
