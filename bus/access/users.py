"""The users a server admits, in its own configuration's words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bus.access.permissions import Permissions


@dataclass(frozen=True, slots=True)
class User:
    """Whoever has the seed of this public key."""

    name: str
    public: str
    permissions: Permissions | None
    """None: everything."""


def users_conf(users: Sequence[User]) -> str:
    """A file to `include` in a nats-server's configuration. Nobody else is admitted."""
    lines = ["authorization {", "  users = ["]
    for user in users:
        lines.append(f"    # {user.name}")
        if user.permissions is None:
            lines.append(f"    {{ nkey: {user.public} }}")
            continue
        lines += [f"    {{ nkey: {user.public}", "      permissions: {"]
        for verb, subjects in (("publish", user.permissions.publish), ("subscribe", user.permissions.subscribe)):
            lines += [f"        {verb}: [", *(f"          {json.dumps(subject)}" for subject in subjects), "        ]"]
        lines += ["      }", "    }"]
    return "\n".join([*lines, "  ]", "}", ""])
