"""What this system needs of a nats-server.

Below 2.12 a server accepts `allow_atomic` and ignores it: a batch that it refuses leaves its first messages written.
"""

from nats.aio.client import Client

from bus.errors import Unsuitable

LEAST_VERSION = (2, 12)


def check_version(nc: Client) -> None:
    """Raises `Unsuitable` if the connected server is too old."""
    version = nc.connected_server_version
    if (version.major, version.minor) < LEAST_VERSION:
        raise Unsuitable(
            f"nats-server {'.'.join(map(str, LEAST_VERSION))} or later is needed, this is "
            f"{version.major}.{version.minor}.{version.patch}; start a newer server on the same data"
        )
