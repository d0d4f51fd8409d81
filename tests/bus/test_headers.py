"""Reading headers."""

from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from bus.headers import parse_headers

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
