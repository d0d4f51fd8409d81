"""The command line as an operator meets it: a process with arguments, an environment and an exit status."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str


async def started(*arguments: str, url: str | None = None, **variables: str) -> asyncio.subprocess.Process:
    """`irops <arguments>` as a process of its own, with NATS_URL set only where there is an `url`, and these `variables`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1"}
    environment.pop("NATS_URL", None)
    environment |= variables
    if url:
        environment["NATS_URL"] = url
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "irops",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )


async def irops(*arguments: str, url: str | None = None, stdin: bytes = b"", **variables: str) -> Ended:
    """`irops <arguments>`, run to its end."""
    process = await started(*arguments, url=url, **variables)
    out, err = await process.communicate(stdin)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def line_with(process: asyncio.subprocess.Process, words: str, *, within: float = 40) -> str:
    """The next line of its output that has these words; fails if there is none within so many seconds."""
    assert process.stdout
    seen: list[str] = []
    async with asyncio.timeout(within):
        while line := (await process.stdout.readline()).decode():
            seen.append(line)
            if words in line:
                return line
    raise AssertionError(f"no line with {words!r}: {seen}")


def processes_of(data: Path) -> dict[int, str]:
    """Pids and command lines of the processes with this folder in their arguments or environment."""
    found = {}
    for folder in (folder for folder in Path("/proc").iterdir() if folder.name.isdecimal()):
        try:
            line = (folder / "cmdline").read_bytes()
            if str(data).encode() in line + (folder / "environ").read_bytes():
                found[int(folder.name)] = line.replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has ended meanwhile
    return found
