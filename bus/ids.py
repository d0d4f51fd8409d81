"""Identities that are the same when a message is handled again."""

from base64 import urlsafe_b64encode
from hashlib import blake2b


def derived_id(*parts: str) -> str:
    """20 URL-safe characters (120 bits) that depend on the parts and their order only."""
    digest = blake2b(digest_size=15)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part.encode())
    return urlsafe_b64encode(digest.digest()).decode()
