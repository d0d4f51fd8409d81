"""What an operator can pause, by its name: an agent, or what a brake can be on."""

import msgspec

from contracts.brakes import Scope
from contracts.names import Airport, Carrier, FlightKey
from contracts.pauses import AgentName
from irops.processes.roster import agents

EVERYTHING = "everything"
_WANTED = (
    "wanted an agent (planner), an airport (JFK), a carrier (B6), a flight (B6.1017.JFK.2013-02-08) or `everything`; "
    "`agent:desk` and `carrier:JBU` say which of them is meant"
)


def read_scope(name: str) -> Scope | AgentName:
    """What the name stands for. Three letters alone are an airport's. Raises `ValueError`."""
    kind, _, rest = name.rpartition(":")
    if name == EVERYTHING:
        return Scope()
    if kind == "agent" or (not kind and rest in agents()):
        return _checked(rest, AgentName, name)
    if kind == "airport" or (not kind and len(rest) == 3 and rest.isalpha()):
        return Scope(airport=_checked(rest.upper(), Airport, name))
    if kind == "flight" or (not kind and rest.count(".") == 3):
        return Scope(flight=_checked(rest, FlightKey, name))
    if kind == "carrier" or (not kind and len(rest) == 2):
        return Scope(carrier=_checked(rest.upper(), Carrier, name))
    raise ValueError(f"{name!r} is no such thing: {_WANTED}")


def _checked(value: str, type_: object, name: str) -> str:
    try:
        return str(msgspec.convert(value, type_))
    except msgspec.ValidationError:
        raise ValueError(f"{name!r} is no such thing: {_WANTED}") from None
