"""The papers a member wrote: pasted, from a BibTeX file, or as PDFs."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

from reviews.domain.bibtex import MOST_BYTES, Reading, decoded, pasted, read
from reviews.forms.files import FilesField, FilesInput
from reviews.models import OwnPaper
from reviews.services import own_paper_files

Source = OwnPaper.Source


class OwnPapersForm(forms.Form):
    """One way or another; what was read is shown before anything is kept."""

    text = forms.CharField(
        label="BibTeX, or titles and abstracts",
        required=False,
        strip=False,
        help_text="Paste BibTeX as it is. Or write the title in one line and the abstract below it, with an empty line "
        "between two papers.",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    bib = forms.FileField(
        label="BibTeX file",
        required=False,
        allow_empty_file=True,
        help_text="At most 2 MB, for example exported from DBLP, Scholar or Zotero.",
        widget=forms.FileInput(attrs={"accept": ".bib,.txt,text/plain", "data-max-bytes": MOST_BYTES}),
    )
    pdfs = FilesField(
        label="PDFs",
        required=False,
        help_text=f"Up to {own_paper_files.MOST_FILES} at a time. Title and abstract are read from the first page; the "
        "files are not kept.",
        widget=FilesInput(
            attrs={"accept": ".pdf,application/pdf", "data-max-bytes": own_paper_files.MOST_FILE_BYTES}
        ),
    )
    source = forms.CharField(required=False, widget=forms.HiddenInput, max_length=10)

    def reading(self) -> tuple[Reading, str, str]:
        """What was read, the text it can be read from again, and where it came from. After `is_valid`."""
        pdfs, bib = self.cleaned_data["pdfs"], self.cleaned_data["bib"]
        if pdfs:
            found = self._of_pdfs(pdfs)
            return found, own_paper_files.as_pasted(found), Source.PDF
        if bib is not None:
            if (bib.size or 0) > MOST_BYTES:
                found = Reading()
                found.problem(
                    f"The file has {bib.size:,} bytes; at most {MOST_BYTES:,} are read. Leave out older papers."
                )
                return found, "", Source.BIBTEX
            text = decoded(bib.read())
            return read(text), text, Source.BIBTEX
        text = self.cleaned_data["text"]
        source = self.cleaned_data["source"]
        if source == Source.BIBTEX or ("@" in text and _is_bibtex(text)):
            return read(text), text, Source.BIBTEX
        return pasted(text), text, Source.PDF if source == Source.PDF else Source.PASTED

    def _of_pdfs(self, pdfs: list[UploadedFile]) -> Reading:
        if len(pdfs) <= own_paper_files.MOST_FILES:
            return own_paper_files.read(pdfs)
        return Reading(problems=[own_paper_files.problem_of_number(len(pdfs))])


def _is_bibtex(text: str) -> bool:
    """Whether an entry begins a line: exports have comments before the first one."""
    return any(line.lstrip().startswith("@") and ("{" in line or "(" in line) for line in text.splitlines())
