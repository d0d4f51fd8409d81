"""The replies of a scripted model for a whole day, faults included: the same for the same prompts and seed."""

from collections import Counter
from hashlib import blake2b
from typing import Any

import msgspec

from tests.llm.replies import Cuts, Hangs, Refuses, Reply, Request, Says, Script, Sends, Status, Waits

FAULTS = (
    "429 once",
    "500 once",
    "500 always",
    "cut once",
    "slow",
    "hangs",
    "truncated",
    "no JSON",
    "not the schema",
    "refuses",
    "too long",
    "filtered",
    "no API",
)


class Daylong:
    """The script `good`, with faults for a fraction `faults` (0 to 1) of all prompts. Which prompt gets which fault depends
    on the prompt and the seed alone. `delay`: seconds before each reply."""

    def __init__(self, good: Script, *, faults: float, seed: int, delay: float = 0.0) -> None:
        self._good, self._faults, self._seed, self._delay = good, faults, seed, delay
        self._counts: Counter[str] = Counter()

    def fault(self, key: str) -> str | None:
        """The fault for the prompt with this key."""
        drawn = int.from_bytes(blake2b(f"{self._seed} {key}".encode(), digest_size=8).digest(), "big")
        part = drawn / 2**64
        return FAULTS[int(part / self._faults * len(FAULTS))] if part < self._faults else None

    def __call__(self, request: Request) -> Reply:
        key = request.prompt.key
        self._counts[key] += 1
        fault = self.fault(key)
        if fault and fault.endswith("once") and self._counts[key] > 1:
            fault = None
        reply = _faulty(fault, self._good(request)) if fault else self._good(request)
        return Waits(self._delay, reply) if self._delay else reply


def _faulty(fault: str, good: Reply) -> Reply:
    text = good.text if isinstance(good, Says) else "{}"
    faults: dict[str, Reply] = {
        "429 once": Status(429, retry_after="1"),
        "500 once": Status(500),
        "500 always": Status(500),
        "cut once": Cuts(),
        "slow": Waits(0.5, good),
        "hangs": Hangs(),
        "truncated": Says(text[: len(text) // 2]),
        "no JSON": Says("Sure! Here you are."),
        "not the schema": Says('[{"unasked": true}]'),
        "refuses": Refuses(),
        "too long": Says(text, finish="length"),
        "filtered": Says("", finish="content_filter"),
        "no API": Sends("<html>Bad gateway, politely</html>", "text/html"),
    }
    return faults[fault]


def plainest(request: Request) -> Reply:
    """The smallest value that follows the requested schema: null if allowed, the first of several, empty lists."""
    schema = request.schema
    return Says(msgspec.json.encode(_least(schema, schema)).decode() if schema else "Very well.")


def _least(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    least: Any = {"boolean": False, "integer": schema.get("minimum", 0), "number": schema.get("minimum", 0)}
    match schema:
        case {"$ref": ref}:
            least = _least(root["$defs"][ref.rpartition("/")[2]], root)
        case {"enum": [first, *_]} | {"const": first}:
            least = first
        case {"anyOf": [first, *others]}:
            least = None if {"type": "null"} in (first, *others) else _least(first, root)
        case {"properties": properties}:
            least = {name: _least(each, root) for name, each in properties.items()}
        case {"items": items}:
            least = [_least(items, root)] * schema.get("minItems", 0)
        case {"type": "string"}:
            least = "2013-02-08T12:00:00Z" if schema.get("format") == "date-time" else ""
        case {"type": kind}:
            least = least.get(kind)
    return least
