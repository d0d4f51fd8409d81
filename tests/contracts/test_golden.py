"""Messages once published can be read for ever."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from contracts.subject import Ask, Subject
from irops.catalogue.pages import pages
from tests.contracts.examples import EXAMPLES
from tests.contracts.golden_files import FOLDER, encode


def travelling() -> set[type[Struct]]:
    """Every type that travels: on a subject, or as a question or its answer."""
    subjects: list[Subject[Any]] = [address.subject for page in pages() for address in page.addresses]
    asks: list[Ask[Any, Any]] = [question.ask for page in pages() for question in page.questions]
    return {s.message for s in subjects} | {a.question for a in asks} | {a.answer for a in asks}


def with_parts(message: Struct) -> Iterator[Struct]:
    """The message and every struct inside it."""
    yield message
    for name in message.__struct_fields__:
        value = getattr(message, name)
        values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        for part in values:
            if isinstance(part, Struct):
                yield from with_parts(part)


BY_NAME = {type(example).__name__: example for example in EXAMPLES}
every_example = pytest.mark.parametrize("example", EXAMPLES, ids=list(BY_NAME))


def test_every_message_has_an_example() -> None:
    """A new message needs golden bytes."""
    assert {type(example) for example in EXAMPLES} == travelling()
    assert len(EXAMPLES) == len(BY_NAME)


@every_example
def test_an_example_has_a_value_for_every_field(example: Struct) -> None:
    """No field of the message, or of a struct inside it, has its default, so a new field gets into the golden bytes."""
    left = [
        f"{type(part).__name__}.{field.name}"
        for part in with_parts(example)
        for field in msgspec.structs.fields(part)
        if getattr(part, field.name) in (field.default, *_made_by(field.default_factory))
    ]
    assert left == []


def _made_by(factory: Any) -> list[Any]:
    return [] if factory is msgspec.NODEFAULT else [factory()]


@every_example
def test_an_example_is_its_golden_bytes(example: Struct) -> None:
    """To the byte: this finds a field that is renamed, removed, retyped or reordered. `tests/contracts/golden_files.py` says
    what to do when one is added."""
    assert encode(example) == (FOLDER / f"{type(example).__name__}.json").read_bytes()


@pytest.mark.parametrize("file", sorted(FOLDER.iterdir()), ids=lambda file: file.name)
def test_golden_bytes_decode_for_ever(file: Any) -> None:
    """Today's and all earlier ones; today's bytes decode into the example itself."""
    name, *number, _ = file.name.split(".")
    decoded = msgspec.json.decode(file.read_bytes(), type=type(BY_NAME[name]))
    assert number or decoded == BY_NAME[name]


@every_example
def test_unknown_fields_are_ignored(example: Struct) -> None:
    """Other publishers may add a field before we do."""
    more = {**msgspec.json.decode(encode(example)), "gained_later": {"what": [1, None]}}
    assert msgspec.json.decode(encode(more), type=type(example)) == example


@every_example
def test_a_message_needs_only_its_required_fields(example: Struct) -> None:
    """An absent field has its default, so bytes written before a field was added are read."""
    whole = msgspec.json.decode(encode(example))
    fields = msgspec.structs.fields(example)
    least = {field.encode_name: whole[field.encode_name] for field in fields if field.required}
    decoded = msgspec.json.decode(encode(least), type=type(example))
    assert set(msgspec.json.decode(encode(decoded))) == set(least)
