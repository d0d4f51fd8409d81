"""`irops users`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bus.operations import Permissions, User, make_key, users_conf
from contracts.fares import FARE_STATUS
from contracts.flights import FLIGHT_STATUS
from contracts.reservations import RESERVATION_STATUS
from contracts.subject import Subject
from contracts.weather import WEATHER_OBSERVED
from irops.processes.declarations import Undeclared, declarations
from irops.system.connection import OPERATOR, USERS
from irops.terminal.failures import complain
from irops.terminal.folders import named_by

_PUBLISHERS: Mapping[str, tuple[Subject[Any], ...]] = {
    "feed": (FLIGHT_STATUS, WEATHER_OBSERVED, FARE_STATUS),
    "reservations": (RESERVATION_STATUS,),
}
"""The users of programs that publish flight statuses, weather and fares, and of reservation systems: a feed of flights can
withdraw no booking."""


def users(
    keys: Annotated[
        Path, typer.Option(help="Folder for the keys and users.conf; existing keys are kept.", file_okay=False)
    ] = Path(".irops/keys"),
    also: Annotated[
        list[str] | None, typer.Option(help="A module of yours that runs an agent, e.g. examples.stranded_desk.")
    ] = None,
) -> None:
    """Make a key for each agent, and the server configuration with what each may do.

    An agent may do what its declaration needs, and nothing more; `feed` may publish flight statuses, weather and fares,
    `reservations` what a reservation system says of its bookings; `irops`, the operator, may do everything. A server that
    includes users.conf admits no other user. Agents and commands find their key in the folder that IROPS_KEYS names.

    Example: irops users --keys .irops/keys; IROPS_KEYS=.irops/keys irops up
    """
    try:
        declared = declarations(*(also or ()))
    except Undeclared as failure:
        if failure.module in (also or ()):
            raise typer.BadParameter(str(failure), param_hint="--also") from failure
        complain(str(failure))
        raise typer.Exit(failure.status) from failure
    names = [each.agent for each in declared]
    if twice := {name for name in names if names.count(name) > 1} | {OPERATOR, *_PUBLISHERS}.intersection(names):
        complain(f"several users would be called {', '.join(sorted(twice))}; give the agents other names")
        raise typer.Exit(2)
    try:
        with named_by("--keys"):
            admitted = [
                *(
                    _user(keys, each.agent, Permissions(each.permissions.publish, each.permissions.subscribe))
                    for each in declared
                ),
                *(_user(keys, name, _publishing(name)) for name in _PUBLISHERS),
                _user(keys, OPERATOR, None),
            ]
            (keys / USERS).write_text(users_conf(admitted))
    except ValueError as failure:
        complain(str(failure))
        raise typer.Exit(2) from failure
    names = [user.name for user in admitted]
    typer.echo(f"{keys / USERS}: {', '.join(names)}")
    if left := sorted({path.stem for path in keys.glob("*.nk")}.difference(names)):
        typer.echo(f"not admitted, though they have keys: {', '.join(left)}; name their modules with --also")
    typer.echo("a running server applies it at its next start")


def _user(folder: Path, name: str, permissions: Permissions | None) -> User:
    public, new = make_key(folder, name)
    if new:
        typer.echo(f"made a key for {name}")
    return User(name, public, permissions)


def _publishing(name: str) -> Permissions:
    return Permissions(publish=tuple(each.filter for each in _PUBLISHERS[name]), subscribe=(f"_INBOX.{name}.>",))
