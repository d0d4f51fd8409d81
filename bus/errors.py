"""Errors that decide what happens to a message, and errors of the bus itself.

A handler ends in one of four ways. It returns: the messages are done. It raises `Retry` or `Reject`. Anything else is a bug:
the message is retried after growing pauses and then becomes a dead letter with the traceback.
"""

from datetime import timedelta


class Retry(Exception):
    """Deliver the message again after `after`. For what is missing and will come by itself."""

    def __init__(self, after: timedelta, why: str) -> None:
        super().__init__(f"retry in {after.total_seconds():g} s: {why}")
        self.after = after
        self.why = why


class Reject(Exception):
    """The message itself is wrong. It becomes a dead letter at once."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Conflict(Exception):
    """Another commit came first and nothing of this one was written. Load again and decide again."""


class Unavailable(Exception):
    """The server did not do it, for a reason that may pass; the text has the reason. What was sent may have been stored."""


class Unreachable(Unavailable):
    """No server was reached, as opposed to one that did not accept the connection."""


class TooLarge(ValueError):
    """A message is larger than the server takes. Sending it again cannot succeed."""

    def __init__(self, subject: str, size: int, limit: int) -> None:
        super().__init__(f"{subject}: {size:,} bytes with headers, and the server takes {limit:,} (max_payload)")
        self.size = size
        self.limit = limit


class Misdeclared(ValueError):
    """An agent's code and its declaration do not fit together. The text says where, and what to declare."""


class NotAShadow(ValueError):
    """An agent that may run in a shadow alone has met a system that is none."""


class ApiError(Exception):
    """JetStream refused a request. `code` is its own error code."""

    def __init__(self, code: int, text: str, asked: str) -> None:
        super().__init__(f"{asked}: {text} ({code})")
        self.code = code


class Unsuitable(Exception):
    """The server, or a stream on it, cannot serve this system until an operator changes it. The text says what and how."""


class AskFailed(Exception):
    """An agent answered a question with an error. `code` has HTTP's meaning."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class StandDown(BaseException):
    """Another process has taken this one's place. This one stops, whatever it is doing, and may be restarted."""
