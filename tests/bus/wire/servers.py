"""nats-servers with a configuration of the test's own: TLS, users, accounts, limits."""

import asyncio
import base64
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nkeys

from bus.admin.child_process import ends_with_parent
from bus.admin.server import free_port, program
from tests.support import eventually

CERTIFICATES = Path(__file__).parent / "certificates"
CA, CLIENT, CLIENT_KEY = (CERTIFICATES / name for name in ("ca.pem", "client.pem", "client-key.pem"))


@dataclass(frozen=True)
class Configured:
    """A running server."""

    port: int

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@asynccontextmanager
async def configured(folder: Path, config: str, *, jetstream: str | None = "") -> AsyncIterator[Configured]:
    """A nats-server with these lines in its configuration, and JetStream with these limits (None: without JetStream)."""
    server = Configured(free_port())
    store = "" if jetstream is None else f"jetstream {{\n store_dir: {json.dumps(str(folder / 'js'))}\n {jetstream}\n}}"
    _write(folder / "server.conf", f"host: 127.0.0.1\nport: {server.port}\n{store}\n{config}\n")
    process = subprocess.Popen(  # noqa: ASYNC220
        [program(), "-c", folder / "server.conf", "-l", folder / "server.log"],
        preexec_fn=ends_with_parent(),  # noqa: PLW1509
    )
    try:
        await eventually(lambda: _listens(server.port), what=f"a server with {config}")
        yield server
    finally:
        process.kill()
        process.wait()


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def tls(name: str = "server", *, more: str = "") -> str:
    """The server's TLS block, with the certificate of this name."""
    files = {"cert_file": CERTIFICATES / f"{name}.pem", "key_file": CERTIFICATES / f"{name}-key.pem", "ca_file": CA}
    lines = "\n".join(f"  {key}: {json.dumps(str(path))}" for key, path in files.items())
    return f"tls {{\n{lines}\n  {more}\n}}"


def operator_mode(folder: Path) -> tuple[str, Path]:
    """The configuration of a server that knows users by JWT, and the `.creds` file of one."""
    operator, account, user = (_key(kind) for kind in (nkeys.PREFIX_BYTE_OPERATOR, nkeys.PREFIX_BYTE_ACCOUNT, _USER))
    operator_jwt = _jwt(operator, operator, {"type": "operator", "version": 2})
    unlimited = {
        "subs": -1,
        "conn": -1,
        "data": -1,
        "payload": -1,
        "leaf": -1,
        "imports": -1,
        "exports": -1,
        "wildcards": True,
    }
    account_jwt = _jwt(operator, account, {"type": "account", "version": 2, "limits": unlimited})
    user_jwt = _jwt(account, user, {"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1})
    creds = folder / "user.creds"
    creds.parent.mkdir(parents=True, exist_ok=True)
    creds.write_text(
        f"-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
    )
    return f"operator: {operator_jwt}\nresolver: MEMORY\nresolver_preload: {{ {_id(account)}: {account_jwt} }}", creds


_USER = nkeys.PREFIX_BYTE_USER


def _key(kind: int) -> Any:
    return nkeys.from_seed(bytearray(nkeys.encode_seed(bytes(range(kind, kind + 32)), kind)))


def _id(key: Any) -> str:
    return str(key.public_key.decode())


def _jwt(issuer: Any, subject: Any, claims: dict[str, Any]) -> str:
    head = {"typ": "JWT", "alg": "ed25519-nkey"}
    body = {"jti": "test", "iat": 1, "iss": _id(issuer), "sub": _id(subject), "name": "test", "nats": claims}
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, body))
    signature = base64.urlsafe_b64encode(issuer.sign(signed)).rstrip(b"=")
    return f"{signed.decode()}.{signature.decode()}"
