"""What one attack is: the attacker's words, where they stand, and what a model that does as it is told makes of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from contracts.judgement import Fallback, Wish
from contracts.ledger import Ssr
from contracts.names import Cabin
from tests.llm.replies import NOTHING, Pours, Reply, Request, Says, Sends, says

MARK = "xyzzy"
"""In the words of every attacker and of every model: where it shows, something got through."""

Where = Literal["remark", "import", "contact", "tail", "feed", "header", "weather"]
"""A remark in a booking that is there or is brought in; a contact brought in; the tail number in the status that cancels the
flight; a status, a status's headers or a weather report, as raw text."""
Ends = Literal["near", "rival"]
Addressed = Reply | Callable[[Request], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """`reads`: what the model says they ask for; `chooses`: what it answers when it may choose."""

    name: str
    language: Literal["en", "es", "fr", "de"]
    text: str
    where: Where = "remark"
    reads: Addressed = field(default_factory=lambda: says(NOTHING))
    chooses: Addressed = field(default_factory=lambda: picks("A"))
    fallback: Fallback | None = None
    """Why the rules decide after all; None where what the model says is within what anybody may ask for."""
    unmet: tuple[Wish, ...] = ()
    """What the party is told it does not get."""
    ends: Ends = "near"
    """The flight it is moved to."""
    cabin: Cabin = "economy"
    ssrs: tuple[Ssr, ...] = ()
    told: bool = True
    """Whether the party can be reached at all."""


def asks(**wishes: Any) -> Says:
    """They ask for this and nothing else; fields that nobody knows among it."""
    return says(NOTHING | wishes)


def time(clock: str, day: str | None = None, half: str | None = None) -> dict[str, str | None]:
    return {"clock": clock, "half": half, "day": day}


def picks(option: Any, *because: str, **more: Any) -> Says:
    return says({"option": option, "because": list(because)} | more)


def completion(content: Any, **more: Any) -> Sends:
    """A whole response, which may have what no model could put into it."""
    message = {"role": "assistant", "content": content} | more.pop("message", {})
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    told = {"id": MARK, "object": "chat.completion", "created": 0, "model": MARK, "choices": choices}
    return Sends(json.dumps(told | more))


def leaks(put: Callable[[str], Reply]) -> Callable[[Request], Reply]:
    """What `put` makes of all that the model was told."""
    return lambda request: put(f"{MARK} {request.prompt.system}\n{request.prompt.user}")


def http(status: str, *headers: str, body: bytes = b"", again: bytes = b"") -> Pours:
    """A raw response; with `again` one that never ends."""
    length = () if again else (f"Content-Length: {len(body)}",)
    head = "\r\n".join((f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, *length, "", ""))
    return Pours(head.encode() + body, again)
