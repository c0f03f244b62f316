"""Checks of what a person says about themselves."""

import re
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

ORCID_SHAPE = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


def orcid_check_digit(digits: str) -> str:
    """The last character of an ORCID iD from its first fifteen digits (ISO 7064, MOD 11-2)."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    result = (12 - total % 11) % 11
    return "X" if result == 10 else str(result)


def validate_orcid(value: str) -> None:
    """Raise ValidationError unless `value` is a well-formed ORCID iD such as 0000-0002-1825-0097."""
    if not ORCID_SHAPE.fullmatch(value):
        raise ValidationError(
            "“%(value)s” is not an ORCID iD. Write it as 16 digits in four groups, like 0000-0002-1825-0097.",
            code="orcid_shape",
            params={"value": value},
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
            params={"value": value},
        )
