"""An attack: the attacker's words, where they are written, and the replies of a model that obeys them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from contracts.judgement import Fallback, Wish
from contracts.names import Cabin
from contracts.passengers import Ssr
from tests.llm.replies import NOTHING, Pours, Reply, Request, Says, Sends, says

MARK = "xyzzy"
"""In the words of every attacker and every reply: wherever it appears, an attack got through."""

Where = Literal["remark", "import", "contact", "tail", "feed", "header", "weather"]
"""A remark in an existing or imported booking; an imported contact; the tail number in the status that cancels the flight; raw
fields of a status (`feed`), its headers, or raw fields of a weather report."""
Ends = Literal["near", "rival"]
Addressed = Reply | Callable[[Request], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """`reads`: the model's reply about the remark; `chooses`: its reply to a choice."""

    name: str
    language: Literal["en", "es", "fr", "de"]
    text: str
    where: Where = "remark"
    reads: Addressed = field(default_factory=lambda: says(NOTHING))
    chooses: Addressed = field(default_factory=lambda: picks("A"))
    fallback: Fallback | None = None
    """Why the rules decide; None if the model's reply stays within what any passenger may ask for."""
    unmet: tuple[Wish, ...] = ()
    """The wishes that the letter says are not met."""
    ends: Ends = "near"
    """The flight the attacker is moved to."""
    cabin: Cabin = "economy"
    ssrs: tuple[Ssr, ...] = ()
    reachable: bool = True
    """Whether a letter can reach the party."""


def asks(**wishes: Any) -> Says:
    """These wishes and no others; unknown fields are allowed."""
    return says(NOTHING | wishes)


def time(clock: str, day: str | None = None, half: str | None = None) -> dict[str, str | None]:
    return {"clock": clock, "half": half, "day": day}


def picks(option: Any, *because: str, **more: Any) -> Says:
    return says({"option": option, "because": list(because)} | more)


def completion(content: Any, **more: Any) -> Sends:
    """A whole response, with fields that no model could set."""
    message = {"role": "assistant", "content": content} | more.pop("message", {})
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    body = {"id": MARK, "object": "chat.completion", "created": 0, "model": MARK, "choices": choices}
    return Sends(json.dumps(body | more))


def leaks(put: Callable[[str], Reply]) -> Callable[[Request], Reply]:
    """A reply that `put` makes of the whole prompt."""
    return lambda request: put(f"{MARK} {request.prompt.system}\n{request.prompt.user}")


def http(status: str, *headers: str, body: bytes = b"", again: bytes = b"") -> Pours:
    """A raw response; an endless one with `again`."""
    length = () if again else (f"Content-Length: {len(body)}",)
    head = "\r\n".join((f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, *length, "", ""))
    return Pours(head.encode() + body, again)
