"""What an agent may do on the server: what follows from its declaration, and nothing more.

It may publish what it says and keeps and its own dead letters, hold its own place in the streams it hears, follow those of its
views, look up what is in a stream that it hears, follows, reads or writes, and answer its own questions. It may make, alter or
empty no stream, write no other's subjects, and listen to no other's inbox.

One thing the server's permissions can't tell apart: to follow a stream is to make a consumer on it, and whoever may make one
may alter another's. So an agent could disturb what others hear; it could not write for them.
"""

from dataclasses import dataclass

from bus.agent import Agent
from contracts.clock import CLOCK
from contracts.dead import DEAD_LETTER


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects, with wildcards, in the order of the story."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def permissions(agent: Agent) -> Permissions:
    """Derived from the declaration. The list for hearing, answering and direct gets was tried against nats-server 2.15.1."""
    name = agent.name
    written = [*agent.says, *agent.keeps]
    heard = sorted(agent.streams)
    followed = sorted({subject.stream for subject in agent.views} | {CLOCK.stream})
    read = sorted({*heard, *followed, DEAD_LETTER.stream, *(subject.stream for subject in (*written, *agent.reads))})
    return Permissions(
        publish=(
            *(subject.filter for subject in written),
            DEAD_LETTER.filter_of(agent=name),
            *(f"$JS.API.CONSUMER.{verb}.{stream}.{name}" for stream in heard for verb in _OF_A_CONSUMER),
            *(f"$JS.ACK.{stream}.{name}.>" for stream in heard),
            *(f"$JS.ACK.*.*.{stream}.{name}.>" for stream in heard),  # from the server's next form on
            *(f"$JS.API.CONSUMER.{verb}.{stream}.*" for stream in followed for verb in ("CREATE", "DELETE")),
            "$JS.FC.>",
            *(
                f"$JS.API.{verb}.{stream}"
                for stream in read
                for verb in ("STREAM.INFO", "STREAM.MSG.GET", "DIRECT.GET")
            ),
            "_INBOX.>",  # answers; an inbox can't be guessed
            f"$SRV.PING.{name}",  # its health check
        ),
        subscribe=(
            f"_INBOX.{name}.>",
            f"ask.{name}.*",
            *(f"$SRV.{verb}{end}" for verb in ("PING", "INFO", "STATS") for end in ("", f".{name}", f".{name}.*")),
        ),
    )


_OF_A_CONSUMER = ("CREATE", "INFO", "DELETE", "MSG.NEXT")
