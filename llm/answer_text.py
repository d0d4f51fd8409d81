"""What an answer's text is once the model's thinking and the wrapping around its JSON are taken off. Pure.

Reasoning models behind servers without a reasoning parser put their thinking before the answer, closed by a tag (DeepSeek
R1 and Qwen: `</think>`); the opening tag is often part of the chat template and never sent. Many models put JSON into a
code fence.
"""

import re

_OPENING = ("<think>", "<thinking>", "<reasoning>")
_CLOSING = re.compile(r"</(?:think|thinking|reasoning)>\s*", re.IGNORECASE)
_LONGEST = len("</reasoning>")
_FENCE = re.compile(r"```[A-Za-z]*[ \t]*\n(?P<inside>.*)\n[ \t]*```", re.DOTALL)


def without_thinking(text: str) -> str:
    """What follows the last closing tag; all of a text that has none."""
    end = 0
    for tag in _CLOSING.finditer(text):
        end = tag.end()
    return text[end:]


def unwrapped(text: str) -> str:
    """The text without thinking before it and a code fence around it. Anything else around the fence stays, and is then no
    JSON."""
    answer = without_thinking(text).strip()
    fence = _FENCE.fullmatch(answer)
    return fence["inside"] if fence else answer


def object_in(text: str) -> str:
    """From the first brace to the last, thinking taken off: one JSON object, if the text holds one and no other."""
    answer = without_thinking(text)
    first, last = answer.find("{"), answer.rfind("}")
    return answer[first : last + 1] if 0 <= first < last else answer


class StreamedText:
    """Withholds the thinking at the beginning of a stream. Thinking without an opening tag looks like text, and
    passes."""

    def __init__(self) -> None:
        self._held: str | None = ""
        """Text not passed on yet; None once the answer has begun."""
        self._thinking = False

    def feed(self, text: str) -> str:
        """What of the stream may be passed on now."""
        if self._held is None:
            return text
        self._held += text
        if not self._thinking:
            begun = self._held.lstrip().lower()
            if any(tag.startswith(begun[: len(tag)]) for tag in _OPENING):
                self._thinking = begun.startswith(_OPENING)
                if not self._thinking:  # it may become a tag yet
                    return ""
            else:
                return self._pass(self._held)
        closing = _CLOSING.search(self._held)
        if closing is None:
            self._held = self._held[-_LONGEST:]
            return ""
        answer = self._held[closing.end() :]
        if not answer:  # the blank lines after the tag may be still to come
            return ""
        return self._pass(answer)

    def end(self) -> str:
        """The rest, when the stream is over: text that began like a tag, but not thinking that never ended."""
        rest = "" if self._thinking or self._held is None else self._held
        self._held = None
        return rest

    def _pass(self, text: str) -> str:
        self._held = None
        return text
