"""The users that a nats-server admits, in the form of its configuration file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bus.access.permissions import Permissions


@dataclass(frozen=True, slots=True)
class User:
    """A user that signs in with the seed of this public key."""

    name: str
    public: str
    permissions: Permissions | None
    """None: may do everything."""


def users_conf(users: Sequence[User]) -> str:
    """A file to `include` in a nats-server's configuration: in `authorization` for a server of one system, or in one of its
    `accounts`. The server then admits no other user, or no other to that account."""
    lines = ["users = ["]
    for user in users:
        lines.append(f"  # {user.name}")
        if user.permissions is None:
            lines.append(f"  {{ nkey: {user.public} }}")
            continue
        lines += [f"  {{ nkey: {user.public}", "    permissions: {"]
        for verb, subjects in (("publish", user.permissions.publish), ("subscribe", user.permissions.subscribe)):
            lines += [f"      {verb}: [", *(f"        {json.dumps(subject)}" for subject in subjects), "      ]"]
        lines += ["    }", "  }"]
    return "\n".join([*lines, "]", ""])


def authorization(users: str) -> str:
    """The configuration of a server that admits these users, as `users_conf` writes them, and no other."""
    return f"authorization {{\n{users}}}\n"
