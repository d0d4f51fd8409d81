"""What is accepted as a contact, and what is refused with which reason."""

import string
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.contacts import deliverable

PLAIN = "ana@example.org"
SPECIALS = "!#$&'*+-/=?^_`{|}~"
"""What a dot-atom may have besides letters and digits, but for `%`."""


@pytest.mark.parametrize(
    "contact",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param("ana.lopez+trips@mail.example.co.uk", id="tag and subdomains"),
        pytest.param("o'neil@example.org", id="apostrophe"),
        pytest.param("Ana.Lopez@Example.ORG", id="capitals"),
        pytest.param("12345@163.example", id="digits"),
        pytest.param("ana@xn--bcher-kva.example", id="encoded domain"),
        pytest.param("ana@example.xn--p1ai", id="encoded top-level domain"),
        pytest.param("a" * 64 + "@example.org", id="longest local part"),
        *(pytest.param(f"{sign}a{sign}@example.org", id=f"sign {sign}") for sign in SPECIALS),
    ],
)
def test_an_ordinary_address_is_its_own_deliverable_form(contact: str) -> None:
    """Addresses as people have them pass unchanged."""
    assert deliverable(contact) == contact


@pytest.mark.parametrize("contact", [" ana@example.org", "ana@example.org \n", "\tana@example.org"])
def test_surrounding_blanks_are_removed(contact: str) -> None:
    """Spreadsheets and exports add them."""
    assert deliverable(contact) == PLAIN


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@Bücher.Example", "ana@xn--bcher-kva.example"),
        ("ana@bu\u0308cher.example", "ana@xn--bcher-kva.example"),
        ("ana@почта.рф", "ana@xn--80a1acny.xn--p1ai"),
    ],
    ids=["umlaut", "capitals", "combining mark", "cyrillic"],
)
def test_a_domain_outside_ascii_becomes_its_encoded_form(contact: str, expected: str) -> None:
    """Mail servers know the domain by its `xn--` form."""
    assert deliverable(contact) == expected


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("   ", "is empty", id="blanks"),
        pytest.param("Ana <ana@example.org>", "has a name beside the address", id="a name"),
        pytest.param("Zoë Müller <zoe@example.org>", "has a name beside the address", id="a name outside ASCII"),
        pytest.param("<ana@example.org>", "has a name beside the address", id="angle brackets"),
        pytest.param("ana@example.org, eve@example.org", "is more than one address", id="two, comma"),
        pytest.param("ana@example.org;eve@example.org", "is more than one address", id="two, semicolon"),
        pytest.param("ana@example.org eve@example.org", "is more than one address", id="two, blank"),
        pytest.param("ana@eve@example.org", "is more than one address", id="two @"),
        pytest.param("json://example.org/hook", "is a URL", id="hook"),
        pytest.param("mailto:ana@example.org", "is a URL", id="mailto"),
        pytest.param("E-mail: ana@example.org", "has a label before the address", id="a label"),
        pytest.param("zoë@example.org", "has letters outside ASCII before the @", id="local part outside ASCII"),
        pytest.param("ana@straße.example", "its xn-- form", id="domain that two standards read differently"),
        pytest.param("ana@\uff45xample.org", "its xn-- form", id="full-width letters"),
        pytest.param("ana@example。org", "its xn-- form", id="ideographic full stop"),
        pytest.param("+1 212 555 0100", "is no e-mail address", id="telephone"),
        pytest.param("ana", "is no e-mail address", id="no domain"),
        pytest.param("@example.org", "is no e-mail address", id="no local part"),
        pytest.param("ana@", "is no e-mail address", id="nothing after the @"),
        pytest.param("ana@localhost", "is no e-mail address", id="domain of one label"),
        pytest.param("ana@192.0.2.1", "is no e-mail address", id="IP address"),
        pytest.param("ana@example..org", "is no e-mail address", id="empty label"),
        pytest.param("ana@-example.org", "is no e-mail address", id="hyphen first"),
        pytest.param("ana@exa_mple.org", "is no e-mail address", id="underscore in the domain"),
        pytest.param(".ana@example.org", "is no e-mail address", id="dot first"),
        pytest.param("a..b@example.org", "is no e-mail address", id="two dots"),
        pytest.param('"ana lopez"@example.org', "is no e-mail address", id="quoted"),
        pytest.param("ana%example.net@example.org", "is no e-mail address", id="relay"),
        pytest.param("ana@example.org\nBcc: eve@example.org", "is a URL or has a label", id="a header"),
        pytest.param("ana\n@example.org", "is no e-mail address", id="line break"),
        pytest.param("ana\0@example.org", "is no e-mail address", id="NUL"),
        pytest.param("a" * 65 + "@example.org", "is no e-mail address", id="local part too long"),
        pytest.param("ana@" + "a" * 64 + ".org", "is no e-mail address", id="label too long"),
        pytest.param("ana@" + "a.example." * 30 + "org", "is no e-mail address", id="address too long"),
    ],
)
def test_what_no_channel_can_deliver_to_is_refused(contact: str, reason: str) -> None:
    """In one line that names the mistake and what is wanted."""
    with pytest.raises(ValueError, match=f"{reason}.*: wanted one e-mail address such as ana@example.org$") as refused:
        deliverable(contact)
    assert "\n" not in str(refused.value)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.text(string.printable + "@.", max_size=40))
@example("o'neil@example.org")
@example("ana@İstanbul.example")
def test_whatever_is_accepted_is_one_plain_address(contact: str) -> None:
    """It can add no header and no second recipient, and checking it again changes nothing."""
    try:
        address = deliverable(contact)
    except ValueError:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not set(' %<>",;:()[]\\') & set(address)
    assert address.count("@") == 1
    assert parseaddr(address) == ("", address)
    assert deliverable(address) == address


@given(
    local=st.from_regex(r"[A-Za-z0-9!#$&'*+/=?^_`{|}~-]{1,20}(\.[A-Za-z0-9!#$&'*+/=?^_`{|}~-]{1,20})?", fullmatch=True),
    domain=st.from_regex(r"([a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?\.){1,3}[a-z]{2,10}", fullmatch=True),
)
def test_every_dot_atom_at_a_domain_is_accepted(local: str, domain: str) -> None:
    """The grammar refuses no address for looking unusual."""
    assert deliverable(f"{local}@{domain}") == f"{local}@{domain}"
