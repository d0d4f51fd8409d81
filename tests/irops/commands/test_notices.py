"""`irops notices`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from msgspec import structs
from nats.aio.client import Client

from agents.notifier.agent import NOTIFIER, build
from agents.notifier.config import Config
from bus import Bus, Fact
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import wall
from bus.runtime.running import Running
from bus.settings import Settings
from contracts.clock import Clock
from contracts.notices import (
    NOTICE_FAILED,
    NOTICE_POINTLESS,
    NOTICE_SENT,
    NOTICE_SUPERSEDED,
    NoticeFailed,
    NoticePointless,
    NoticeSent,
    NoticeSuperseded,
)
from irops.system.undelivered import undelivered
from tests.agents.notifier.notifier_world import Booker
from tests.agents.notifier.samples import DECIDED, changed
from tests.irops.command_line import irops
from tests.support import eventually

FAILED = NoticeFailed(pnr="A", id="a", tried={"maildir": "disk full", "json": "not delivered"}, at=DECIDED)


async def record(bus: Bus, *notices: NoticeFailed) -> None:
    await bus.emit_once([Fact(NOTICE_FAILED.of(notice)) for notice in notices])


@asynccontextmanager
async def notifier_without_maildir(server: Server, bus: Bus, maildir: Path, pnrs: Sequence[str]) -> AsyncIterator[None]:
    """A notifier that has failed to write to each of these parties."""
    await set_clock(bus.nc, Clock(now=DECIDED, at=wall(), speed=1))
    config = Config(maildir=maildir, retries=0, again=timedelta(hours=1))
    async with Running(NOTIFIER, partial(build, config=config), Settings(nats_url=server.url), asyncio.Event()):
        (maildir / "tmp").rename(maildir / "away")
        for pnr in pnrs:
            await Booker(bus).say(structs.replace(changed(), pnr=pnr, id=f"fact{pnr}"))

        async def failed() -> bool:
            return len(await undelivered(bus)) == len(pnrs)

        await eventually(failed, what="failed notices")
        yield


async def test_only_what_has_no_other_outcome_is_undelivered(bus: Bus) -> None:
    """The record of a failed attempt stays when a notice is sent, superseded or pointless after it."""
    await record(bus, *(structs.replace(FAILED, pnr=pnr) for pnr in ("SENT", "LATE", "PAST", "OPEN")))
    sent = NoticeSent(pnr="SENT", id="a", channel="maildir", sent_at=DECIDED)
    late = NoticeSuperseded(pnr="LATE", id="a", at=DECIDED)
    past = NoticePointless(pnr="PAST", id="a", at=DECIDED)
    await bus.emit_once(
        [Fact(outcome) for outcome in (NOTICE_SENT.of(sent), NOTICE_SUPERSEDED.of(late), NOTICE_POINTLESS.of(past))]
    )
    assert [notice.pnr for notice in await undelivered(bus)] == ["OPEN"]


async def test_undelivered_notices_are_listed_a_line_each(server: Server, bus: Bus) -> None:
    """With what failed, and whether it is tried again."""
    again = structs.replace(FAILED, pnr="B", attempts=3, again_at=DECIDED + timedelta(minutes=8))
    await record(bus, FAILED, again)
    listed = (await irops("notices", url=server.url)).out.splitlines()
    assert listed == [
        "A a  1 attempt, not tried again  json: not delivered; maildir: disk full",
        "B a  3 attempts, again at 2013-02-08 12:08:00 UTC  json: not delivered; maildir: disk full",
    ]


async def test_without_undelivered_notices_the_list_says_so(server: Server, bus: Bus) -> None:
    """On stderr; stdout stays empty for a pipe."""
    ended = await irops("notices", url=server.url)
    assert (ended.status, ended.out, ended.err) == (0, "", "every notice is delivered\n")


async def test_undelivered_notices_are_in_status(server: Server, bus: Bus) -> None:
    """And how many of them need an operator."""
    await record(bus, FAILED, structs.replace(FAILED, pnr="B", again_at=DECIDED))
    shown = (await irops("status", url=server.url)).out
    assert (
        "pending: 2 notices are undelivered, of which 1 will not be tried again by themselves; see `irops notices`"
        in shown
    )


async def test_an_operator_sends_the_notices_of_some_parties_or_of_all(
    server: Server, bus: Bus, nc: Client, tmp_path: Path
) -> None:
    """The exit status is 1 while one of them is undelivered."""
    maildir = tmp_path / "mail"
    async with notifier_without_maildir(server, bus, maildir, ["A", "B", "C"]):
        down = await irops("notices", "retry", "A", url=server.url)
        (maildir / "away").rename(maildir / "tmp")
        some = await irops("notices", "retry", "B", url=server.url)
        rest = await irops("notices", "retry", url=server.url)
    assert (down.status, down.out) == (
        1,
        "A factA  not sent: maildir: cannot write to the maildir: No such file or directory\n",
    )
    assert (some.status, some.out) == (0, "B factB  sent by maildir\n")
    assert (rest.status, sorted(rest.out.splitlines())) == (
        0,
        ["A factA  sent by maildir", "C factC  sent by maildir"],
    )


async def test_a_party_without_undelivered_notices_is_named(server: Server, bus: Bus) -> None:
    """Nothing is sent then."""
    await record(bus, FAILED)
    ended = await irops("notices", "retry", "A", "X", "Y", url=server.url)
    assert (ended.status, ended.err) == (1, "irops: no undelivered notice of X, Y; see `irops notices`\n")
