"""How long a response may be.

Without a limit, an endpoint that never stops sending, or that compresses gigabytes into a few bytes, fills the memory; and
parsing what it sent blocks the event loop.
"""

from collections.abc import AsyncIterator

import msgspec
from httpx2 import AsyncByteStream, Response

_ENVELOPE = 64 * 1024
"""Bytes for everything but the answer's text."""
_TOKEN = 64
"""Bytes per token of an answer: escaped, and sent twice where the model's thinking comes along."""
_EVENT = 512
"""Bytes per token of a stream, where each token is an event of its own."""
_MOST = 4 * 1024 * 1024


class ResponseTooLong(Exception):
    """The response is longer than an answer can be, or compressed, which hides its length."""


class ResponseLimit:
    """A response hook for an HTTP client whose answers have at most `max_tokens` tokens."""

    def __init__(self, *, max_tokens: int) -> None:
        self._max_tokens = max_tokens

    async def __call__(self, response: Response) -> None:
        """Makes reading past the limit raise `ResponseTooLong`. Raises it at once for a compressed response."""
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise ResponseTooLong("compressed, though identity was requested")
        assert isinstance(response.stream, AsyncByteStream)
        request = msgspec.json.decode(response.request.content, type=_Request)
        most = min(_ENVELOPE + self._max_tokens * (_EVENT if request.stream else _TOKEN), _MOST)
        response.stream = _Counted(response.stream, most)


class _Request(msgspec.Struct):
    stream: bool = False


class _Counted(AsyncByteStream):
    def __init__(self, stream: AsyncByteStream, most: int) -> None:
        self._stream, self._most = stream, most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for part in self._stream:
            read += len(part)
            if read > self._most:
                raise ResponseTooLong("longer than an answer can be")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
