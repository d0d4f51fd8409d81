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
    """What the agents say of themselves: asked once, for it starts a process of each."""
    return declarations()


def test_the_readme_is_what_the_contracts_and_the_agents_say() -> None:
    """If this fails, something was added: `irops contracts > contracts/README.md` makes it true again."""
    assert README.read_text() == catalogue()


def test_what_is_declared_has_an_address(declared: tuple[Declared, ...]) -> None:
    """No agent hears, says, keeps, follows, reads or answers anything that is not in the contracts."""
    patterns = {address.subject.pattern for page in pages() for address in page.addresses}
    asks = {question.ask.name for page in pages() for question in page.questions}
    for one in declared:
        assert {*one.hears, *one.says, *one.keeps, *one.views, *one.reads} <= patterns
        assert set(one.answers) <= asks


def test_everything_stored_is_said_and_everything_heard_is_stored(declared: tuple[Declared, ...]) -> None:
    """A message that nobody says, or that can't be heard later, is a hole in the conversation."""
    stored = {stream.name for stream in STREAMS}
    said = {pattern for one in declared for pattern in one.says + one.keeps}
    heard = {pattern for one in declared for pattern in one.hears + one.views + one.reads}
    for address in (address for page in pages() for address in page.addresses):
        assert address.subject.pattern in said or address.said_by
        assert address.subject.pattern not in heard or address.subject.stream in stored
