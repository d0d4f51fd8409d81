"""Stores one message."""

from nats.aio.client import Client

from bus.wire.retrying import request, retry


async def publish(
    nc: Client, subject: str, payload: bytes, headers: dict[str, str], *, timeout: float = 2, tries: int = 30
) -> int:
    """The stream sequence of the stored message. With a `Nats-Msg-Id`, a repeat within two minutes is recognised and stored
    once. Raises `ApiError`, `Unavailable`, and `TooLarge`."""

    async def attempt(_number: int) -> int:
        reply = await request(nc, subject, payload, what=f"publishing {subject}", timeout=timeout, headers=headers)
        return int(reply["seq"])

    return await retry(attempt, what=f"publishing {subject}", tries=tries)
