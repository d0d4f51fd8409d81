"""An agent as a NATS micro service: discoverable, pingable, with stats, answering questions.

nats.micro answers an exception with its repr; here an asker sees either what `AskFailed` says on purpose, or that the
agent failed and nothing of how.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import nats.micro
import structlog
from nats.aio.client import Client
from nats.micro.request import Request
from nats.micro.service import EndpointStats, Service

from bus.agent import Agent, Answer
from bus.envelope import decoder, encode
from bus.errors import AskFailed, StandDown
from contracts.subject import Ask

VERSION = "0.1.0"

log = structlog.get_logger("bus")


async def serve(
    nc: Client,
    agent: Agent,
    answers: Mapping[Ask[Any, Any], Answer],
    *,
    stats: Callable[[], Any],
    stand_down: Callable[[BaseException], None],
) -> Service:
    """Starts the service. `stats()` is JSON-able and travels in each endpoint's STATS; `stand_down` hears of a `StandDown`."""

    def told(_endpoint: EndpointStats) -> Any:
        return stats()

    service = await nats.micro.add_service(
        nc, name=agent.name, version=VERSION, description=f"irops agent {agent.name}", stats_handler=told
    )
    for ask, answer in answers.items():
        await service.add_endpoint(name=ask.verb, subject=ask.name, handler=_endpoint(ask, answer, stand_down))
    return service


def _endpoint(
    ask: Ask[Any, Any], answer: Answer, stand_down: Callable[[BaseException], None]
) -> Callable[[Request], Any]:
    async def handle(request: Request) -> None:
        try:
            question = decoder(ask.question).decode(request.data)
        except msgspec.DecodeError as failure:
            await request.respond_error("400", f"not a {ask.question.__name__}: {failure}")
            return
        try:
            reply = await answer(question)
        except AskFailed as failure:
            await request.respond_error(str(failure.code), failure.text)
        except StandDown as end:
            stand_down(end)
            await request.respond_error("503", f"this {ask.agent} has been replaced; ask again")
        except Exception:
            log.exception("could not answer", ask=ask.name)
            await request.respond_error("500", f"{ask.agent} could not answer; its log says why")
        else:
            await request.respond(encode(reply))

    return handle
