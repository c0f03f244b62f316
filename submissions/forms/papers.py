"""The submission form. It asks for nothing by force: a draft may be half empty; the rule of completeness lists the rest."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.html import escape
from django_countries import countries

from accounts.fields import LineField
from accounts.validators import shorten, tidy_orcid
from submissions import queries
from submissions.domain.page_law import describe
from submissions.forms.fields import LinesField, LongSelect, TextField
from submissions.models import Author, Category, Edition, ExtraField, Paper, Role, Topic
from submissions.services.contents import (
    ABSTRACT_MAX_CHARS,
    ANSWER_MAX_CHARS,
    INSTITUTION_MAX_CHARS,
    MAX_AUTHORS,
    MAX_INSTITUTIONS,
    AuthorData,
    PaperData,
)

#: Author rows that are read at all; each costs time.
MAX_ROWS = 250


class AuthorForm(forms.Form):
    name = LineField(max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = LineField(
        label="E-mail",
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    affiliation = LineField(max_length=200, required=False)
    country = forms.ChoiceField(required=False, choices=lambda: [("", "–"), *countries], widget=LongSelect)
    orcid = LineField(label="ORCID iD", max_length=60, required=False, widget=forms.TextInput())
    is_contact = forms.BooleanField(label="Contact: gets the mail and may edit", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "email", "affiliation"):
            _need(self.fields[name])

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_orcid(self) -> str:
        value = tidy_orcid(self.cleaned_data["orcid"])
        if len(value) > 19:
            raise forms.ValidationError(
                f"“{shorten(value)}” is not an ORCID iD. Write it like 0000-0002-1825-0097."
            )
        return value

    @property
    def is_blank(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("name", "email", "affiliation", "orcid"))


class BaseAuthorFormSet(BaseFormSet):
    def clean(self) -> None:
        if len(self.rows) > MAX_AUTHORS:
            raise forms.ValidationError(
                f"{len(self.rows)} authors are given; at most {MAX_AUTHORS} fit. "
                "If your paper really has more, write to the chairs."
            )
        places: dict[str, list[int]] = {}
        for place, row in enumerate(self.rows, 1):
            email = row.cleaned_data.get("email", "")
            if email:
                places.setdefault(email, []).append(place)
        for email, given in places.items():
            if len(given) > 1:
                raise forms.ValidationError(
                    f"{shorten(email)} is given for authors {' and '.join(map(str, given))}. "
                    "Each author needs an address of their own: it is how they find the paper."
                )

    @property
    def rows(self) -> list[AuthorForm]:
        """The author rows in their order, without removed and empty ones."""
        kept = [
            form
            for form in self.forms
            if hasattr(form, "cleaned_data") and not form.cleaned_data.get("DELETE")
        ]
        kept.sort(
            key=lambda form: (form.cleaned_data.get("ORDER") is None, form.cleaned_data.get("ORDER") or 0)
        )
        return [form for form in kept if not form.is_blank]

    def authors(self) -> list[AuthorData]:
        fields = ("name", "email", "affiliation", "country", "orcid", "is_contact")
        return [AuthorData(**{name: row.cleaned_data[name] for name in fields}) for row in self.rows]


AuthorFormSet = formset_factory(
    AuthorForm,
    formset=BaseAuthorFormSet,
    extra=0,
    can_order=True,
    can_delete=True,
    # More than fit, so that a long list is refused with its number and nothing of it is lost.
    max_num=MAX_ROWS,
    absolute_max=MAX_ROWS,
)


class CategoryField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Category) -> str:
        limit = describe(obj.law()) if obj.needs_file else "no file needed"
        return f"{obj.name}: {limit}"


class RoleField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Role) -> str:
        return ", ".join(filter(None, [obj.name, obj.affiliation]))


class PaperForm(forms.Form):
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    creation_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    title = LineField(
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "input--title"}),
    )
    abstract = TextField(required=False, max_length=ABSTRACT_MAX_CHARS)
    category = CategoryField(
        queryset=Category.objects.none(),
        required=False,
        empty_label=None,
        widget=forms.RadioSelect(attrs={"class": "choices--cards"}),
        error_messages={
            "invalid_choice": "“%(value)s” is no category of this call. Choose one of those listed."
        },
    )
    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices--columns"}),
        error_messages={
            "invalid_choice": "“%(value)s” is no topic of this call. Choose from those listed.",
            "invalid_pk_value": "“%(pk)s” is no topic of this call. Choose from those listed.",
        },
    )
    conflicts = RoleField(
        label="Committee members with a conflict of interest",
        queryset=Role.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices--columns"}),
        help_text="Tick who must not handle your paper: people you work with, wrote with lately, or advise. "
        "They will not see it. Only chairs without a conflict see what you tick.",
        error_messages={
            "invalid_choice": "“%(value)s” is nobody of this committee. Choose from those listed.",
            "invalid_pk_value": "“%(pk)s” is nobody of this committee. Choose from those listed.",
        },
    )
    institutions = LinesField(
        label="Institutions with a conflict of interest",
        required=False,
        most=MAX_INSTITUTIONS,
        longest=INSTITUTION_MAX_CHARS,
        what="institution",
        widget=forms.Textarea(attrs={"rows": 3, "data-institutions": "", "spellcheck": "false"}),
        help_text="One a line, by name or by the domain of its addresses (mit.edu). Nobody from there will see your paper. "
        "Your own need not be named: they are found from the list of authors.",
    )
    file = forms.FileField(
        label="Your paper as a PDF",
        required=False,
        max_length=None,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition
        self._offer_choices()
        self.extra_fields = queries.fields_of(edition)
        for extra in self.extra_fields:
            self.fields[self.name_of(extra)] = _field_for(extra)
        for name in self.fields.keys() & {"title", "abstract", "category", "topics", "file"}:
            _need(self.fields[name])

    def _offer_choices(self) -> None:
        edition = self.edition
        fields: dict[str, Any] = self.fields
        fields["title"].help_text = "LaTeX math such as $O(n \\log n)$ is shown as math."
        fields["abstract"].widget.attrs |= {
            "rows": 10,
            "data-minlength": edition.abstract_min_words,
            "data-maxlength": edition.abstract_max_words,
            "data-unit": "words",
        }
        fields["abstract"].help_text = f"{_word_limits(edition)}LaTeX math is shown as math."
        fields["category"].queryset = edition.categories.all()
        fields["topics"].queryset = edition.topics.all()
        if edition.max_topics:
            fields["topics"].help_text = f"Choose at least one and at most {edition.max_topics}."
        else:
            fields["topics"].help_text = "Choose at least one."
        if not edition.topics.exists():
            del fields["topics"]
        fields["conflicts"].queryset = edition.roles.exclude(kind=Role.Kind.STEERING).order_by("name")
        if not fields["conflicts"].queryset.exists():
            del fields["conflicts"]
        fields["file"].widget.attrs["data-max-bytes"] = edition.max_file_mb * 1_000_000
        fields["file"].help_text = f"At most {edition.max_file_mb} MB. Its pages are counted as you upload."

    @staticmethod
    def name_of(extra: ExtraField) -> str:
        return f"extra_{extra.slug}"

    def extra_bound(self) -> list[forms.BoundField]:
        return [self[self.name_of(extra)] for extra in self.extra_fields]

    def clean_topics(self) -> Any:
        topics, most = self.cleaned_data["topics"], self.edition.max_topics
        if most and len(topics) > most:
            raise forms.ValidationError(f"{len(topics)} topics are chosen; the call allows {most}.")
        return topics

    def data_for_service(self, authors: list[AuthorData]) -> PaperData:
        cleaned = self.cleaned_data
        return PaperData(
            title=cleaned["title"],
            abstract=cleaned["abstract"],
            category=cleaned["category"],
            topics=list(cleaned.get("topics") or ()),
            authors=authors,
            conflicts=list(cleaned.get("conflicts") or ()),
            institutions=cleaned["institutions"],
            extras={
                extra.pk: _answer(extra, cleaned.get(self.name_of(extra)))
                for extra in self.extra_fields
                if extra.kind != ExtraField.Kind.FILE
            },
        )

    def attachments(self) -> dict[int, UploadedFile]:
        files = {
            extra.pk: self.cleaned_data.get(self.name_of(extra))
            for extra in self.extra_fields
            if extra.kind == ExtraField.Kind.FILE
        }
        return {pk: file for pk, file in files.items() if file}


def _need(field: Any) -> None:
    """A draft may leave it empty, but the paper is not in without it: the label must not say "(optional)"."""
    field.needed = True


def _word_limits(edition: Edition) -> str:
    """ "100 to 300 words. ", "At most 300 words. ", or nothing where the call sets no limit."""
    least, most = edition.abstract_min_words, edition.abstract_max_words
    if least and most:
        return f"{least} to {most} words. "
    return f"At most {most} words. " if most else f"At least {least} words. " if least else ""


def _field_for(extra: ExtraField) -> forms.Field:
    # Help texts are shown as HTML, and this one was written by a chair.
    common: dict[str, Any] = {"label": extra.label, "help_text": escape(extra.help_text), "required": False}
    field: forms.Field
    if extra.kind == ExtraField.Kind.CHOICE:
        field = forms.ChoiceField(
            choices=[("", "–"), *((choice, choice) for choice in extra.choices)],
            error_messages={"invalid_choice": "“%(value)s” is not one of the choices."},
            **common,
        )
    elif extra.kind == ExtraField.Kind.CHECKBOX:
        field = forms.BooleanField(**common)
    elif extra.kind == ExtraField.Kind.FILE:
        field = forms.FileField(max_length=None, allow_empty_file=True, **common)
    else:
        field = TextField(
            max_length=extra.max_chars or ANSWER_MAX_CHARS, widget=forms.Textarea(attrs={"rows": 3}), **common
        )
    if extra.required:
        _need(field)
    return field


def _answer(extra: ExtraField, value: Any) -> str:
    if extra.kind == ExtraField.Kind.CHECKBOX:
        return "yes" if value else ""
    return str(value or "")


def initial_for(paper: Paper) -> dict[str, Any]:
    """What the form shows of a paper."""
    answers = {answer.field_id: answer.value for answer in paper.extra_answers.all()}
    return {
        "revision": paper.revision,
        "creation_key": paper.creation_key,
        "title": paper.title,
        "abstract": paper.abstract,
        "category": paper.category,
        "topics": [topic.pk for topic in paper.topics.all()],
        "conflicts": [conflict.role_id for conflict in paper.declared_conflicts.all()],
        "institutions": paper.conflict_institutions,
        **{
            PaperForm.name_of(extra): answers.get(extra.pk, "")
            for extra in paper.edition.extra_fields.all()
            if extra.kind != ExtraField.Kind.FILE
        },
    }


def author_rows(authors: "list[Author]") -> list[dict[str, Any]]:
    return [
        {
            "name": it.name,
            "email": it.email,
            "affiliation": it.affiliation,
            "country": str(it.country),
            "orcid": it.orcid,
            "is_contact": it.is_contact,
        }
        for it in authors
    ]


def new_key() -> UUID:
    return uuid4()


def rearranged(data: QueryDict, order: str) -> list[dict[str, Any]]:
    """The posted author rows after one of the row buttons, for browsers without JavaScript.

    `order` is "add", "up-N", "down-N" or "remove-N" with N the row's index in the form; anything else changes nothing.
    """
    formset = AuthorFormSet(data, prefix="authors")
    formset.is_valid()
    names = ("name", "email", "affiliation", "country", "orcid", "is_contact")
    rows = [
        {"index": index, **{name: form[name].data for name in names}}
        for index, form in enumerate(formset.forms)
        if not form["DELETE"].data
    ]
    verb, _, where = order.partition("-")
    place = next((at for at, row in enumerate(rows) if str(row["index"]) == where), None)
    if verb == "add" and len(rows) < MAX_AUTHORS:
        rows.append(dict.fromkeys(names, ""))
    elif place is not None and verb == "remove":
        del rows[place]
    elif place is not None and verb in ("up", "down"):
        other = place + (-1 if verb == "up" else 1)
        if 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]
    return rows


def with_colleagues(data: QueryDict, edition: Edition) -> QueryDict:
    """The posted form with everybody from the authors' institutions ticked as a conflict."""
    changed = data.copy()
    formset = AuthorFormSet(data, prefix="authors")
    formset.is_valid()
    homes = {_folded(form["affiliation"].data) for form in formset.forms} - {""}
    chosen = set(changed.getlist("conflicts"))
    chosen |= {
        str(role.pk)
        for role in edition.roles.exclude(kind=Role.Kind.STEERING)
        if _folded(role.affiliation) in homes
    }
    MultiValueDict.setlist(changed, "conflicts", sorted(chosen))
    return changed


def _folded(affiliation: str | None) -> str:
    return " ".join((affiliation or "").casefold().replace(",", " ").split())
