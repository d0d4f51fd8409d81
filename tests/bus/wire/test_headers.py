"""Reading headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from bus.wire.headers import header_block, parse_headers

NAMES = st.text("abcXYZ-09_", min_size=1)
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(lambda v: v.strip(" "))
SPACE = st.sampled_from(["", " ", "\t", "  "])


@given(st.lists(st.tuples(NAMES, SPACE, VALUES)))
def test_headers_are_read_as_nats_py_reads_them(lines: list[tuple[str, str, str]]) -> None:
    """Whatever the values, and whatever the space round the colon."""
    block = "".join(f"{name}:{space}{value}\r\n" for name, space, value in lines).encode() + b"\r\n"
    assert parse_headers(block) == Client._parse_header_lines(block)


def test_a_value_that_is_not_utf_8_is_read_with_a_mark_in_its_place() -> None:
    """A foreign publisher's bytes stop nobody."""
    assert parse_headers(b"a: \xff!\r\n") == {"a": "\ufffd!"}


@given(st.dictionaries(NAMES, VALUES, min_size=1))
def test_headers_written_are_read_as_they_were(headers: dict[str, str]) -> None:
    """By nats-py, and so by any client."""
    block = header_block(headers)
    assert block.startswith(b"NATS/1.0\r\n")
    assert block.endswith(b"\r\n\r\n")
    assert Client._parse_header_lines(block.removeprefix(b"NATS/1.0\r\n")) == headers


@given(VALUES, st.sampled_from(["\n", "\r", "\r\n"]), VALUES)
def test_a_header_that_would_break_out_of_its_line_is_refused(before: str, end: str, after: str) -> None:
    """Whoever could put one in could write headers of their own."""
    with pytest.raises(ValueError, match="line break"):
        header_block({"ce-id": before + end + after})
