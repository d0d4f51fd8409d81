"""`irops forget`, where it can't do what it is asked to; what it does is in `tests/journeys/test_forget.py`."""

from bus import Bus
from bus.admin.server import Server
from tests.irops.command_line import irops


async def test_a_malformed_pnr_is_a_usage_error(server: Server) -> None:
    """One line, which does not repeat it."""
    ended = await irops("forget", "not a PNR", url=server.url)
    assert (ended.status, "letters, digits, - and _" in ended.err, "not a PNR" in ended.err) == (2, True, False)


async def test_without_a_booker_nothing_is_removed(server: Server, bus: Bus) -> None:
    """The line says what is missing."""
    ended = await irops("forget", "QX7K2M", url=server.url)
    assert (ended.status, ended.out) == (1, "")
    assert "no agent answers ask.booker.forget: is the agent booker running?" in ended.err
