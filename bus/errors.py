"""The errors that decide what happens next, and the two that say the bus could not do it.

A handler ends in one of four ways: it returns (the messages are done), raises `Retry`, raises `Reject`, or raises anything
else, which is a bug: tried again after growing pauses, then a dead letter with its traceback.
"""

from datetime import timedelta


class Retry(Exception):
    """Not now: hear the message again after a while. Raise it when what is missing will come by itself."""

    def __init__(self, after: timedelta, why: str) -> None:
        super().__init__(f"again in {after.total_seconds():g} s: {why}")
        self.after = after
        self.why = why


class Reject(Exception):
    """Never: the message itself is wrong. It becomes a dead letter at once."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Conflict(Exception):
    """Another commit came first: nothing of this one was written. Load again and decide again."""


class Unavailable(Exception):
    """The server did not answer in time, however often it was asked. What was sent may or may not have been stored."""


class Unsuitable(Exception):
    """The server, or a stream on it, cannot serve this system until an operator changes it. The text says what and how."""


class AskFailed(Exception):
    """The other side answered a question with an error. `code` has HTTP's meaning."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class StandDown(BaseException):
    """This process must not go on, whatever it is doing: another has taken its place. It ends, and may be started anew."""
