"""What an operator's tools import: streams, servers, connections, keys, discovery and raw stream positions.

Agents import from `bus` alone. Everything here is for programs that look at a system from outside, or set one up.
"""

from bus.access.keys import key_in, make_key
from bus.access.permissions import Permissions
from bus.access.users import User, authorization, users_conf
from bus.admin.child_process import ends_with_parent
from bus.admin.consumers import retire_consumer
from bus.admin.dead_letters import remove
from bus.admin.discovery import Instance, discover
from bus.admin.pending import consumers_of, consumers_on, pending_work, timers_due, waiting_for
from bus.admin.provision import provision, set_clock
from bus.admin.purge import NotPassed, behind, purge
from bus.admin.restore import Restored, restore
from bus.admin.server import Server, ServerFailed, alone_in, free_port
from bus.admin.stored import provisioned, stored
from bus.admin.stream_states import StreamListing, StreamState, list_streams, stream_state
from bus.delivery import Recorded
from bus.errors import ApiError
from bus.known_settings import Variables, check_own
from bus.retention import FACTS_LAST
from bus.state.watch import Watch
from bus.wire.api import NO_CLUSTER, NOT_FOUND, call, last_sequence, next_sequence
from bus.wire.connection import close, connect, connect_within
from bus.wire.direct_get import Raw
from bus.wire.envelope import UNDECODABLE, written_in_shadow

__all__ = [
    "ApiError",
    "FACTS_LAST",
    "Instance",
    "NOT_FOUND",
    "NO_CLUSTER",
    "NotPassed",
    "Permissions",
    "Raw",
    "Recorded",
    "Restored",
    "Server",
    "ServerFailed",
    "StreamState",
    "StreamListing",
    "UNDECODABLE",
    "User",
    "Variables",
    "Watch",
    "alone_in",
    "authorization",
    "behind",
    "call",
    "check_own",
    "close",
    "connect",
    "connect_within",
    "consumers_of",
    "consumers_on",
    "discover",
    "ends_with_parent",
    "free_port",
    "key_in",
    "last_sequence",
    "list_streams",
    "make_key",
    "next_sequence",
    "pending_work",
    "provision",
    "provisioned",
    "purge",
    "remove",
    "restore",
    "retire_consumer",
    "written_in_shadow",
    "set_clock",
    "stored",
    "stream_state",
    "timers_due",
    "users_conf",
    "waiting_for",
]
