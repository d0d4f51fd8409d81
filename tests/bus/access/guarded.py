"""A server that admits two agents and an operator by their keys, each with the permissions of its declaration."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from bus import Agent
from bus.access.keys import make_key
from bus.access.permissions import permissions
from bus.access.users import User, authorization, users_conf
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server
from bus.settings import Settings
from bus.wire.connection import close, connect
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS
from contracts.ledger import BOOKING, SEAT_LEDGER
from contracts.plans import PLAN_PROPOSED
from contracts.requests import QUOTE_WANTED
from contracts.streams import STREAMS

ECHO = Agent(
    "echo",
    hears=(FLIGHT_STATUS,),
    says=(FLIGHT_CHANGED,),
    keeps=(FLIGHT,),
    views=(SEAT_LEDGER,),
    asks=(QUOTE_WANTED,),
)
OTHER = Agent("other", hears=(FLIGHT_STATUS,), says=(PLAN_PROPOSED,), reads=(BOOKING,))


@dataclass
class Guarded:
    """`operator` is a connection that may do everything."""

    keys: Path
    server: Server
    operator: Client

    @asynccontextmanager
    async def as_(self, name: str) -> AsyncIterator[tuple[Client, list[str]]]:
        """A connection with this user's key, and the server's refusals so far."""
        refused: list[str] = []
        login = Settings(nats_url=self.server.url, keys=self.keys).endpoint(name)
        nc = await connect(login, name=name, on_problem=lambda problem, _: refused.append(problem))
        try:
            yield nc, refused
        finally:
            await close(nc)


def users_in(keys: Path) -> str:
    """Makes the keys of both agents and the operator in this folder; returns the users for a server's configuration."""
    users = [User(agent.name, make_key(keys, agent.name)[0], permissions(agent)) for agent in (ECHO, OTHER)]
    users.append(User("operator", make_key(keys, "operator")[0], None))
    return users_conf(users)


@asynccontextmanager
async def guarded_server(folder: Path) -> AsyncIterator[Guarded]:
    """A provisioned server with these users."""
    keys = folder / "keys"
    server = Server(folder / "nats", users=authorization(users_in(keys)))
    await server.start()
    async with AsyncExitStack() as stack:
        stack.callback(server.kill)
        operator = await connect(Settings(nats_url=server.url, keys=keys).endpoint("operator"), name="operator")
        stack.push_async_callback(close, operator)
        await provision(operator, STREAMS)
        await set_clock(operator)
        yield Guarded(keys, server, operator)
