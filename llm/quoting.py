"""Text from outside, quoted so that it cannot leave its place in a prompt.

The text becomes one JSON string on one line. Quotes, backslashes and unprintable characters are escaped, and so are the
brackets and bars that chat templates build control tokens from (`<|im_end|>`, `[INST]`). Nothing in the text can end the
string, begin a line, or become a token with a meaning for the endpoint.
"""

from dataclasses import dataclass
from unicodedata import category

_ESCAPED = frozenset('"\\<>[]{}|')


@dataclass(frozen=True, slots=True)
class Quoted:
    """A JSON string, quotes included."""

    text: str
    left_out: int
    """Characters cut off at the end."""


def quoted(text: str, *, max_bytes: int) -> Quoted:
    """As much of the beginning of `text` as fits into `max_bytes` of UTF-8, quotes included."""
    room = max_bytes - 2
    parts: list[str] = []
    for character in text:
        part = _escape(character)
        room -= len(part.encode())
        if room < 0:
            break
        parts.append(part)
    return Quoted(f'"{"".join(parts)}"', len(text) - len(parts))


def _escape(character: str) -> str:
    if character not in _ESCAPED and character.isprintable():
        return character
    if category(character) == "Zs":  # a space of another width, such as French sets before a colon
        return " "
    code = ord(character)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
