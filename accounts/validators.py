"""Checks of what a person says about themselves."""

import re
import unicodedata
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

ORCID_SHAPE = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.ASCII)

# Embeddings, overrides and isolates turn the rest of a line around: in a list of authors, one name could make the
# others read wrongly, and nobody needs them to write a name. The joiners and direction marks that Arabic, Persian,
# Hebrew and Indic names and emoji do need (U+200C to U+200F, U+061C) stay allowed.
BIDI_CONTROLS = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
# Letters and symbols that show nothing.
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def shorten(value: str, length: int = 60) -> str:
    """`value` for quoting in a sentence: its beginning when it is long, invisible characters made visible."""
    cut = value if len(value) <= length else value[: length - 1] + "…"
    return "".join(f"⟨U+{ord(ch):04X}⟩" if is_forbidden(ch) else ch for ch in cut)


def is_forbidden(character: str) -> bool:
    """Whether `character` has no place in a line of text: controls, line ends, lone surrogates, bidi controls."""
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in BIDI_CONTROLS


#: No line that we take is longer. Composing takes time with the square of a run of combining marks: minutes for
#: those that fit into one request.
LONGEST_COMPOSED = 1000


def tidy_line(value: str) -> str:
    """`value` on one line: tabs, line ends and runs of spaces (usual when pasted) become one space; Unicode NFC."""
    line = re.sub(r"[\s\ufeff]+", " ", value).strip()
    return unicodedata.normalize("NFC", line).strip() if len(line) <= LONGEST_COMPOSED else line


def validate_line(value: str) -> None:
    """Raise ValidationError if `value` holds characters that a printed line must not hold, or shows nothing at all."""
    for character in value:
        if is_forbidden(character):
            name = unicodedata.name(character, "a control character").lower()
            raise ValidationError(
                "“%(value)s” contains an invisible character that would garble lists: U+%(code)s (%(name)s). "
                "Delete it, or type the text anew.",
                code="forbidden_character",
                params={"value": shorten(value), "code": f"{ord(character):04X}", "name": name},
            )
    if value and all(unicodedata.category(ch)[0] in "CZ" or ch in BLANKS for ch in value):
        raise ValidationError("This shows nothing: write at least one visible character.", code="blank")


def orcid_check_digit(digits: str) -> str:
    """The last character of an ORCID iD from its first fifteen digits (ISO 7064, MOD 11-2)."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    result = (12 - total % 11) % 11
    return "X" if result == 10 else str(result)


def tidy_orcid(value: str) -> str:
    """The bare iD from what people paste: the address https://orcid.org/…, or 16 digits without hyphens."""
    value = re.sub(r"^(https?://)?(www\.)?(sandbox\.)?orcid\.org/", "", value.strip(), flags=re.IGNORECASE)
    value = value.strip().rstrip("/").upper()
    if re.fullmatch(r"\d{15}[\dX]", value, re.ASCII):
        value = "-".join(value[start : start + 4] for start in range(0, 16, 4))
    return value


def validate_orcid(value: str) -> None:
    """Raise ValidationError unless `value` is a well-formed ORCID iD such as 0000-0002-1825-0097."""
    if not ORCID_SHAPE.fullmatch(value):
        raise ValidationError(
            "“%(value)s” is not an ORCID iD. Write it as 16 digits in four groups, like 0000-0002-1825-0097.",
            code="orcid_shape",
            params={"value": shorten(value)},
        )
    digits = value.replace("-", "")
    if orcid_check_digit(digits[:-1]) != digits[-1]:
        raise ValidationError(
            "“%(value)s” is not a valid ORCID iD: its last character does not match the others. "
            "Look for a mistyped digit.",
            code="orcid_checksum",
            params={"value": value},
        )


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless `value` names a zone of the IANA database, such as Europe/Rome."""
    if value not in available_timezones():
        raise ValidationError(
            "“%(value)s” is not a time zone we know. Choose one such as Europe/Rome or Asia/Kolkata.",
            code="time_zone",
            params={"value": shorten(value)},
        )
