"""Headers are parsed and written as nats-py does it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from bus.wire.headers import header_block, parse_headers

NAMES = st.text("abcXYZ-09_", min_size=1)
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(lambda v: v.strip(" "))
SPACE = st.sampled_from(["", " ", "\t", "  "])


@given(st.lists(st.tuples(NAMES, SPACE, VALUES)))
def test_headers_are_parsed_as_nats_py_parses_them(lines: list[tuple[str, str, str]]) -> None:
    """For any values, and any space after the colon."""
    block = "".join(f"{name}:{space}{value}\r\n" for name, space, value in lines).encode() + b"\r\n"
    assert parse_headers(block) == Client._parse_header_lines(block)


def test_a_value_that_is_not_utf_8_is_replaced() -> None:
    """Foreign bytes raise no exception."""
    assert parse_headers(b"a: \xff!\r\n") == {"a": "\ufffd!"}


@given(st.dictionaries(NAMES, VALUES, min_size=1))
def test_written_headers_are_parsed_back(headers: dict[str, str]) -> None:
    """By nats-py, and so by other clients."""
    block = header_block(headers)
    assert block.startswith(b"NATS/1.0\r\n")
    assert block.endswith(b"\r\n\r\n")
    assert Client._parse_header_lines(block.removeprefix(b"NATS/1.0\r\n")) == headers


@given(VALUES, st.sampled_from(["\n", "\r", "\r\n"]), VALUES)
def test_a_header_with_a_line_break_is_refused(before: str, end: str, after: str) -> None:
    """It could inject other headers."""
    with pytest.raises(ValueError, match="line break"):
        header_block({"ce-id": before + end + after})
