"""How long a response may be. An endpoint that goes on for ever, or packs gigabytes into a few bytes, would otherwise fill the
memory, and what is read of it would be parsed at a stretch, in which nobody else is planned."""

from collections.abc import AsyncIterator

import msgspec
from httpx2 import AsyncByteStream, Response

_ROUND = 64 * 1024
"""Bytes for all that is not the answer's text."""
_TOKEN = 64
"""Bytes of a token: escaped, and said twice where thinking is told as well."""
_EVENT = 512
"""Bytes of a token where each comes in an event of its own."""
_MOST = 4 * 1024 * 1024


class TooLong(Exception):
    """The response is longer than an answer can be, or nobody can tell how long it is."""


class Bounded:
    """A response hook for an HTTP client whose answers have at most `max_tokens`."""

    def __init__(self, *, max_tokens: int) -> None:
        self._max_tokens = max_tokens

    async def __call__(self, response: Response) -> None:
        """Reading more of the response than there may be raises `TooLong`; so does this, for one that is compressed."""
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise TooLong("compressed, though nobody asked for that")
        assert isinstance(response.stream, AsyncByteStream)
        asked = msgspec.json.decode(response.request.content, type=_Asked)
        most = min(_ROUND + self._max_tokens * (_EVENT if asked.stream else _TOKEN), _MOST)
        response.stream = _Measured(response.stream, most)


class _Asked(msgspec.Struct):
    stream: bool = False


class _Measured(AsyncByteStream):
    def __init__(self, stream: AsyncByteStream, most: int) -> None:
        self._stream, self._most = stream, most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for part in self._stream:
            read += len(part)
            if read > self._most:
                raise TooLong("longer than an answer can be")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
