"""The hash of the messages that an agent knows."""

from typing import Annotated

from msgspec import Meta, Struct

from bus.contracts_hash import contracts_hash
from contracts.subject import Ask, Subject


class Named(Struct, frozen=True):
    """A message."""

    title: Annotated[str, Meta(description="a name")]


def renamed(text: str) -> type[Struct]:
    """The same message with other words about it."""

    class Named(Struct, frozen=True):
        title: Annotated[str, Meta(description=text)]

    Named.__doc__ = text
    return Named


class Longer(Struct, frozen=True):
    title: str
    note: str = ""


def test_the_words_about_a_message_do_not_count() -> None:
    """Nor does the order of the declaration."""
    one, other = Subject("a.{title}", Named, "A"), Subject("b.{title}", Longer, "A")
    assert contracts_hash([one, other], []) == contracts_hash([other, one], [])
    assert contracts_hash([one], []) == contracts_hash([Subject("a.{title}", renamed("anything"), "A")], [])


def test_a_field_an_address_a_stream_and_a_question_count() -> None:
    """Each makes another hash."""
    hashes = {
        contracts_hash([Subject("a.{title}", Named, "A")], []),
        contracts_hash([Subject("a.{title}", Longer, "A")], []),
        contracts_hash([Subject("b.{title}", Named, "A")], []),
        contracts_hash([Subject("a.{title}", Named, "B")], []),
        contracts_hash([Subject("a.{title}", Named, "A")], [Ask("x", "y", Named, Named)]),
        contracts_hash([Subject("a.{title}", Named, "A")], [Ask("x", "y", Named, Longer)]),
    }
    assert len(hashes) == 6
