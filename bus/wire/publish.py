"""One message stored, asked again until the server says so."""

import asyncio
import json

from nats.aio.client import Client
from nats.errors import Error, NoRespondersError, TimeoutError

from bus.errors import Unavailable
from bus.wire.api import ApiError


async def publish(
    nc: Client, subject: str, payload: bytes, headers: dict[str, str], *, timeout: float = 2, tries: int = 30
) -> int:
    """The sequence it was stored at. With a `Nats-Msg-Id` a retry within two minutes is recognised as the same message.

    Raises `ApiError` for a refusal, `Unavailable` after `tries`.
    """
    for _ in range(tries):
        try:
            answer = await nc.request(subject, payload, timeout=timeout, headers=headers)
        except TimeoutError:
            continue
        except NoRespondersError:
            await asyncio.sleep(timeout / 10)
            continue
        except Error as failure:
            raise Unavailable(f"publishing {subject}: {failure}") from failure
        told = json.loads(answer.data)
        if "error" not in told:
            return int(told["seq"])
        if told["error"].get("code") != 503:
            raise ApiError(
                told["error"].get("err_code", 0), told["error"].get("description", ""), f"publishing {subject}"
            )
        await asyncio.sleep(timeout / 10)
    raise Unavailable(f"{subject} was not stored in {tries} tries of {timeout:g} s")
