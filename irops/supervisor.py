"""Each agent as an operating-system process of its own, started again when it dies.

`python -m agents.<name>` is exactly what a container runs. A process that dies is restarted after a pause that doubles
with each death and is forgotten after a quiet minute.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bus.clock import monotonic

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_QUIET = 60.0
_STOPS_WITHIN = 10.0

Died = Callable[[str, int], None]
"""Is told the agent and its exit status (negative: the signal that killed it)."""


@dataclass(slots=True)
class Process:
    """One supervised agent process."""

    name: str
    module: str
    process: asyncio.subprocess.Process | None = None
    restarts: int = 0
    watch: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.returncode is None else None


class Supervisor:
    """Starts, watches, restarts and stops processes. Their logs go to `<folder>/<name>.log`.

    `environment` is added to this process's own, as it is at each start; `pause` is the first wait before a restart, seconds.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        died: Died = lambda name, status: None,
        pause: float = _FIRST_PAUSE,
    ) -> None:
        self._folder = folder
        self._environment = environment
        self.died = died
        self._first_pause = pause
        self._stopping = asyncio.Event()
        self.processes: list[Process] = []

    @property
    def restarts(self) -> int:
        return sum(p.restarts for p in self.processes)

    async def start(self, modules: Sequence[str], *, replicas: int = 1) -> None:
        """Starts each module, `replicas` times."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for module in modules:
            name = module.rpartition(".")[2]
            for i in range(replicas):
                process = Process(name if replicas == 1 else f"{name}-{i + 1}", module)
                self.processes.append(process)
                await self._spawn(process)
                process.watch = asyncio.create_task(self._keep(process))

    async def _spawn(self, process: Process) -> None:
        with (self._folder / f"{process.name}.log").open("ab") as log:
            process.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                process.module,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
                start_new_session=True,  # Ctrl-C is for the operator's process, which stops the agents in good order
            )
        if self._stopping.is_set():  # `stop` came while it was being started, and did not see it
            process.process.terminate()

    async def _keep(self, process: Process) -> None:
        pause = self._first_pause
        while True:
            assert process.process is not None
            began = monotonic()
            status = await process.process.wait()
            if self._stopping.is_set():
                return
            self.died(process.name, status)
            if monotonic() - began > _QUIET:
                pause = self._first_pause
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            if self._stopping.is_set():
                return
            process.restarts += 1
            await self._spawn(process)

    async def stop(self) -> None:
        """Returns when every process has ended: in good order within 10 s, else killed."""
        self._stopping.set()
        self._signal(signal.SIGTERM)
        watches = [p.watch for p in self.processes if p.watch]
        if not watches:
            return
        _, late = await asyncio.wait(watches, timeout=_STOPS_WITHIN)
        if late:
            self._signal(signal.SIGKILL)
            await asyncio.wait(late)

    def _signal(self, signum: signal.Signals) -> None:
        for process in self.processes:
            if process.process and process.process.returncode is None:
                process.process.send_signal(signum)
