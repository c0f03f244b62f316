"""Forms filled in offline, on their way back."""

from django.forms import BooleanField, Form

from reviews.domain import offline_files
from reviews.domain.offline_files import Found
from reviews.forms.files import FilesField, FilesInput


class UploadForm(Form):
    """What is wrong inside the files is said by the service, for all of them at once."""

    hide_optional = True
    forms = FilesField(
        label="Filled-in forms",
        required=False,
        help_text="Text files, as many as you like, or a ZIP of them. The manuscripts may stay in the ZIP.",
        widget=FilesInput(attrs={"accept": ".txt,.text,.md,.zip,text/plain,application/zip"}),
    )
    submit = BooleanField(
        label="Submit those that are complete",
        required=False,
        help_text="Otherwise all of them are drafts, and you submit each on its page.",
    )
    replace = BooleanField(
        label="Replace what is saved on the site",
        required=False,
        help_text="For drafts that were changed here after you downloaded the form.",
    )

    def collect(self) -> Found:
        """The forms in the files; after `is_valid`."""
        return offline_files.collect((it.name or "file", it) for it in self.cleaned_data["forms"])
