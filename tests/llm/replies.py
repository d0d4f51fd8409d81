"""What a scripted model may reply, faults included, and what it was asked."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from llm import Prompt


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in: `body` is its JSON, `headers` have lower-case names."""

    prompt: Prompt
    """The system message, and the last message of the user: what a script goes by."""
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema that the answer is to keep to."""
        form: dict[str, Any] = self.body.get("response_format") or {}
        schema: dict[str, Any] | None = form.get("json_schema", {}).get("schema")
        return schema

    @property
    def schema_name(self) -> str:
        return str((self.body.get("response_format") or {}).get("json_schema", {}).get("name", ""))


@dataclass(frozen=True, slots=True)
class Says:
    """A text. With `finish` other than `stop` it ended for another reason: `length`, `content_filter`."""

    text: str
    finish: str = "stop"


@dataclass(frozen=True, slots=True)
class Calls:
    """Tool calls: pairs of a name and the arguments as JSON text, which may be anything."""

    calls: tuple[tuple[str, str], ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Refuses:
    """The model declines, in OpenAI's own field for that."""

    why: str = "I can't help with that."


@dataclass(frozen=True, slots=True)
class Status:
    """An HTTP error, or a redirect with `location`. `retry_after` is the header's value as it is sent."""

    code: int
    retry_after: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Sends:
    """HTTP 200 with this body, whatever it is."""

    body: str
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Hangs:
    """Takes the request and never says anything, until whoever asked goes away."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Replies so many seconds later."""

    seconds: float
    then: "Reply"


@dataclass(frozen=True, slots=True)
class Cuts:
    """Begins to reply with this text and then cuts the connection, or hangs there. `politely`: the HTTP response ends as it
    should, but the stream in it does not."""

    text: str = "half an ans"
    politely: bool = False
    hangs: bool = False


@dataclass(frozen=True, slots=True)
class Pours:
    """These bytes as they are, status line and headers among them, and then `again` for ever, until whoever asked goes away."""

    first: bytes
    again: bytes = b""


Reply = Says | Calls | Refuses | Status | Sends | Hangs | Waits | Cuts | Pours
Script = Callable[[Request], Reply]


class Unscripted(LookupError):
    """Nothing is scripted for what was asked."""


def says(value: object) -> Says:
    """The value as JSON: what a model says that keeps to the schema."""
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
"""The form about a remark that asks for nothing."""


class Table:
    """A script as a table. Entries go by what is asked, never by the order in which it comes: the replies of an entry are for
    the first, second, ... request with one and the same prompt, and every prompt that the entry matches has its own count.
    What no entry matches, or asks once more than an entry has replies, is `Unscripted`."""

    def __init__(self) -> None:
        self._entries: list[tuple[Callable[[Request], bool], tuple[Reply, ...], bool]] = []
        self._counts: dict[tuple[int, str], int] = {}

    def on(self, match: Prompt | str | Callable[[Request], bool], *replies: Reply, always: bool = False) -> "Table":
        """`match`: a prompt, a part of the user's text, or a predicate; the first entry that matches counts. `always`: the
        last reply is given for ever."""
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
    return f"{prompt.key} {json.dumps(prompt.user[:200], ensure_ascii=False)}"


def _predicate(match: Prompt | str | Callable[[Request], bool]) -> Callable[[Request], bool]:
    if isinstance(match, Prompt):
        return lambda request: request.prompt == match
    if isinstance(match, str):
        return lambda request: match in request.prompt.user
    return match
