"""Creates the streams, corrects those it created, and sets the clock. Running it again changes nothing.

A stream of another application is never changed: where one has a name or a subject that is needed here, provisioning stops
before it writes anything. `bus.admin.stream_config` says which settings are an operator's to choose.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from nats.aio.client import Client

from bus.admin.stream_config import changes_needed, differing, foreign_subjects, is_marked, new_config, shown
from bus.clock import wall
from bus.errors import ApiError, Unavailable, Unsuitable
from bus.wire.api import NOT_FOUND, WRONG_LAST_SEQUENCE, call
from bus.wire.envelope import encode
from bus.wire.publish import publish
from bus.wire.requirements import check_version
from contracts.clock import CLOCK, Clock
from contracts.streams import Stream

_ADVICE = "give irops an account of its own on this server (deploy/README.md), or let the other application use another stream"

Infos = Mapping[str, Any]
"""By name, what the server says of a stream that exists."""


async def provision(
    nc: Client,
    streams: Sequence[Stream],
    *,
    replicas: int | None = None,
    max_ages: Mapping[str, timedelta] | None = None,
) -> list[str]:
    """Creates missing streams and corrects the settings of existing ones; returns a line for each change.

    `replicas`: how many copies each stream is to have. None keeps what a stream has; a new one gets as many as the others.
    `max_ages`: by stream, how long messages are kept, zero for ever. A stream that is not named keeps what it has; a new one
    gets its contract's.

    Raises `Unsuitable` if the server is too old, a stream is another application's or a setting did not take effect, `ApiError`
    if the server refuses a change, `Unavailable`.
    """
    check_version(nc)
    ages = max_ages or {}
    infos = await _infos(nc, streams)
    await _refuse_foreign(nc, streams, infos)
    copies = replicas or max((info["config"]["num_replicas"] for info in infos.values()), default=1)
    changes: list[str] = []
    for stream in streams:
        age = ages.get(stream.name)
        if stream.name not in infos:
            config = new_config(stream, replicas=copies, max_age=age)
            await _apply(nc, "CREATE", stream.name, config, config)
            changes.append(f"created {stream.name} ({', '.join(stream.subjects)})")
            continue
        found = infos[stream.name]["config"]
        if wanted := changes_needed(found, stream, replicas=replicas, max_age=age):
            await _apply(nc, "UPDATE", stream.name, {**found, **wanted}, wanted)
            changes += [
                f"changed {stream.name}: {key} was {shown(key, found.get(key))}, is {shown(key, value)}"
                for key, value in wanted.items()
            ]
    return changes


async def _infos(nc: Client, streams: Sequence[Stream]) -> Infos:
    infos: dict[str, Any] = {}
    for stream in streams:
        try:
            infos[stream.name] = await call(nc, f"STREAM.INFO.{stream.name}")
        except ApiError as failure:
            if failure.code not in NOT_FOUND:
                raise
        except Unavailable as failure:
            if stream.name not in await overlapping(nc, stream.subjects):
                raise
            raise Unavailable(
                f"the stream {stream.name} exists and does not answer; is the node of its only copy down?"
            ) from failure
    return infos


async def _refuse_foreign(nc: Client, streams: Sequence[Stream], infos: Infos) -> None:
    problems: list[str] = []
    ours = {stream.name for stream in streams}
    overlaps: dict[str, list[str]] = {}
    for stream in streams:
        info = infos.get(stream.name)
        if info and not is_marked(info["config"]):
            problems.append(_unmarked(stream, info))
        elif info and (foreign := foreign_subjects(info["config"], stream)):
            problems.append(f"the stream {stream.name} has subjects that are not irops's: {', '.join(foreign)}")
        elif info is None or set(stream.subjects) - set(info["config"].get("subjects") or ()):
            for other in await overlapping(nc, stream.subjects):
                overlaps.setdefault(other, []).append(stream.name)
    problems += [
        f"the stream {other} ({await _summary(nc, other)}) stores subjects that irops needs for {', '.join(needed)}"
        for other, needed in overlaps.items()
        if other not in ours
    ]
    if problems:
        raise Unsuitable(f"{'; '.join(problems)}; nothing was changed: {_ADVICE}")


async def overlapping(nc: Client, subjects: Sequence[str]) -> list[str]:
    """The names of the streams that store any of these subjects. Raises `Unavailable`, `ApiError`."""
    found: set[str] = set()
    for subject in subjects:
        found.update((await call(nc, "STREAM.NAMES", {"subject": subject}))["streams"] or ())
    return sorted(found)


def _unmarked(stream: Stream, info: Any) -> str:
    problem = f"the stream {stream.name} ({_contents(info)}) was not created by irops"
    if set(info["config"].get("subjects") or ()) <= set(stream.subjects):
        problem += f" (if it was, mark it: nats stream edit {stream.name} --metadata irops=1)"
    return problem


async def _summary(nc: Client, stream: str) -> str:
    return _contents(await call(nc, f"STREAM.INFO.{stream}"))


def _contents(info: Any) -> str:
    subjects = ", ".join(info["config"].get("subjects") or ()) or "no subjects"
    return f"{subjects}; {info['state']['messages']:,} messages"


async def _apply(nc: Client, verb: str, name: str, config: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Creates or updates the stream, and reads back that the wanted settings took effect."""
    await call(nc, f"STREAM.{verb}.{name}", config)
    taken = (await call(nc, f"STREAM.INFO.{name}"))["config"]
    if lost := sorted(differing(taken, {key: value for key, value in wanted.items() if key != "metadata"})):
        raise Unsuitable(
            f"the server accepted the stream {name} without {', '.join(lost)}; "
            "does every node of the cluster run nats-server 2.12 or later?"
        )


async def set_clock(nc: Client, clock: Clock | None = None) -> None:
    """Sets event time. Without a clock: to the wall clock, and only if it was never set. Raises `ApiError`, `Unavailable`."""
    now = wall()
    payload = encode(clock or Clock(now=now, at=now))
    headers = {} if clock else {"Nats-Expected-Last-Subject-Sequence": "0"}
    try:
        await publish(nc, CLOCK.pattern, payload, headers)
    except ApiError as failure:
        if clock or failure.code != WRONG_LAST_SEQUENCE:
            raise
