"""JSON lines: messages in the contracts' shapes, one a line.

What comes in may have no field that its message does not know. It is a misspelt one, or something that means nothing here, and
either way whoever wrote it believes that it counts. The line is refused and not merely remarked on, for a booking that has been
taken in without its remark can't be imported again with it.

What is written is sorted by key and has nothing in it that differs between two runs which ended alike: no revisions,
sequences, identities of batches or wall times.
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
"""Bytes a line may have: one message has to fit into what the server takes at once."""

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Good(Generic[M]):
    """A line that is a message. `number` counts from 1."""

    number: int
    message: M


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that is none, and why."""

    number: int
    reason: str


def parse(lines: Iterable[tuple[int, bytes]], message: type[M]) -> Iterator[Good[M] | Bad]:
    """Each line as the message it is; empty ones are left out."""
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


def _malformed(said: str) -> str:
    if "truncated" in said:
        return "it ends too early; an object has to be whole on one line"
    return said.removeprefix("JSON is malformed: ")


def lines_of(messages: Mapping[str, msgspec.Struct]) -> Iterator[bytes]:
    """A line for each message, sorted by its key."""
    for key in sorted(messages):
        yield _encode(messages[key]) + b"\n"


async def numbered(file: BinaryIO) -> AsyncIterator[list[tuple[int, bytes]]]:
    """The lines of an unbuffered file with their numbers, in groups of about 100 KB; of a pipe, whatever has come.

    A thread of its own reads, and nobody waits for its end: a terminal may never send anything more. (Were the file buffered,
    its lock would bring Python down at exit.) Raises `OSError` when it can't be read on.
    """
    loop = asyncio.get_running_loop()
    blocks: asyncio.Queue[bytes | OSError] = asyncio.Queue(4)

    def read() -> None:
        block: bytes | OSError = b"begun"
        with suppress(RuntimeError):  # the command has ended meanwhile
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
