"""The languages in which there are letters, and which of them a party reads."""

from typing import Literal, get_args

from contracts.ledger import Language

LetterLanguage = Literal["en", "es", "fr"]
LANGUAGES: tuple[LetterLanguage, ...] = get_args(LetterLanguage)


def letter_language(tag: Language, *, default: LetterLanguage) -> LetterLanguage:
    """The language of the tag's primary subtag (RFC 5646, 2.2.1), `es` for `es-MX`, if there are letters in it; else `default`.

    Tags are compared without case (RFC 5646, 2.1.1).
    """
    primary = tag.partition("-")[0].lower()
    return next((language for language in LANGUAGES if language == primary), default)
