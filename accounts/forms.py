"""What people fill in about themselves. The forms of allauth's pages are in sign_in_forms.py, which imports this."""

from itertools import groupby
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.http import HttpRequest
from django_countries import countries

from accounts import mail_groups
from accounts.fields import HomePageField, LineField, OrcidField
from accounts.models import User
from accounts.validators import shorten, validate_time_zone


class CountryField(forms.TypedChoiceField):
    """A plain list: browsers jump to what one types."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(choices=lambda: [("", "Choose a country or region"), *countries], **kwargs)
        self.widget.attrs.setdefault("autocomplete", "country")

    def validate(self, value: Any) -> None:
        self.error_messages["invalid_choice"] = f"“{shorten(str(value))}” is not a country in the list."
        super().validate(value)


def name_field(**kwargs: Any) -> LineField:
    return LineField(
        label="Name",
        max_length=200,
        help_text="As you write it on a paper, in any script.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        **kwargs,
    )


def affiliation_field() -> LineField:
    return LineField(
        label="Affiliation",
        max_length=200,
        required=False,
        help_text="University, institute or company. Leave it empty if you work on your own.",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "dir": "auto"}),
    )


class SignupDetailsForm(forms.Form):
    """What sign-up asks beyond address and password. allauth's sign-up forms inherit from it."""

    name = name_field()
    affiliation = affiliation_field()
    country = CountryField(label="Country or region")

    field_order = ("name", "email", "password1", "affiliation", "country")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the row exists."""
        user.name = self.cleaned_data["name"]
        user.affiliation = self.cleaned_data["affiliation"]
        user.country = self.cleaned_data["country"]
        user.save(update_fields=["name", "affiliation", "country"])


def time_zone_choices() -> list[tuple[str, Any]]:
    """Zones by region: Europe › Rome. The few without a region that people use come first."""
    zones = sorted(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/"))
    )
    choices: list[tuple[str, Any]] = [("", "UTC, unless you choose another")]
    for region, names in groupby(zones, key=lambda name: name.partition("/")[0]):
        choices.append((region, [(name, name.partition("/")[2].replace("_", " ")) for name in names]))
    return choices


class ProfileForm(forms.Form):
    name = name_field()
    affiliation = affiliation_field()
    country = CountryField(label="Country or region")
    orcid = OrcidField(required=False)
    homepage = HomePageField(
        label="Home page",
        required=False,
        max_length=300,
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
    )
    time_zone = forms.CharField(
        label="Time zone",
        required=False,
        validators=[validate_time_zone],
        help_text="Deadlines are shown in this zone beside the zone of the call.",
        widget=forms.Select(choices=[]),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["time_zone"]
        zone.widget.choices = time_zone_choices()


class DeleteAccountForm(forms.Form):
    confirmation = forms.CharField(
        label="Your e-mail address",
        max_length=300,
        widget=forms.EmailInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class MailForm(forms.Form):
    """What optional mail a person wants."""

    PACES = (
        ("now", "At once, each by itself"),
        ("daily", "One mail a day, at 8 in the morning of your time zone"),
    )

    wanted = forms.MultipleChoiceField(
        label="I want to receive",
        required=False,
        choices=lambda: [(it.slug, it.label) for it in mail_groups.groups.values()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "“%(value)s” is not a kind of mail of this site."},
    )
    pace = forms.ChoiceField(
        label="When",
        choices=PACES,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose when this mail comes.",
            "invalid_choice": "“%(value)s” is not one of the two: at once, or one mail a day.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["wanted"].needed = True  # none at all is an answer, too
