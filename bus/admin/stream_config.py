"""A stream's configuration: which settings are the system's, which are the operator's, and whose a stream is.

Every stream that provisioning creates is marked in its metadata. A stream without the mark belongs to another application,
whatever its name, and so does one that stores other subjects. Settings that `_owned` does not list are the operator's and are
kept: replicas, placement, limits (`max_age`, `max_bytes`, `max_msgs`, `max_msg_size`, `discard`), compression. Of the limits
`max_msgs_per_subject` alone is owned: it is what makes a stream of states or of all messages.

No stream allows roll-ups or schedules: with either, anyone who may publish one subject could rewrite the stream.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from contracts.streams import Stream

MARK = {"irops": "1"}
"""The metadata of a stream that provisioning created, and the version of its layout."""

Config = Mapping[str, Any]
"""A stream's configuration in the server's JSON form."""


def new_config(stream: Stream, *, replicas: int, max_age: timedelta | None) -> dict[str, Any]:
    """The configuration of a new stream. `max_age`: None for the contract's own."""
    return _owned(stream) | {
        "name": stream.name,
        "retention": "limits",
        "storage": "file",
        "discard": "old",
        "num_replicas": replicas,
        "max_age": _nanoseconds(stream.max_age or timedelta(0) if max_age is None else max_age),
        "metadata": MARK,
    }


def changes_needed(found: Config, stream: Stream, *, replicas: int | None, max_age: timedelta | None) -> dict[str, Any]:
    """The settings that differ from what is wanted, with the values they are to have. Replicas and age are changed only where
    they are given."""
    wanted = _owned(stream)
    if replicas is not None:
        wanted["num_replicas"] = replicas
    if max_age is not None:
        wanted["max_age"] = _nanoseconds(max_age)
    return differing(found, wanted)


def differing(found: Config, wanted: Config) -> dict[str, Any]:
    """The wanted settings that the found configuration does not have. The server leaves out what is off or zero."""
    return {key: value for key, value in wanted.items() if (found.get(key) or None) != (value or None)}


def is_marked(found: Config) -> bool:
    """Whether provisioning created the stream."""
    return MARK.keys() <= (found.get("metadata") or {}).keys()


def foreign_subjects(found: Config, stream: Stream) -> list[str]:
    """Subjects that the stream stores and the contract does not give it."""
    return [subject for subject in found.get("subjects") or () if subject not in stream.subjects]


def _owned(stream: Stream) -> dict[str, Any]:
    return {
        "description": stream.what,
        "subjects": list(stream.subjects),
        "max_msgs_per_subject": -1 if stream.every_message else 1,
        "allow_atomic": True,
        "allow_direct": True,
        "allow_msg_ttl": True,
        "allow_rollup_hdrs": False,
        "allow_msg_schedules": False,
        "deny_delete": False,
        "deny_purge": False,
    }


def _nanoseconds(time: timedelta) -> int:
    return int(time.total_seconds() * 1e9)


def shown(key: str, value: object) -> str:
    """A setting's value for an operator to read."""
    if key == "max_age" and isinstance(value, int):
        return str(timedelta(microseconds=value // 1000)) if value else "for ever"
    return repr(value)
