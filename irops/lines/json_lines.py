"""JSON lines: messages in the contracts' shapes, one per line.

A line with an unknown field is refused, not imported with a warning: its author expects the field to count, and a booking that
was imported without its remark cannot be imported again with it.

Lines are written sorted by key, without what differs between two runs that ended alike: revisions, sequences, batch ids and
wall-clock times.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Generic, TypeVar

import msgspec

from irops.lines.faults import in_words
from irops.lines.strict import strict

M = TypeVar("M", bound=msgspec.Struct)

_BLOCK = 128 * 1024
_LONGEST = 256 * 1024
"""The most bytes in a line: a message must fit into the server's max_payload."""

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Good(Generic[M]):
    """A line that is a message. `number` counts from 1."""

    number: int
    message: M


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that is not a message, and why."""

    number: int
    reason: str


def parse(lines: Iterable[tuple[int, bytes]], message: type[M]) -> Iterator[Good[M] | Bad]:
    """Parse each line as a message. Empty lines are skipped."""
    decode, check = msgspec.json.Decoder(message).decode, msgspec.json.Decoder(strict(message)).decode
    for number, line in lines:
        if not line.strip():
            continue
        if len(line) > _LONGEST:
            yield Bad(number, f"longer than {_LONGEST // 1024} KB")
            continue
        try:
            try:
                check(line)
            except msgspec.ValidationError:
                yield Bad(number, in_words(msgspec.json.decode(line), message))
            else:
                yield Good(number, decode(line))
        except msgspec.DecodeError as failure:
            yield Bad(number, f"is no JSON: {_malformed(str(failure))}")
        except UnicodeDecodeError as failure:
            yield Bad(number, f"not UTF-8: {failure.reason} at byte {failure.start}")
        except RecursionError:
            yield Bad(number, "nested too deep")


def _malformed(problem: str) -> str:
    if "truncated" in problem:
        return "it ends too early; an object has to be whole on one line"
    return problem.removeprefix("JSON is malformed: ")


def lines_of(messages: Mapping[str, msgspec.Struct]) -> Iterator[bytes]:
    """Encode each message as a line, sorted by key."""
    for key in sorted(messages):
        yield _encode(messages[key]) + b"\n"


async def numbered(file: BinaryIO) -> AsyncIterator[list[tuple[int, bytes]]]:
    """Read an unbuffered file as numbered lines, in groups of about 100 KB; from a pipe, as they arrive.

    A daemon thread reads, since a terminal may never send anything more. (With a buffered file, its lock would crash Python at
    exit.) Raises `OSError` where reading fails.
    """
    loop = asyncio.get_running_loop()
    blocks: asyncio.Queue[bytes | OSError] = asyncio.Queue(4)

    def read() -> None:
        block: bytes | OSError = b"first"
        with suppress(RuntimeError):  # the loop is closed: the command has ended
            while block and isinstance(block, bytes):
                try:
                    block = file.read(_BLOCK)
                except OSError as failure:
                    block = failure
                asyncio.run_coroutine_threadsafe(blocks.put(block), loop).result()

    threading.Thread(target=read, daemon=True).start()
    number, rest = 0, b""
    while block := await blocks.get():
        if isinstance(block, OSError):
            raise block
        *whole, rest = (rest + block).split(b"\n")
        if whole:
            yield list(enumerate(whole, number + 1))
        number += len(whole)
    if rest:
        yield [(number + 1, rest)]
