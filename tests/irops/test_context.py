"""`irops --context NAME`: a context of the nats tool says where the server is and how to log in."""

import json
from pathlib import Path

from bus.admin.server import Server
from tests.bus.wire.servers import configured
from tests.irops.command_line import irops


def write(home: Path, **fields: str) -> None:
    """The context `prod` below this home."""
    folder = home / ".config" / "nats" / "context"
    folder.mkdir(parents=True)
    (folder / "prod.json").write_text(json.dumps(fields))


async def test_a_command_uses_the_contexts_server_and_login(tmp_path: Path) -> None:
    """The user and password here; without the context the server does not accept it."""
    users = "authorization { user: ops, password: s3cret }"
    async with configured(tmp_path / "nats", users) as server:
        write(tmp_path, url=server.url, user="ops", password="s3cret")
        ended = await irops("--context", "prod", "provision", HOME=str(tmp_path))
        without = await irops("provision", url=server.url, HOME=str(tmp_path))
    assert (ended.status, ended.err) == (0, "")
    assert (without.status, "does not accept this login" in without.err) == (1, True)


async def test_a_context_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    """In one line, with those that do."""
    write(tmp_path, url="nats://h")
    ended = await irops("--context", "prd", "status", HOME=str(tmp_path))
    assert ended.status == 2
    assert ended.err.endswith("/.config/nats/context are: prod\n")
    assert ended.err.count("\n") == 1


async def test_a_misspelt_setting_of_the_connection_is_a_usage_error(server: Server) -> None:
    """It would be ignored otherwise."""
    ended = await irops("status", url=server.url, IROPS_NATS_CREDD="x")
    assert (ended.status, ended.err) == (
        2,
        "irops: IROPS_NATS_CREDD is not a setting; did you mean IROPS_NATS_CREDS?\n",
    )
