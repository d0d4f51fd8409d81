"""`irops users`, and a system in which every user has a key."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bus.access.keys import make_key
from bus.access.users import authorization
from bus.admin.server import Server, free_port
from irops.processes.roster import agents
from tests.irops.command_line import irops
from tests.irops.commands.test_demo import SMALL

WHO = ["booker", "care", "monitor", "notifier", "planner", "pricer", "feed", "reservations", "irops"]


pytestmark = pytest.mark.xdist_group("users")  # which have their keys made once


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `irops users` has made."""
    folder = tmp_path_factory.mktemp("users") / "keys"
    ended = asyncio.run(irops("users", "--keys", str(folder)))
    assert (ended.status, ended.err) == (0, "")
    return folder


@pytest.fixture
def keys(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "keys"))


@pytest.fixture
async def guarded(keys: Path, tmp_path: Path) -> AsyncIterator[Server]:
    """A server that admits those who have one of them."""
    server = Server(tmp_path / "nats", users=authorization(users_of(keys)))
    await server.start()
    yield server
    server.kill()


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def users_of(keys: Path) -> str:
    return (keys / "users.conf").read_text()


async def test_every_agent_the_feed_and_the_operator_have_a_key(keys: Path) -> None:
    """And the server's configuration has each."""
    assert files_in(keys) == {*(f"{who}.nk" for who in WHO), "users.conf"}
    assert re.findall(r"# (\w+)", users_of(keys)) == WHO


async def test_an_agent_that_is_added_has_one_too_and_the_others_keep_theirs(keys: Path) -> None:
    """The configuration for them is the same."""
    before = users_of(keys).splitlines()
    ended = await irops("users", "--keys", str(keys), "--also", "examples.stranded_desk")
    assert ended.out.splitlines()[0] == "made a key for desk"
    after = users_of(keys)
    assert "# desk" in after
    assert set(before) <= set(after.splitlines())


async def test_a_user_with_a_key_that_is_no_longer_named_is_reported(keys: Path) -> None:
    """The server no longer admits it."""
    make_key(keys, "desk")
    ended = await irops("users", "--keys", str(keys))
    assert "not admitted, though they have keys: desk; name their modules with --also" in ended.out
    assert "# desk" not in users_of(keys)


@pytest.mark.slow
async def test_a_storm_under_permissions_ends_clean_without_a_violation(keys: Path, tmp_path: Path) -> None:
    """Exit status 0, people rebooked, and no violation in the server's log or an agent's."""
    data = tmp_path / "demo"
    ended = await irops("demo", *SMALL, "--speed", "3600", "--keep", "--data", str(data), IROPS_KEYS=str(keys))
    assert ended.status == 0, ended.out + ended.err
    report = json.loads((data / "report.json").read_text())
    assert report["parties_rebooked"] > 0
    server = (data / "server" / "nats-server.log").read_text()
    logs = [path.read_text() for path in (data / "logs").iterdir()]
    assert len(logs) == len(agents())
    assert not [log for log in (server, *logs) if "violation" in log.lower()]


async def test_the_operator_is_admitted(guarded: Server, keys: Path) -> None:
    """With its key it may create the streams."""
    ended = await irops("provision", url=guarded.url, IROPS_KEYS=str(keys))
    assert (ended.status, ended.err) == (0, "")


async def test_a_client_without_a_key_gets_a_line_with_what_to_do(guarded: Server) -> None:
    """In a line, exit status 1."""
    ended = await irops("provision", url=guarded.url)
    assert ended.status == 1
    assert ended.err == (
        f"irops: cannot connect to 127.0.0.1:{guarded.port}: the server does not accept this login; set IROPS_KEYS to the "
        "folder that `irops users` made for it, IROPS_NATS_CREDS, or the user and password in NATS_URL\n"
    )


async def test_a_key_that_the_server_does_not_know_is_refused(guarded: Server, tmp_path: Path) -> None:
    """Though it is well formed."""
    strange = tmp_path / "strange"
    make_key(strange, "irops")
    ended = await irops("provision", url=guarded.url, IROPS_KEYS=str(strange))
    assert (ended.status, "does not accept this login" in ended.err) == (1, True)


async def test_an_agent_without_its_key_says_which_file_it_wants(keys: Path, tmp_path: Path) -> None:
    """In a line, exit status 2."""
    (keys / "planner.nk").unlink()
    ended = await irops("demo", *SMALL, "--data", str(tmp_path / "demo"), IROPS_KEYS=str(keys))
    assert ended.status == 2
    assert ended.err == (
        f"irops: planner: IROPS_KEYS is '{keys}': wanted a folder with planner.nk (No such file or directory)\n"
    )


async def test_a_folder_without_users_is_a_usage_error(tmp_path: Path) -> None:
    """The line says what makes one."""
    ended = await irops("up", "--port", str(free_port()), "--data", str(tmp_path / "up"), IROPS_KEYS=str(tmp_path))
    assert ended.status == 2
    assert (
        ended.err == f"irops: {tmp_path} has no users.conf that can be read; `irops users --keys {tmp_path}` makes it\n"
    )


@pytest.mark.parametrize(
    ("module", "why"),
    [
        pytest.param(
            "nope", "there is no module 'nope' that can be run from this folder; name one as ", id="not there"
        ),
        pytest.param(
            "this", "this declares no agent (exit status 0); `python -m this --declare` shows ", id="no agent"
        ),
    ],
)
async def test_a_module_that_is_no_agent_is_a_usage_error(module: str, why: str, tmp_path: Path) -> None:
    """One line that is not Python's, exit status 2; nothing is made."""
    ended = await irops("users", "--keys", str(tmp_path / "keys"), "--also", module)
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert ended.err.startswith(f"irops: Invalid value for --also: {why}")
    assert not (tmp_path / "keys").exists()


async def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    """One key would open both."""
    ended = await irops("users", "--keys", str(tmp_path / "keys"), "--also", "agents.planner")
    assert (ended.status, (tmp_path / "keys").exists()) == (2, False)
    assert ended.err == "irops: several users would be called planner; give the agents other names\n"
