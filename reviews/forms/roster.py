"""The forms of the chairs' committee pages."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django_countries import countries

from accounts.fields import LineField
from reviews import roster_list
from reviews.domain import roster_csv
from reviews.models import CommitteeSettings, Member
from reviews.services.roster import Facts
from submissions.forms.fields import LongSelect

KINDS_BY_FILE = (
    (Member.Kind.PC_MEMBER, "Members of the programme committee"),
    (Member.Kind.EXTERNAL, "External reviewers, never printed in the call"),
)


class FilterForm(forms.Form):
    q = forms.CharField(label="Search", required=False, max_length=200)
    standing = forms.ChoiceField(
        label="State", required=False, choices=[("", "All"), *roster_list.STANDINGS.items()]
    )
    kind = forms.ChoiceField(label="Role", required=False, choices=[("", "All"), *Member.Kind.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["q"].widget.attrs["placeholder"] = "Name, address, affiliation"
        for field in fields.values():
            field.needed = True


class MemberForm(forms.Form):
    name = LineField(max_length=200, error_messages={"required": "Write the person's name."})
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        max_length=254,
        help_text="Where the invitation goes. Never printed.",
        error_messages={"invalid": "This is not an e-mail address. Write it like ada@example.org."},
    )
    kind = forms.ChoiceField(
        label="Role",
        choices=Member.Kind.choices,
        initial=Member.Kind.PC_MEMBER,
        help_text="Chairs see all papers once they accept. External reviewers are not printed in the call.",
        error_messages={"invalid_choice": "“%(value)s” is not a role. Choose one of those listed."},
    )
    affiliation = LineField(required=False, max_length=200)
    country = forms.ChoiceField(
        required=False,
        widget=LongSelect,
        error_messages={"invalid_choice": "“%(value)s” is not a country. Choose one of those listed."},
    )
    load_limit = forms.IntegerField(
        label="Papers at most",
        required=False,
        min_value=0,
        max_value=roster_csv.MAX_LOAD,
        help_text="Empty: the usual load in the committee's settings.",
        widget=forms.NumberInput(attrs={"class": "input--short"}),
        error_messages={
            "invalid": "This is not a number of papers. Write a whole number, or leave it empty.",
            "min_value": "Write 0 or more.",
            "max_value": f"At most {roster_csv.MAX_LOAD} papers are possible.",
        },
    )
    senior = forms.BooleanField(
        required=False, label="Experienced: counts where each paper needs one such reviewer"
    )
    expected = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["country"].choices = [("", "–"), *countries]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    @property
    def facts(self) -> Facts:
        return Facts(**{name: value for name, value in self.cleaned_data.items() if name != "expected"})


class ImportForm(forms.Form):
    """First a file or pasted text; then the text that was shown, with the stamp of its plan."""

    file = forms.FileField(
        required=False,
        label="CSV file",
        widget=forms.FileInput(
            attrs={"accept": ".csv,.txt,.tsv,text/csv", "data-max-bytes": roster_csv.MAX_BYTES}
        ),
        help_text="At most 1 MB and 1,000 people.",
    )
    text = forms.CharField(
        required=False,
        label="Or paste the lines",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"}),
        help_text="With the headings in the first line.",
    )
    kind = forms.ChoiceField(
        label="They are",
        choices=KINDS_BY_FILE,
        initial=Member.Kind.PC_MEMBER,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what these people are.",
            "invalid_choice": "“%(value)s” is not a role that a file can give.",
        },
    )
    expected = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("file") and not data.get("text", "").strip() and not self.errors:
            self.add_error("file", "Choose a file, or paste its lines below.")
        return data

    def clean_text(self) -> str:
        """Browsers send line ends of their own; the plan's stamp must not depend on them."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\r", "\n")

    def data_of_file(self) -> bytes | None:
        """The bytes of the file; not more than are read anyway."""
        file: UploadedFile | None = self.cleaned_data.get("file")
        return file.read(roster_csv.MAX_BYTES + 1) if file else None


class SettingsForm(forms.ModelForm):
    #: The parts of the page: heading, what to know, fields.
    PARTS = (
        (
            "The committee and its papers",
            "",
            (
                "reviews_per_paper",
                "default_load",
                "least_load",
                "invitation_days",
                "conflict_years",
                "bids_before_deadline",
            ),
        ),
        (
            "Who sees what",
            "Choose before the reviews begin: what somebody has read stays read. Authors never learn who reviews, and "
            "nobody sees anything of a paper that they have a conflict with.",
            ("others_reviews", "names_to_reviewers", "guests_need_approval", "response_words"),
        ),
    )

    class Meta:
        model = CommitteeSettings
        fields = (
            "reviews_per_paper",
            "default_load",
            "least_load",
            "invitation_days",
            "conflict_years",
            "bids_before_deadline",
            "others_reviews",
            "names_to_reviewers",
            "guests_need_approval",
            "response_words",
        )
        labels = {  # noqa: RUF012
            "reviews_per_paper": "Reviews for each paper",
            "default_load": "Papers for a member at most",
            "least_load": "Papers for a member at least",
            "invitation_days": "Days to answer an invitation",
            "conflict_years": "Years for which co-authors are in conflict",
            "bids_before_deadline": "Members may bid while papers are still coming in",
            "others_reviews": "Reviewers read the other reviews of a paper, and discuss it",
            "names_to_reviewers": "Reviewers of a paper see each other's names",
            "guests_need_approval": "A chair approves each guest who writes a review for a member",
            "response_words": "Words of an authors' response at most",
        }
        help_texts = {  # noqa: RUF012
            "default_load": "For those who asked for no other number. Chairs get papers only if they ask for some.",
            "least_load": "As far as their own load allows. 0: some may get none.",
            "conflict_years": "Usual practice is three or four.",
            "bids_before_deadline": "They then see each paper as soon as it is submitted, and it may still change.",
            "names_to_reviewers": "Otherwise they are “Reviewer A”, “Reviewer B” to each other, in random order.",
            "guests_need_approval": "Otherwise a guest is invited at once, unless something speaks of a conflict.",
            "response_words": "Authors respond only if the call has a date for it.",
        }
        widgets = {"others_reviews": forms.RadioSelect}  # noqa: RUF012

    expected = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        readers = CommitteeSettings.OthersReviews
        self.fields["others_reviews"].choices = [  # type: ignore[attr-defined]
            (readers.AFTER_OWN, "After they submitted their own"),
            (readers.ALWAYS, "At any time, but they discuss only after their own"),
            (readers.NEVER, "Never: only the chairs read all of them, and there is no discussion"),
        ]
        for field in self.fields.values():
            if isinstance(field, forms.IntegerField):
                field.widget.attrs["class"] = "input--short"
                field.error_messages |= {
                    "invalid": "This is not a whole number.",
                    "required": "Write a number.",
                }
            if isinstance(field, forms.BooleanField):
                field.needed = True  # type: ignore[attr-defined]

    @property
    def parts(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        return [(heading, lead, [self[name] for name in names]) for heading, lead, names in self.PARTS]
