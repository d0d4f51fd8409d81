"""The catalogue in `contracts/README.md`."""

from pathlib import Path

import pytest

import contracts
from contracts.streams import STREAMS
from irops.catalogue import catalogue
from irops.catalogue.pages import pages
from irops.processes.declarations import Declared, declarations

README = Path(contracts.__file__).with_name("README.md")


@pytest.fixture(scope="module")
def declared() -> tuple[Declared, ...]:
    """What the agents declare: requested once, because it starts a process for each."""
    return declarations()


def test_the_readme_is_generated_from_contracts_and_declarations() -> None:
    """If this fails, something was changed: run `irops contracts > contracts/README.md`."""
    assert README.read_text() == catalogue()


def test_what_is_declared_has_an_address(declared: tuple[Declared, ...]) -> None:
    """No agent hears, says, keeps, views, reads or answers anything that is not in the contracts."""
    patterns = {address.subject.pattern for page in pages() for address in page.addresses}
    asks = {question.ask.name for page in pages() for question in page.questions}
    for one in declared:
        assert {*one.hears, *one.says, *one.keeps, *one.views, *one.reads} <= patterns
        assert set(one.answers) <= asks


def test_every_message_has_a_publisher_and_every_message_heard_is_stored(declared: tuple[Declared, ...]) -> None:
    """A message without a publisher, or one that cannot be read later, is a gap in the conversation."""
    stored = {stream.name for stream in STREAMS}
    published = {pattern for one in declared for pattern in one.says + one.keeps}
    heard = {pattern for one in declared for pattern in one.hears + one.views + one.reads}
    for address in (address for page in pages() for address in page.addresses):
        assert address.subject.pattern in published or address.publisher
        assert address.subject.pattern not in heard or address.subject.stream in stored
