"""The embedded server and each agent as operating-system processes, restarted when they die.

`python -m agents.<name>` is exactly what a container runs. A process that dies is restarted after a pause, which doubles
with each death and is reset after a quiet minute. An agent that refuses its settings would refuse them again: it is not
restarted, and `unless_refused` raises its last line.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from bus.clock import monotonic
from bus.operations import Server, ServerFailed, ends_with_parent
from bus.tasks import cancel
from irops.terminal.failures import Failed

SERVER = "nats-server"
"""The name of the server in reports of deaths."""
_REFUSED = 2
"""An agent's exit status for settings it cannot use."""
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_DOUBLINGS = 16
"""More would not make the pause longer, and its number would be too large in the end."""
_QUIET = 60.0
_STOPS_WITHIN = 7.0
"""Seconds that all agents together may take to stop. With the server's 2, Ctrl-C ends everything within 10."""
_LOOK_EVERY = 0.1

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A process has ended by itself, and will be restarted. Its text is one line for the operator."""

    name: str
    status: int
    """The exit status; negative: the signal that killed it."""
    log: Path
    in_a_row: int = 1
    """How many times it has died without a quiet minute between, this time included."""
    words: str = ""
    """The last line that it logged, if nothing killed it."""

    def __str__(self) -> str:
        how = signal.Signals(-self.status).name if self.status < 0 else f"exit status {self.status}"
        return f"{self.name} died ({how}) and is started again"


Died = Callable[[Death], None]


class _Deaths:
    """The deaths of one process in a row, and the pause before each restart, seconds."""

    def __init__(self, first: float) -> None:
        self._first, self.in_a_row = first, 0
        self._began = monotonic()

    def count(self) -> None:
        self.in_a_row = 1 if monotonic() - self._began > _QUIET else self.in_a_row + 1

    @property
    def pause(self) -> float:
        return min(self._first * float(2 ** min(self.in_a_row - 1, _DOUBLINGS)), _LONGEST_PAUSE)

    def start(self) -> None:
        self._began = monotonic()


@dataclass(slots=True)
class Process:
    """One supervised agent process."""

    name: str
    module: str
    log: Path
    process: asyncio.subprocess.Process | None = None
    logged: int = 0
    """Size of its log, bytes, when it was last started."""
    restarts: int = 0
    watch: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.returncode is None else None


class Supervisor:
    """Starts, watches, restarts and stops processes. Agents' logs go to `<folder>/<name>.log`.

    `environment` is added to this process's own, as it is at each start; `pause` is the first pause before a restart, seconds;
    `stops_within` is how long all agents together may take to stop before they are killed, seconds.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        died: Died = lambda death: None,
        pause: float = _FIRST_PAUSE,
        stops_within: float = _STOPS_WITHIN,
    ) -> None:
        self._folder = folder
        self._environment = environment
        self.died = died
        self._first_pause = pause
        self._stops_within = stops_within
        self._stopping = asyncio.Event()
        self._refusal = ""
        self._refused = asyncio.Event()
        self._server_restarts = 0
        self.processes: list[Process] = []

    @property
    def restarts(self) -> int:
        return self._server_restarts + sum(p.restarts for p in self.processes)

    # The server.

    @asynccontextmanager
    async def serving(self, server: Server) -> AsyncIterator[None]:
        """Run the server until the block ends. A server that dies is restarted on its port and its data; clients reconnect.
        Raises `ServerFailed` where it does not start."""
        try:
            await server.start()
            watch = asyncio.create_task(self._keep_server(server))
            try:
                yield
            finally:
                await cancel(watch)
        finally:
            server.stop()

    async def _keep_server(self, server: Server) -> None:
        deaths = _Deaths(self._first_pause)
        while True:
            deaths.start()
            while server.running:
                await asyncio.sleep(_LOOK_EVERY)
            deaths.count()
            self.died(Death(name=SERVER, status=server.exit_status, log=server.log, in_a_row=deaths.in_a_row))
            await asyncio.sleep(deaths.pause)
            self._server_restarts += 1
            with suppress(ServerFailed):  # its log says why; the next round tries again
                await server.start()

    # Agents.

    async def start(self, modules: Sequence[str], *, replicas: int = 1) -> None:
        """Start each module, `replicas` times."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for module in modules:
            agent = self._name(module)
            for i in range(replicas):
                name = agent if replicas == 1 else f"{agent}-{i + 1}"
                process = Process(name, module, self._folder / f"{name}.log")
                self.processes.append(process)
                await self._spawn(process)
                process.watch = asyncio.create_task(self._keep(process))

    def _name(self, module: str) -> str:
        """The module's last part, or all of it where another process has that name."""
        last = module.rpartition(".")[2]
        return module if any(process.name.partition("-")[0] == last for process in self.processes) else last

    async def _spawn(self, process: Process) -> None:
        with process.log.open("ab") as log:
            process.logged = log.tell()
            process.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                process.module,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
                start_new_session=True,  # Ctrl-C goes to the operator's process, which stops the agents
                preexec_fn=ends_with_parent(),
            )
        if self._stopping.is_set():  # `stop` was called meanwhile and has not seen it
            process.process.terminate()

    async def _keep(self, process: Process) -> None:
        deaths = _Deaths(self._first_pause)
        while True:
            assert process.process is not None
            deaths.start()
            status = await process.process.wait()
            if self._stopping.is_set():
                return
            if status == _REFUSED:
                self._refusal = _last_words(process) or f"{process.name} refuses its settings"
                self._refused.set()
                return
            deaths.count()
            words = _last_words(process) if status > 0 else ""
            self.died(Death(name=process.name, status=status, log=process.log, in_a_row=deaths.in_a_row, words=words))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), deaths.pause)
            if self._stopping.is_set():
                return
            process.restarts += 1
            await self._spawn(process)

    async def unless_refused(self, work: Coroutine[Any, Any, T]) -> T:
        """Get the result of `work`. Raises `Failed` with an agent's last line as soon as it refuses its settings: without it,
        the work would wait for ever."""
        task, refused = asyncio.create_task(work), asyncio.create_task(self._refused.wait())
        try:
            await asyncio.wait({task, refused}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Failed(self._refusal, status=2)
            return task.result()
        finally:
            await cancel(task, refused)

    async def stop(self) -> None:
        """Stop every agent, and return when all have ended. One that takes longer than 7 s is killed."""
        self._stopping.set()
        self._signal(signal.SIGTERM)
        watches = [p.watch for p in self.processes if p.watch]
        if not watches:
            return
        _, late = await asyncio.wait(watches, timeout=self._stops_within)
        if late:
            self._signal(signal.SIGKILL)
            await asyncio.wait(late)

    def _signal(self, signum: signal.Signals) -> None:
        for process in self.processes:
            if process.process and process.process.returncode is None:
                process.process.send_signal(signum)


def _last_words(process: Process) -> str:
    """The last line it has logged since it was started; empty if there is none."""
    words = process.log.read_bytes()[process.logged :].decode(errors="replace").strip()
    return words.rpartition("\n")[2]
