"""A notice that no channel took is tried again until it is sent or out of date; no operator has to do anything."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs
from nats.aio.client import Client

from agents.notifier.adapters.maildir import file_name
from agents.notifier.agent import NOTIFIER, build
from agents.notifier.config import Config
from agents.notifier.domain import Reported, Writer, pause_after
from bus import Bus, Deferred, Delivery, Retry
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import wall
from bus.runtime.running import Running
from bus.settings import Settings
from contracts.clock import Clock
from contracts.flights import Instant
from contracts.notices import NOTICE_FAILED, NOTICE_POINTLESS, RESEND_NOTICE, NoticeFailed, NoticeResent, ResendNotice
from irops.system.undelivered import undelivered
from simulation.conductor import LockStep
from tests.agents.notifier.notifier_world import HASTY, Booker, Letters, notifier_of, sent, superseded
from tests.agents.notifier.samples import DECIDED, SAME_AIRPORT, changed, kept

ONE = structs.replace(changed(), id="one")
TWO = structs.replace(kept((SAME_AIRPORT,), after=(SAME_AIRPORT,), reason="downgauged"), id="two", follows="one")
MINUTE = timedelta(minutes=1)


async def failures(bus: Bus) -> list[NoticeFailed]:
    return [recorded.message async for recorded in bus.history(NOTICE_FAILED)]


async def stand_still(nc: Client, now: Instant) -> None:
    await set_clock(nc, Clock(now=now, at=wall(), speed=0))


async def pauses(deferred: Sequence[Deferred]) -> list[timedelta]:
    """How long each of these messages waits before it is delivered again."""
    ends = await asyncio.gather(*(each.work() for each in deferred), return_exceptions=True)
    return [end.after for end in ends if isinstance(end, Retry)]


def test_pauses_grow_up_to_the_longest() -> None:
    """Each is twice as long as the one before."""
    after = [pause_after(attempts, first=MINUTE, longest=5 * MINUTE) for attempts in (1, 2, 3, 4, 1000)]
    assert after == [MINUTE, 2 * MINUTE, 4 * MINUTE, 5 * MINUTE, 5 * MINUTE]


async def test_a_notice_that_no_channel_took_waits_for_its_next_attempt(nc: Client, bus: Bus, writer: Writer) -> None:
    """The record says why the attempt failed, and when the next is."""
    await stand_still(nc, DECIDED)
    letters = Letters(fails=[True])
    waiting = await notifier_of(bus, writer, letters, HASTY).hear([await Booker(bus).say(ONE)])
    first = Config().again
    assert await pauses(waiting) == [first]
    tried = {"letters": "down"}
    assert await failures(bus) == [
        NoticeFailed(pnr=ONE.pnr, id="one", tried=tried, at=DECIDED, attempts=1, again_at=DECIDED + first)
    ]


async def reach(bus: Bus, now: datetime) -> None:
    await stand_still(bus.nc, now)
    await bus.wait_for_tick(lambda tick: tick.now == now)


async def test_each_failed_attempt_replaces_the_record_of_the_one_before(bus: Bus, writer: Writer) -> None:
    """It counts the attempts; the pause has doubled."""
    notifier, first = notifier_of(bus, writer, Letters(fails=[True, True]), HASTY), Config().again
    delivery = await Booker(bus).say(ONE)
    for now in (DECIDED, DECIDED + first):
        await reach(bus, now)
        waiting = await notifier.hear([delivery])
    assert await pauses(waiting) == [2 * first]
    assert [(failed.attempts, failed.at) for failed in await failures(bus)] == [(2, DECIDED + first)]


async def test_before_the_end_of_its_pause_a_notice_is_not_attempted(nc: Client, bus: Bus, writer: Writer) -> None:
    """However early it is delivered again: another process of the agent goes on where the last one stopped."""
    await stand_still(nc, DECIDED)
    letters, delivery = Letters(fails=[True]), await Booker(bus).say(ONE)
    await notifier_of(bus, writer, letters, HASTY).hear([delivery])
    assert await pauses(await notifier_of(bus, writer, letters, HASTY).hear([delivery])) == [Config().again]
    assert letters.taken == {}


async def test_one_that_fails_does_not_hold_up_the_others_of_its_group(bus: Bus, writer: Writer) -> None:
    """They are sent, and are done."""
    letters = Letters(fails=[True])
    failing, other = await Booker(bus).say(ONE), await Booker(bus).say(structs.replace(ONE, pnr="OTHER", id="other"))
    waiting = await notifier_of(bus, writer, letters, HASTY).hear([failing, other])
    assert ([each.delivery for each in waiting], list(letters.taken)) == ([failing], ["other"])


async def test_a_notice_that_is_out_of_date_is_not_tried_again(bus: Bus, writer: Writer) -> None:
    """The letter of the later fact reports it too."""
    booker, letters = Booker(bus), Letters(fails=[True])
    notifier = notifier_of(bus, writer, letters, Config(pause=timedelta(0), retries=0, again=timedelta(0)))
    one = await booker.say(ONE)
    await notifier.hear([one])
    two = await booker.say(TWO)
    assert await notifier.hear([one, two]) == []
    notice = await sent(bus, TWO)
    assert notice
    assert (await superseded(bus, ONE), notice.covers) == (True, ("one",))


async def test_a_letter_that_every_channel_refuses_is_not_tried_again(bus: Bus, writer: Writer) -> None:
    """Another attempt would end alike, until an operator corrects something."""
    notifier = notifier_of(bus, writer, Letters(refuses=["one"]))
    delivery = await Booker(bus).say(ONE)
    assert await notifier.hear([delivery]) == []
    (failed,) = await failures(bus)
    assert failed.again_at is None
    assert await notifier.hear([delivery]) == []


async def test_an_operator_may_send_a_refused_letter_to_a_corrected_address(bus: Bus, writer: Writer) -> None:
    """The address is the booking's present one."""
    booker, letters = Booker(bus), Letters(refuses=["one"])
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    await booker.correct(ONE.pnr, contact="ana@example.org")
    letters.refuses = ()
    assert await notifier.resend(ResendNotice(pnr=ONE.pnr, id="one")) == NoticeResent(channel="letters")
    assert letters.taken["one"].to == "ana@example.org"


