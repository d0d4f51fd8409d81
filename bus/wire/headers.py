"""Message headers to and from the bytes of a NATS message, quicker than nats-py does it.

nats-py 2.16 examines every character of every header name in Python: 24 us for the 16 headers of a stored state, more than
everything else that is done to read it. `parse_headers` takes 6 us, and `header_block` a third of nats-py's time.
"""


def parse_headers(raw: bytes) -> dict[str, str]:
    """Parses a block of `Name: value` lines, as nats-py does, except that an invalid name (not ASCII, or with a space) is
    kept: no reader asks for it."""
    found: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            found[name.strip(" \t")] = value.strip(" \t")
    return found


def header_block(headers: dict[str, str]) -> bytes:
    """The headers as sent, first line included. Raises `ValueError` for a header with a line break in it."""
    lines = "\r\n".join([f"{name}: {value}" for name, value in headers.items()])
    if lines.count("\n") != len(headers) - 1 or lines.count("\r") != len(headers) - 1:
        raise ValueError(f"a header has a line break in it: {headers!r}")
    return f"NATS/1.0\r\n{lines}\r\n\r\n".encode()
