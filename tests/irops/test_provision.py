"""`irops provision`, and systems that are not there yet."""

from bus.admin.server import Server
from contracts.streams import STREAMS
from tests.irops.command_line import irops


async def test_provisioning_shows_each_change_and_the_second_time_none(server: Server) -> None:
    """Every stream, and the clock; then nothing had to change."""
    first = await irops("provision", url=server.url)
    assert (first.status, first.err) == (0, "")
    assert [line.split()[:2] for line in first.out.splitlines()] == [
        *(["created", stream.name] for stream in STREAMS),
        ["set", "the"],
    ]
    assert (await irops("provision", url=server.url)).out == "nothing had to change\n"


async def test_more_copies_than_a_single_server_keeps_are_a_wrong_question(server: Server) -> None:
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
