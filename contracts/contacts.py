"""What a party's contact may be: one e-mail address that every channel can deliver to.

The booker checks a contact when a booking is imported, the notifier before it writes to it, both with `deliverable`. So a
contact that no channel can reach is refused while there is time to correct it.
"""

import re
import unicodedata

_LOCAL = re.compile(r"[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+)*")
"""RFC 5322 dot-atom without `%`, by which an address once named relays (RFC 5321, appendix F.2)."""
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
_LIMIT = 254
"""RFC 5321, 4.5.3.1.3: a path has 256 octets, two of them angle brackets."""
_WANTED = "wanted one e-mail address such as ana@example.org"


def deliverable(contact: str) -> str:
    """Get the address that letters to this contact are sent to.

    It is the contact without surrounding blanks, and with a domain outside ASCII in its `xn--` form (RFC 3490). The result is
    plain ASCII with exactly one `@` and neither blanks nor `%`, and `deliverable` leaves it as it is.

    Raises ValueError for anything else. Its text is one line that completes "the contact ..." and does not repeat the contact,
    which is personal.
    """
    address = contact.strip(" \t\r\n")
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = _in_ascii(domain)
    if not _is_address(local, domain):
        raise ValueError(f"{_fault(address)}: {_WANTED}")
    return f"{local}@{domain}"


def _in_ascii(domain: str) -> str:
    """The domain in its `xn--` form, or unchanged where that form may name another domain.

    The standard library has IDNA 2003, which rewrites some letters (`ß` to `ss`) that IDNA 2008 keeps: only a domain that
    comes back unchanged means the same in both.
    """
    lowered = unicodedata.normalize("NFC", domain.lower())
    try:
        encoded = lowered.encode("idna")
        return encoded.decode("ascii") if encoded.decode("idna") == lowered else domain
    except UnicodeError:
        return domain


def _is_address(local: str, domain: str) -> bool:
    """RFC 5321, 4.1.2 and 4.5.3.1, of which are left out: quoted local parts, address literals and domains of one label."""
    labels = domain.split(".")
    return (
        len(local) + 1 + len(domain) <= _LIMIT
        and len(local) <= 64
        and _LOCAL.fullmatch(local) is not None
        and len(labels) > 1
        and all(len(label) <= 63 and _LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def _fault(address: str) -> str:
    """The most likely mistake."""
    local = address.rpartition("@")[0]
    mistakes = (
        (not address, "is empty"),
        (":" in address, "is a URL or has a label before the address"),
        ("<" in address or ">" in address, "has a name beside the address"),
        (address.count("@") > 1 or "," in address or ";" in address, "is more than one address"),
        (not local.isascii(), "has letters outside ASCII before the @, to which no channel can deliver"),
        (not address.isascii(), "has a domain that has to be written in its xn-- form"),
    )
    return next((mistake for made, mistake in mistakes if made), "is no e-mail address")
