"""What the notifier finds in the streams that nobody was told, and what it says it has told."""

from functools import partial

from msgspec import structs
from nats.aio.client import Client

from agents.notifier.agent import NOTIFIER
from agents.notifier.domain import Writer
from bus import Bus
from tests.agents.notifier.notifier_world import Booker, Letters, notifier_of, sent, superseded
from tests.agents.notifier.samples import FROM_NEWARK, SAME_AIRPORT, changed, kept
from tests.support import Behind

ONE = structs.replace(changed(), id="one")
TWO = structs.replace(kept((SAME_AIRPORT,), after=(SAME_AIRPORT,), reason="downgauged"), id="two", follows="one")
THREE = structs.replace(changed((SAME_AIRPORT,), after=(FROM_NEWARK,)), id="three", follows="two")


async def test_a_fact_is_told_with_those_it_overtook(bus: Bus, writer: Writer) -> None:
    """Three facts in one group: one letter, of the flight that was told and of the trip there is now."""
    booker, letters = Booker(bus), Letters()
    group = [await booker.say(fact) for fact in (ONE, TWO, THREE)]
    await notifier_of(bus, writer, letters).hear(group)
    assert {id_: letter.subject for id_, letter in letters.taken.items()} == {
        "three": "Flight B6 1017 is cancelled: your new trip"
    }


async def test_a_notice_names_the_earlier_facts_it_tells(bus: Bus, writer: Writer) -> None:
    """Oldest first, so that anyone can see that all was told."""
    booker = Booker(bus)
    group = [await booker.say(fact) for fact in (ONE, TWO, THREE)]
    await notifier_of(bus, writer, Letters()).hear(group)
    notice = await sent(bus, THREE)
    assert notice is not None
    assert notice.covers == ("one", "two")


async def test_a_fact_after_one_that_was_sent_is_told_alone(bus: Bus, writer: Writer) -> None:
    """The party has read of the trip it had."""
    booker, letters = Booker(bus), Letters()
    notifier = notifier_of(bus, writer, letters)
    for fact in (ONE, TWO, THREE):
        await notifier.hear([await booker.say(fact)])
    assert letters.taken["three"].subject == "Flight B6 2017 is cancelled: your new trip"
    notice = await sent(bus, THREE)
    assert notice is not None
    assert notice.covers == ()


async def test_what_was_told_before_an_overtaken_fact_stays_told(bus: Bus, writer: Writer) -> None:
    """Only the second was overtaken: the third is told from the trip that the first told."""
    booker, letters = Booker(bus), Letters()
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    await notifier.hear([await booker.say(TWO), await booker.say(THREE)])
    notice = await sent(bus, THREE)
    assert notice is not None
    assert notice.covers == ("two",)
    assert letters.taken["three"].subject == "Flight B6 2017 is cancelled: your new trip"


async def test_a_fact_that_no_channel_took_is_told_with_the_next(bus: Bus, writer: Writer) -> None:
    """Whoever could not be reached has heard nothing."""
    booker, letters = Booker(bus), Letters(refuses=["one"])
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    await notifier.hear([await booker.say(TWO)])
    assert letters.taken["two"].subject == "Flight B6 1017 is cancelled: your new trip"


async def test_a_fact_whose_notice_is_still_on_its_way_is_told_again(bus: Bus, writer: Writer) -> None:
    """Another notifier may be sending it, or have died of it: the next fact is told from the trip that is sure to be known."""
    booker, letters = Booker(bus), Letters()
    await booker.say(ONE)
    await notifier_of(bus, writer, letters).hear([await booker.say(TWO)])
    assert letters.taken["two"].subject == "Flight B6 1017 is cancelled: your new trip"


async def test_a_forgotten_fact_counts_as_told(bus: Bus, writer: Writer) -> None:
    """What the streams have no longer can't be told: the fact is told as the booker said it."""
    letters = Letters()
    await notifier_of(bus, writer, letters).hear([await Booker(bus).say(THREE)])
    assert letters.taken["three"].subject == "Flight B6 2017 is cancelled: your new trip"


async def test_the_latest_fact_is_told_though_a_replica_has_the_booking_as_it_was(
    nc: Client, bus: Bus, writer: Writer
) -> None:
    """The fact was committed with its booking, so whoever has it not yet is not believed that another came later."""
    booker, letters = Booker(bus), Letters()
    behind = Bus(nc, source="test", direct=Behind(nc))
    await behind.start_views()
    notifier = notifier_of(behind, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    await notifier.hear([await booker.say(TWO)])
    await behind.stop_views()
    assert list(letters.taken) == ["one", "two"]


async def test_a_fact_that_a_replica_has_not_yet_is_told_with_the_next(nc: Client, bus: Bus, writer: Writer) -> None:
    """It came before the next in its stream."""
    booker, letters = Booker(bus), Letters()
    behind = Bus(nc, source="test", direct=Behind(nc))
    await behind.start_views()
    await behind.load([family.key(pnr=ONE.pnr, id="one") for family in NOTIFIER.hears])
    await booker.say(ONE)
    await notifier_of(behind, writer, letters).hear([await booker.say(TWO)])
    await behind.stop_views()
    assert letters.taken["two"].subject == "Flight B6 1017 is cancelled: your new trip"


async def test_a_message_that_was_overtaken_while_a_channel_failed_is_not_sent(bus: Bus, writer: Writer) -> None:
    """The later fact may have been told by another notifier by then: old news does not come after it."""
    booker = Booker(bus)
    letters = Letters(fails_once=partial(booker.say, TWO))
    await notifier_of(bus, writer, letters).hear([await booker.say(ONE)])
    assert (await superseded(bus, ONE), letters.taken) == (True, {})


async def test_a_message_whose_turn_comes_late_is_not_sent_if_it_was_overtaken(bus: Bus, writer: Writer) -> None:
    """More than a second after the booking was looked at."""
    booker = Booker(bus)
    letters = Letters(at_turn=partial(booker.say, TWO))
    await notifier_of(bus, writer, letters, seconds=[10, 11.5]).hear([await booker.say(ONE)])
    assert (await superseded(bus, ONE), letters.taken) == (True, {})


async def test_a_message_whose_turn_comes_late_is_sent_if_it_is_news_still(bus: Bus, writer: Writer) -> None:
    """A slow channel keeps nobody from being told."""
    letters = Letters()
    await notifier_of(bus, writer, letters, seconds=[10, 11.5]).hear([await Booker(bus).say(ONE)])
    assert list(letters.taken) == ["one"]


async def test_a_fact_about_a_forgotten_party_is_dropped(bus: Bus, writer: Writer) -> None:
    """Neither a letter nor a notice names the party again; the others of the group get theirs."""
    booker, letters = Booker(bus), Letters()
    gone = await booker.say(ONE)
    await booker.forget(ONE.pnr)
    other = await Booker(bus).say(structs.replace(ONE, pnr="OTHER", id="other"))
    await notifier_of(bus, writer, letters).hear([gone, other])
    assert (list(letters.taken), await sent(bus, ONE), await superseded(bus, ONE)) == (["other"], None, False)


async def test_a_party_that_is_forgotten_while_a_channel_fails_gets_no_letter(bus: Bus, writer: Writer) -> None:
    """Nor a notice."""
    booker = Booker(bus)
    letters = Letters(fails_once=partial(booker.forget, ONE.pnr))
    await notifier_of(bus, writer, letters).hear([await booker.say(ONE)])
    assert (letters.taken, await sent(bus, ONE), await superseded(bus, ONE)) == ({}, None, False)