async def test_a_refused_letter_is_sent_to_a_corrected_address_by_itself(bus: Bus, writer: Writer) -> None:
    """Once, however often the correction is delivered."""
    booker, letters = Booker(bus), Letters(refuses=["one"])
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    amended = await booker.correct(ONE.pnr, contact="ana@example.org")
    letters.refuses = ()
    assert await notifier.hear_amended([amended]) == []
    assert letters.taken.pop("one").to == "ana@example.org"
    assert await notifier.hear_amended([amended]) == []
    assert letters.taken == {}


async def test_another_change_of_a_booking_sends_no_refused_letter_again(bus: Bus, writer: Writer) -> None:
    """The contact is the one that was refused."""
    booker, letters = Booker(bus), Letters(refuses=["one"])
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    amended = await booker.correct(ONE.pnr, contact=ONE.contact, changed=("remark",))
    letters.refuses = ()
    assert await notifier.hear_amended([amended]) == []
    assert letters.taken == {}


async def test_only_the_last_of_two_refused_letters_is_sent_to_a_corrected_address(bus: Bus, writer: Writer) -> None:
    """It reports the fact of the first one too."""
    booker, letters = Booker(bus), Letters(refuses=["one", "two"])
    notifier = notifier_of(bus, writer, letters)
    for fact in (ONE, TWO):
        await notifier.hear([await booker.say(fact)])
    amended = await booker.correct(ONE.pnr, contact="ana@example.org")
    letters.refuses = ()
    await notifier.hear_amended([amended])
    notice = await sent(bus, TWO)
    assert (list(letters.taken), notice and notice.covers) == (["two"], ("one",))


async def test_a_letter_on_its_way_when_its_contact_is_corrected_is_looked_at_again(
    nc: Client, bus: Bus, writer: Writer
) -> None:
    """What became of it is not known yet: it may be refused, or waits for its next attempt, to the corrected address."""
    await stand_still(nc, DECIDED)
    booker, letters = Booker(bus), Letters(refuses=["one"])
    notifier = notifier_of(bus, writer, letters)
    fact = await booker.say(ONE)
    amended = await booker.correct(ONE.pnr, contact="ana@example.org")
    assert await pauses(await notifier.hear_amended([amended])) == [Config().again]
    await notifier.hear([fact])
    letters.refuses = ()
    assert await notifier.hear_amended([amended]) == []
    assert list(letters.taken) == ["one"]


