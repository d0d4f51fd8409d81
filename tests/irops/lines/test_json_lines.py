"""JSON lines, in and out."""

import errno
import io
import json
import os
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.names import Pnr
from contracts.notices import NoticeFailed, NoticeSent
from irops.lines.json_lines import Bad, Good, lines_of, numbered, parse
from tests.journeys.small_world import T0


def notice(pnr: Pnr) -> NoticeSent:
    return NoticeSent(pnr=pnr, id="a", channel="maildir", sent_at=T0)


def test_lines_go_out_sorted_by_key_and_come_in_as_they_were() -> None:
    """Whatever the order they were read in."""
    written = list(lines_of({pnr: notice(pnr) for pnr in ("C", "A", "B")}))
    read = [line.message for line in parse(enumerate(written, 1), NoticeSent) if isinstance(line, Good)]
    assert read == [notice(pnr) for pnr in ("A", "B", "C")]


def test_a_bad_line_is_reported_by_number_and_reason_and_the_others_are_read() -> None:
    """Whether it is no JSON, not the message, or not even text."""
    good = next(lines_of({"A": notice("A")}))
    deep = b'{"zzz":' + b"[" * 60_000
    wrong = [b"{", json.dumps({"pnr": "A"}).encode(), b'{"pnr": "\xff"}', b"x" * 300_000, deep]
    read = list(parse(enumerate([good, *wrong, b" \r", good], 1), NoticeSent))
    bad = [line for line in read if isinstance(line, Bad)]
    assert [line.number for line in bad] == [2, 3, 4, 5, 6]
    assert bad[0].reason == "is no JSON: it ends too early; an object has to be whole on one line"
    assert bad[1].reason.startswith("id is missing: wanted a name of letters")
    assert [line.number for line in read if isinstance(line, Good)] == [1, 8]


def test_a_line_with_a_field_that_its_message_does_not_know_is_refused() -> None:
    """If it were ignored, as on the bus, a misspelt field would be lost."""
    written = json.loads(next(lines_of({"A": notice("A")}))) | {"chanel": "mail"}
    (read,) = parse([(1, json.dumps(written).encode())], NoticeSent)
    assert read == Bad(1, "chanel: no such field; did you mean channel?")


def test_two_messages_that_differ_only_in_the_order_of_a_dictionary_are_the_same_line() -> None:
    """Or two runs that ended alike would not export the same bytes."""
    one = NoticeFailed(pnr="A", id="a", tried={"x": "1", "y": "2"}, at=T0)
    other = NoticeFailed(pnr="A", id="a", tried={"y": "2", "x": "1"}, at=T0)
    assert list(lines_of({"A": one})) == list(lines_of({"A": other}))


async def read_all(file: BinaryIO) -> list[tuple[int, bytes]]:
    return [line async for group in numbered(file) for line in group]


@given(st.lists(st.binary().map(lambda line: line.replace(b"\n", b"")), min_size=1), st.booleans())
async def test_lines_are_numbered_from_one_and_none_is_lost(lines: list[bytes], ends: bool) -> None:
    """Whether or not the last one has its end."""
    whole = b"\n".join(lines) + (b"\n" if ends else b"")
    expected = list(enumerate(whole.split(b"\n"), 1))
    if not expected[-1][1]:
        expected.pop()
    assert await read_all(io.BytesIO(whole)) == expected


async def test_a_line_longer_than_a_block_comes_whole() -> None:
    """Lines are cut at their ends only."""
    long = b"x" * 1_000_000
    assert await read_all(io.BytesIO(long + b"\nshort")) == [(1, long), (2, b"short")]


async def test_what_has_come_through_a_pipe_is_there_before_its_end() -> None:
    """A feed that is piped in is published as it comes."""
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as pipe:  # noqa: ASYNC230, PTH123
        groups = numbered(pipe)
        os.write(writing, b"first\nsec")
        assert await anext(groups) == [(1, b"first")]
        os.write(writing, b"ond\n")
        assert await anext(groups) == [(2, b"second")]
        os.close(writing)
        assert [group async for group in groups] == []


class Breaking(io.BytesIO):
    """Can be read once."""

    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(size)
        if not block:
            raise OSError(errno.EIO, "Input/output error")
        return block


async def test_a_read_error_ends_the_reading() -> None:
    """After the data that had come, and with the reason."""
    groups = numbered(Breaking(b"first\nsec"))
    assert await anext(groups) == [(1, b"first")]
    with pytest.raises(OSError, match="Input/output error"):
        await anext(groups)
