"""Form fields for what people write about themselves and others. The rooms above use them for authors too."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from accounts.validators import shorten, tidy_line, tidy_orcid, validate_line, validate_orcid


class LineField(forms.CharField):
    """One line of text in any script. Pasted line ends and double spaces are tidied; invisible controls are refused."""

    def to_python(self, value: Any) -> str:
        return tidy_line(super().to_python(value) or "")

    def run_validators(self, value: str) -> None:
        """Raise ValidationError with one sentence that quotes the value."""
        if self.max_length is not None and len(value) > self.max_length:
            raise ValidationError(
                "“%(value)s” has %(length)d characters; at most %(limit)d are possible.",
                code="max_length",
                params={"value": shorten(value), "length": len(value), "limit": self.max_length},
            )
        validate_line(value)


class OrcidField(forms.CharField):
    """An ORCID iD, with or without its address and hyphens, checked by its last character."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "ORCID iD")
        kwargs.setdefault("help_text", "Like 0000-0002-1825-0097. The whole address may be pasted.")
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("class", "input--medium")

    def to_python(self, value: Any) -> str:
        return tidy_orcid(super().to_python(value) or "")

    def run_validators(self, value: str) -> None:
        if value:
            validate_orcid(value)


class HomePageField(forms.CharField):
    """The address of a web page: http or https only, since it becomes a link on public pages."""

    widget = forms.URLInput

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if text and "://" not in text and not text.lower().startswith(("javascript:", "data:", "mailto:")):
            text = f"https://{text}"
        return text

    def run_validators(self, value: str) -> None:
        if not value:
            return
        params = {"value": shorten(value)}
        if self.max_length is not None and len(value) > self.max_length:
            raise ValidationError(
                f"“%(value)s” has {len(value)} characters; at most {self.max_length} are possible.",
                code="max_length",
                params=params,
            )
        try:
            validate_line(value)
            URLValidator(schemes=["http", "https"])(value)
            if urlsplit(value).username is not None:
                raise ValidationError("with a user name")
        except ValidationError as error:
            raise ValidationError(
                "“%(value)s” is not the address of a web page. Write it like https://example.org/~ada.",
                code="invalid",
                params=params,
            ) from error
