"""`irops provision`, and systems that are not there yet."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from bus import Bus
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import wall
from bus.wire.api import call
from bus.wire.connection import close, connect
from contracts.clock import CLOCK, Clock
from contracts.streams import STREAMS
from tests.irops.command_line import ROOT, irops


async def test_provisioning_shows_each_change_and_the_second_time_none(server: Server) -> None:
    """Every stream, and the clock; then nothing had to change."""
    first = await irops("provision", url=server.url)
    assert (first.status, first.err) == (0, "")
    assert [line.split()[:2] for line in first.out.splitlines()] == [
        *(["created", stream.name] for stream in STREAMS),
        ["set", "the"],
    ]
    assert (await irops("provision", url=server.url)).out == "nothing had to change\n"


async def test_more_copies_than_a_single_server_keeps_are_a_usage_error(server: Server) -> None:
    """In one line, exit status 2."""
    ended = await irops("provision", "--replicas", "3", url=server.url)
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert ended.err.startswith(
        "irops: Invalid value for --replicas: the server is in no cluster, where it keeps 1 copy"
    )


async def test_a_server_without_streams_is_one_line_that_says_to_provision(server: Server) -> None:
    """Exit status 1."""
    ended = await irops("export", "flights", url=server.url)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == "irops: the server has no streams yet; run `irops provision` first\n"


async def test_a_replays_clock_is_kept_unless_the_wall_clock_is_asked_for(server: Server, nc: Client, bus: Bus) -> None:
    """Then event time is the wall clock's, and running it again changes nothing."""
    noon = datetime(2013, 2, 8, 17, tzinfo=UTC)
    await set_clock(nc, Clock(now=noon, at=noon, speed=0))
    assert (await irops("provision", url=server.url)).out == "nothing had to change\n"
    ended = await irops("provision", "--wall-clock", url=server.url)
    assert ended.out == "set the clock to the wall clock; it was 2013-02-08 17:00 UTC\n"
    entry = (await bus.load([CLOCK.key()]))[CLOCK.key()]
    assert entry is not None
    assert entry.message.speed == 1
    assert abs(entry.message.now - wall()) < timedelta(minutes=1)
    assert (await irops("provision", "--wall-clock", url=server.url)).out == "nothing had to change\n"


async def test_a_stream_that_a_module_of_yours_owns_is_created_too(server: Server) -> None:
    """After the system's own; a module that runs no agent is a usage error."""
    ended = await irops("provision", "--also", "examples.hotel", url=server.url)
    assert "created HOTEL (hotel.>)" in ended.out.splitlines()
    wrong = await irops("provision", "--also", "examples.motel", url=server.url)
    assert wrong.status == 2
    assert wrong.err.startswith("irops: Invalid value for --also: there is no module 'examples.motel'")


@pytest.mark.parametrize(
    ("stream", "complaint"),
    [
        pytest.param(
            "'PLANS', ('mine.>',)", "the stream PLANS exists already; give it another name", id="a name of the system"
        ),
        pytest.param(
            "'MINE', ('mine.>', 'booking.*.mine')",
            "the stream MINE has booking.*.mine, and booking.> is in LEDGER of irops; "
            "give its subjects another first token",
            id="a subject of the system",
        ),
    ],
)
async def test_a_module_may_own_no_stream_of_the_system(
    server: Server, tmp_path: Path, stream: str, complaint: str
) -> None:
    """The line names what is taken, and by whom. Exit status 2, and nothing is created."""
    (tmp_path / "mine.py").write_text(
        "from bus import Agent, run\nfrom contracts.streams import Stream\n"
        f"run(Agent('mine', owns=(Stream({stream}, 'mine'),)), None)\n"
    )
    ended = await irops("provision", "--also", "mine", url=server.url, PYTHONPATH=f"{ROOT}:{tmp_path}")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == f"irops: Invalid value for --also: {complaint} (see irops provision --help)\n"


@pytest.mark.parametrize("command", ["provision", "up"])
async def test_another_applications_stream_is_refused_in_one_line(server: Server, tmp_path: Path, command: str) -> None:
    """Exit status 1, and the stream is as it was."""
    nc = await connect(server.url, name="test")
    await call(nc, "STREAM.CREATE.PLANS", {"name": "PLANS", "subjects": ["roster.>"]})
    for week in range(5):
        await nc.request("roster.crew1", b"week %d" % week, timeout=5)
    options = ["--data", str(tmp_path)] if command == "up" else []
    ended = await irops(command, *options, url=server.url)
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert ended.err.startswith("irops: the stream PLANS (roster.>; 5 messages) was not created by irops; nothing was ")
    assert (await call(nc, "STREAM.INFO.PLANS"))["state"]["messages"] == 5
    await close(nc)


async def test_the_retention_of_a_class_is_a_setting(server: Server, nc: Client) -> None:
    """Without it a later run keeps what was set."""
    ended = await irops(
        "provision", url=server.url, IROPS_RETENTION_FEED_DAYS="4", IROPS_RETENTION_DEAD_LETTERS_DAYS="90"
    )
    assert ended.out.splitlines() == [
        "changed FEED: max_age was 2 days, 0:00:00, is 4 days, 0:00:00",
        "changed DEAD: max_age was for ever, is 90 days, 0:00:00",
    ]
    assert (await irops("provision", url=server.url)).out == "nothing had to change\n"
    ended = await irops("provision", url=server.url, IROPS_RETENTION_FEED_DAYS="a week")
    assert (ended.status, ended.err) == (
        2,
        "irops: IROPS_RETENTION_FEED_DAYS is 'a week': wanted a number of days from 0.1 to 3650, or 0 for ever\n",
    )
