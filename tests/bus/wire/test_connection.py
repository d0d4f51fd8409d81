"""What a connection that does not come about says of itself."""

import asyncio
from pathlib import Path

import pytest

from bus.access.keys import key_in, make_key
from bus.access.permissions import Permissions
from bus.access.users import User, users_conf
from bus.admin.server import Server
from bus.tasks import cancel
from bus.wire.connection import connect
from tests.support import eventually


async def test_a_problem_that_goes_on_is_told_once_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though it is tried again many times a second."""
    keys = tmp_path / "keys"
    known = User("known", make_key(keys, "known")[0], Permissions((), ()))
    server = Server(tmp_path / "nats", users=users_conf([known]))
    await server.start()
    make_key(keys, "stranger")
    tries: list[Exception] = []
    task = asyncio.create_task(
        connect(server.url, name="stranger", key=key_in(keys, "stranger"), on_error=tries.append)
    )
    try:
        await eventually(lambda: len(tries) > 5, what="many tries")
    finally:
        await cancel(task)
        server.kill()
    told = capsys.readouterr().out
    assert told.count("Authorization Violation") == 1
    assert told.count("set IROPS_KEYS to the folder") == 1