async def test_a_corrected_address_that_no_channel_takes_for_now_is_tried_again(
    nc: Client, bus: Bus, writer: Writer
) -> None:
    """Its fact has been heard, so the correction comes again: half a minute after the next attempt is due, in case that the
    fact is waited with, too."""
    await stand_still(nc, DECIDED)
    booker, letters, again = Booker(bus), Letters(refuses=["one"]), Config().again
    await notifier_of(bus, writer, letters, HASTY).hear([await booker.say(ONE)])
    amended = await booker.correct(ONE.pnr, contact="ana@example.org")
    down = notifier_of(bus, writer, Letters(fails=[True]), HASTY)
    (first,) = await pauses(await down.hear_amended([amended]))
    (failed,) = await failures(bus)
    assert failed.again_at is not None
    assert DECIDED + first == failed.again_at + again
    letters.refuses = ()
    notifier = notifier_of(bus, writer, letters, HASTY)
    assert await pauses(await notifier.hear_amended([amended])) == [first]
    await reach(bus, DECIDED + first)
    assert await notifier.hear_amended([amended]) == []
    assert list(letters.taken) == ["one"]


async def test_a_letter_that_was_sent_is_not_sent_again(bus: Bus, writer: Writer) -> None:
    """The operator reads so."""
    booker, letters = Booker(bus), Letters()
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    letters.taken.clear()
    assert await notifier.resend(ResendNotice(pnr=ONE.pnr, id="one")) == NoticeResent(why="the letter was sent before")
    assert letters.taken == {}


@asynccontextmanager
async def notifying(server: Server, nc: Client, bus: Bus, maildir: Path) -> AsyncIterator[LockStep]:
    """A notifier in lock-step, which writes to this Maildir."""
    await stand_still(nc, DECIDED)
    config = Config(maildir=maildir, retries=0)
    async with Running(NOTIFIER, partial(build, config=config), Settings(nats_url=server.url), asyncio.Event()):
        yield LockStep(bus, ("notifier",))


@contextmanager
def unusable(maildir: Path) -> Iterator[None]:
    """An outage of the Maildir."""
    (maildir / "tmp").rename(maildir / "away")
    yield
    (maildir / "away").rename(maildir / "tmp")


async def facts_about(parties: int, bus: Bus) -> Sequence[Delivery[Reported]]:
    return [await Booker(bus).say(structs.replace(ONE, pnr=f"P{n}", id=f"fact{n}")) for n in range(parties)]


@pytest.mark.parametrize("outage", [MINUTE, timedelta(hours=7)], ids=["a minute", "seven hours"])
async def test_after_an_outage_every_letter_arrives(
    server: Server, nc: Client, bus: Bus, tmp_path: Path, outage: timedelta
) -> None:
    """Five notices go out while the Maildir is unusable; in lock-step they wait in event time."""
    maildir = tmp_path / "mail"
    async with notifying(server, nc, bus, maildir) as conductor:
        with unusable(maildir):
            await facts_about(5, bus)
            await conductor.settle(DECIDED)
            assert [failed.tried for failed in await failures(bus)] == [
                {"maildir": "cannot write to the maildir: No such file or directory"}
            ] * 5
            await conductor.settle(DECIDED + outage)
        await conductor.settle(DECIDED + outage + Config().longest_wait)
    assert sorted(path.name for path in (maildir / "new").iterdir()) == [file_name(f"fact{n}") for n in range(5)]


async def test_an_operator_need_not_wait_for_the_end_of_a_pause(
    server: Server, nc: Client, bus: Bus, tmp_path: Path
) -> None:
    """One attempt is made at once, and the notice is sent once."""
    maildir = tmp_path / "mail"
    async with notifying(server, nc, bus, maildir) as conductor:
        with unusable(maildir):
            await facts_about(1, bus)
            await conductor.settle(DECIDED)
            question = ResendNotice(pnr="P0", id="fact0")
            failed = await bus.ask(RESEND_NOTICE, question)
        resent = await bus.ask(RESEND_NOTICE, question)
        await conductor.settle(DECIDED + Config().longest_wait)
    assert failed.why == "maildir: cannot write to the maildir: No such file or directory"
    assert resent.channel == "maildir"
    assert [failed.attempts for failed in await failures(bus)] == [2]


async def test_a_notice_that_is_tried_until_its_flights_have_left_is_pointless(
    server: Server, nc: Client, bus: Bus, tmp_path: Path
) -> None:
    """No letter is written after the outage; nothing is pending, and nothing is undelivered."""
    maildir = tmp_path / "mail"
    async with notifying(server, nc, bus, maildir) as conductor:
        with unusable(maildir):
            await facts_about(1, bus)
            await conductor.settle(DECIDED + timedelta(days=1))
        await conductor.settle(DECIDED + timedelta(days=2))
    assert list((maildir / "new").iterdir()) == []
    pointless = [recorded.message async for recorded in bus.history(NOTICE_POINTLESS)]
    assert [(notice.id, notice.at > SAME_AIRPORT.departs) for notice in pointless] == [("fact0", True)]
    assert await undelivered(bus) == []
