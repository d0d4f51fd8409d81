"""Words from outside, put into a prompt so that they can't get out of their place.

They become one JSON string on one line. A quote, a backslash and all that is not printed is escaped in it, and so are the
brackets and bars that chat templates build their control tokens of (`<|im_end|>`, `[INST]`): nothing in the words can end the
string, begin a line, or become a token that means something to the endpoint.
"""

from dataclasses import dataclass
from unicodedata import category

_ESCAPED = frozenset('"\\<>[]{}|')


@dataclass(frozen=True, slots=True)
class Fenced:
    """The words as a JSON string, quotes included."""

    text: str
    left_out: int
    """How many characters at the end were left out."""


def fenced(words: str, *, most: int) -> Fenced:
    """As much of the words from their beginning as fits into `most` bytes of UTF-8, quotes included."""
    room = most - 2
    parts: list[str] = []
    for character in words:
        part = _safe(character)
        room -= len(part.encode())
        if room < 0:
            break
        parts.append(part)
    return Fenced(f'"{"".join(parts)}"', len(words) - len(parts))


def _safe(character: str) -> str:
    if character not in _ESCAPED and character.isprintable():
        return character
    if category(character) == "Zs":  # a space of another width, as French has before a colon
        return " "
    code = ord(character)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
