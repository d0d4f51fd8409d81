"""What a failed connection or a denied request means, in one line with what to do. Nothing in it is a credential."""

import re
import socket
import ssl

from nats.errors import Error, SecureConnWantedError

_QUOTED = re.compile(r"'(.*)'\Z", re.DOTALL)
_DENIED = re.compile(r'permissions violation for (publish|subscription) to "([^"\s]*)"', re.IGNORECASE)

_PLAIN = {"$js", "$JS", "$srv", "$SRV", "ask", "dead", "_inbox", "_INBOX"}
"""First tokens of subjects that name no party."""
_LOGIN = (
    "the server does not accept this login; set IROPS_KEYS to the folder that `irops users` made for it, IROPS_NATS_CREDS,"
    " or the user and password in NATS_URL"
)
_REFUSALS = {
    "authorization violation": _LOGIN,
    "user authentication expired": "the user's credentials have expired; get new ones",
    "user authentication revoked": "the user's credentials have been revoked; get new ones",
    "account authentication expired": "the account's credentials have expired; get new ones",
    "authentication timeout": "the server waited too long for the login; try again",
    "maximum connections exceeded": "the server takes no more connections (max_connections)",
    "maximum account active connections exceeded": "the account takes no more connections",
    "secure connection - tls required": "the server demands TLS; use tls:// in NATS_URL",
    "maximum payload violation": "a message was larger than the server's max_payload",
}
"""By the text of the server's `-ERR`, in lower case."""


def denied(failure: Exception) -> tuple[str, str] | None:
    """`publish` or `subscription`, and the subject, when the server denied a permission."""
    found = _DENIED.search(str(failure))
    return (found[1].lower(), found[2]) if found else None


def shown(subject: str) -> str:
    """A subject as a log may have it: the later tokens of a message's subject may name a party."""
    tokens = subject.split(".")
    return subject if tokens[0] in _PLAIN or len(tokens) < 3 else ".".join([*tokens[:2], ">"])


def is_refusal(failure: Exception) -> bool:
    """Whether a server was reached and did not accept us: its `-ERR`, or TLS that failed."""
    if isinstance(failure, (ssl.SSLError, SecureConnWantedError)):
        return True
    return isinstance(failure, Error) and _QUOTED.search(str(failure)) is not None


def cause(failure: Exception) -> str:
    """The reason a server was not reached or did not accept us."""
    if isinstance(failure, SecureConnWantedError):
        return "TLS is demanded and the server offers none, so nothing was sent; use nats:// for a server without TLS"
    if isinstance(failure, ssl.SSLCertVerificationError):
        return _bad_certificate(failure)
    if isinstance(failure, ssl.SSLError):
        return _failed_tls(failure)
    if isinstance(failure, (OSError, TimeoutError)):
        return _unreached(failure)
    return _refused(failure)


def _unreached(failure: Exception) -> str:
    if isinstance(failure, socket.gaierror):
        return "the host name is unknown"
    if isinstance(failure, ConnectionRefusedError) or "Connect call failed" in str(failure):
        return "connection refused: no server listens there"
    if isinstance(failure, TimeoutError):
        return "no answer in time"
    return getattr(failure, "strerror", None) or str(failure) or type(failure).__name__


def _refused(failure: Exception) -> str:
    text = str(failure).removeprefix("nats: ")
    quoted = _QUOTED.search(text)
    reason = quoted[1] if quoted else text
    if permission := denied(failure):
        verb, subject = permission
        does = "publish to" if verb == "publish" else "subscribe to"
        return f"not permitted to {does} {shown(subject)}"
    known = _REFUSALS.get(reason.lower())
    if known is None and not isinstance(failure, Error):
        return f"{type(failure).__name__}: {reason}"
    return known or reason


def _bad_certificate(failure: ssl.SSLCertVerificationError) -> str:
    why = failure.verify_message or str(failure)
    if "issuer" in why or "self-signed" in why or "self signed" in why:
        return f"the server's certificate is from an unknown authority ({why}); name its PEM file in IROPS_NATS_CA"
    return f"the server's certificate is refused: {why}"


def _failed_tls(failure: ssl.SSLError) -> str:
    reason = (failure.reason or str(failure)).lower().replace("_", " ")
    if "certificate required" in reason or "bad certificate" in reason:
        return f"the server wants a client certificate that it knows ({reason}); set IROPS_NATS_CERT and IROPS_NATS_KEY"
    return f"TLS failed: {reason}"
