"""What a scripted model may reply, faults included, and the request it received."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from llm import Prompt


@dataclass(frozen=True, slots=True)
class Request:
    """One request as received: `body` is its JSON, `headers` have lower-case names."""

    prompt: Prompt
    """The system message, and the last message of the user. Scripts match on it."""
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def answer_format(self) -> str:
        """`json_schema`, `json_object`, or `text` without a response format."""
        return str((self.body.get("response_format") or {}).get("type", "text"))

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema that the answer must follow."""
        form: dict[str, Any] = self.body.get("response_format") or {}
        schema: dict[str, Any] | None = form.get("json_schema", {}).get("schema")
        return schema

    @property
    def schema_name(self) -> str:
        return str((self.body.get("response_format") or {}).get("json_schema", {}).get("name", ""))


@dataclass(frozen=True, slots=True)
class Says:
    """A text. `finish` other than `stop` is another reason to end: `length`, `content_filter`."""

    text: str
    finish: str = "stop"


@dataclass(frozen=True, slots=True)
class Calls:
    """Tool calls: pairs of a name and the arguments as JSON text, well-formed or not."""

    calls: tuple[tuple[str, str], ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Refuses:
    """The model declines, in OpenAI's `refusal` field."""

    why: str = "I can't help with that."


@dataclass(frozen=True, slots=True)
class Status:
    """An HTTP error, or a redirect with `location`. `retry_after` is the header's value; `message` the error's text."""

    code: int
    retry_after: str | None = None
    location: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Sends:
    """HTTP 200, or another `code`, with exactly this body."""

    body: str
    content_type: str = "application/json"
    code: int = 200


@dataclass(frozen=True, slots=True)
class Hangs:
    """Accepts the request and never replies, until the client disconnects."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Replies after some seconds."""

    seconds: float
    then: "Reply"


@dataclass(frozen=True, slots=True)
class Cuts:
    """Begins to reply with this text, then cuts the connection, or hangs. `politely`: the HTTP response is complete, but the
    stream in it is not."""

    text: str = "half an ans"
    politely: bool = False
    hangs: bool = False


@dataclass(frozen=True, slots=True)
class Pours:
    """Raw bytes, status line and headers included, and then `again` repeatedly until the client disconnects."""

    first: bytes
    again: bytes = b""


Reply = Says | Calls | Refuses | Status | Sends | Hangs | Waits | Cuts | Pours
Script = Callable[[Request], Reply]


class Unscripted(LookupError):
    """The script has no reply for a request."""


def says(value: object) -> Says:
    """The value as JSON, as a model replies that follows the schema."""
    return Says(msgspec.json.encode(value).decode())


NOTHING: dict[str, Any] = {
    "arrive_by": None,
    "depart_after": None,
    "airports": [],
    "nonstop": False,
    "cabin": None,
    "together": False,
    "needs": [],
}
"""The form for a remark that asks for nothing."""


class Table:
    """A script as a table.

    Entries match the request, never its order of arrival. An entry's replies are for the first, second, ... request with the
    same prompt; each prompt that the entry matches has its own count. A request that no entry matches, or one more than an
    entry has replies for, is `Unscripted`.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[Callable[[Request], bool], tuple[Reply, ...], bool]] = []
        self._counts: dict[tuple[int, str], int] = {}

    def on(self, match: Prompt | str | Callable[[Request], bool], *replies: Reply, always: bool = False) -> "Table":
        """`match`: a prompt, a part of the user's text, or a predicate; the first matching entry counts. `always`: the last
        reply is repeated."""
        self._entries.append((_predicate(match), replies, always))
        return self

    def __call__(self, request: Request) -> Reply:
        for number, (match, replies, always) in enumerate(self._entries):
            if match(request):
                place = (number, request.prompt.key)
                nth = self._counts[place] = self._counts.get(place, 0) + 1
                if nth > len(replies) and not always:
                    raise Unscripted(f"asked {nth} times, scripted {len(replies)}: {shortly(request.prompt)}")
                return replies[min(nth, len(replies)) - 1]
        raise Unscripted(f"no entry matches {shortly(request.prompt)}")


def shortly(prompt: Prompt) -> str:
    """The prompt's key and the beginning of its user text."""
    return f"{prompt.key} {json.dumps(prompt.user[:200], ensure_ascii=False)}"


def _predicate(match: Prompt | str | Callable[[Request], bool]) -> Callable[[Request], bool]:
    if isinstance(match, Prompt):
        return lambda request: request.prompt == match
    if isinstance(match, str):
        return lambda request: match in request.prompt.user
    return match
