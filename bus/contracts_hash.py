"""A hash of the messages that an agent knows. Two agents that differ in it have different versions of some message."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from contracts.subject import Ask, Subject

_TEXTS = {"title", "description", "examples"}


def contracts_hash(subjects: Iterable[Subject[Any]], asks: Iterable[Ask[Any, Any]]) -> str:
    """16 hex digits that depend on the addresses, streams and fields of these messages, and on none of their texts."""
    heard = sorted({subject.pattern: subject for subject in subjects}.items())
    asked = sorted({ask.name: ask for ask in asks}.items())
    messages = [*(s.message for _, s in heard), *(each for _, ask in asked for each in (ask.question, ask.answer))]
    addresses = [*((pattern, s.stream) for pattern, s in heard), *((name, "") for name, _ in asked)]
    schemas, components = msgspec.json.schema_components(messages)
    described = msgspec.json.encode([addresses, _bare(schemas), _bare(components)], order="sorted")
    return blake2b(described, digest_size=8).hexdigest()


def _bare(schema: Any) -> Any:
    """The schema without its texts. A field may have one of their names: its schema is an object, a text is not."""
    if isinstance(schema, dict):
        return {key: _bare(value) for key, value in schema.items() if key not in _TEXTS or isinstance(value, dict)}
    return [_bare(each) for each in schema] if isinstance(schema, list | tuple) else schema
