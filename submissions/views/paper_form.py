"""The submission form: a new paper and an old one, saved as one types and by the button, with nothing lost."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from submissions import policy, queries
from submissions.domain.workflow import State
from submissions.forms.papers import (
    AuthorFormSet,
    PaperForm,
    author_rows,
    initial_for,
    new_key,
    rearranged,
    with_colleagues,
)
from submissions.models import Edition, Paper
from submissions.services import contents, papers
from submissions.services.errors import Closed, NotAllowed, Refused, Stale, WouldBreak
from submissions.uploads import failed_files
from submissions.views.papers import actor, find_edition, find_paper, show


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest, edition: str) -> HttpResponse:
    """The empty form. Its key makes one paper however often it is posted; from the first save on it edits that one."""
    call = find_edition(request, edition)
    if request.method == "POST":
        try:
            return _SavedForm(request, call, None).answer()
        except NotAllowed as error:
            raise Http404 from error
    closing = queries.registration_closing(call)
    if closing is not None and not closing.open_at(request.arrived_at):  # type: ignore[attr-defined]
        return show(request, "submissions/closed.html", {"closing": closing}, edition=call, status=403)
    person = actor(request)
    form = PaperForm(edition=call, initial={"creation_key": new_key(), "revision": 1})
    row = {
        "name": person.name,
        "email": person.email,
        "affiliation": person.affiliation,
        "country": str(person.country),
        "orcid": person.orcid,
        "is_contact": True,
    }
    return _page(request, call, None, form, AuthorFormSet(initial=[row], prefix="authors"))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    paper = find_paper(request, edition, number)
    if not policy.may_edit(actor(request), paper):
        raise Http404
    if request.method == "POST":
        try:
            return _SavedForm(request, paper.edition, paper).answer()
        except NotAllowed as error:
            raise Http404 from error
    if paper.state not in (State.DRAFT, State.SUBMITTED) or not queries.open_for_authors(
        paper, timezone.now()
    ):
        return redirect(paper)
    return _unbound_page(request, paper)


class _SavedForm:
    """One POST of the form: what it wants, what the service says, and the page that answers."""

    def __init__(self, request: HttpRequest, edition: Edition, paper: Paper | None) -> None:
        self.request, self.edition, self.paper = request, edition, paper
        self.autosave = request.headers.get("X-Autosave") == "1"
        self.form = PaperForm(request.POST, request.FILES, edition=edition)
        self.authors: Any = AuthorFormSet(request.POST, prefix="authors")

    def answer(self) -> HttpResponse:
        button = self.request.POST.get("row", "")
        if button:
            return self._rearranged(button)
        if not (self.form.is_valid() & self.authors.is_valid()):
            return self._refused("")
        data = self.form.data_for_service(self.authors.authors())
        arrived_at = self.request.arrived_at  # type: ignore[attr-defined]
        try:
            if self.paper is None:
                self.paper = papers.create(
                    actor=actor(self.request),
                    edition=self.edition,
                    creation_key=self.form.cleaned_data["creation_key"] or new_key(),
                    arrived_at=arrived_at,
                )
            saved = papers.save(
                actor=actor(self.request),
                paper=queries.whole(Paper.objects.filter(pk=self.paper.pk)).get(),
                revision=self.form.cleaned_data["revision"] or 0,
                data=data,
                arrived_at=arrived_at,
                upload=self.form.cleaned_data["file"],
                attachments=self.form.attachments(),
                lost_uploads=bool(failed_files(self.request)),
            )
        except NotAllowed:
            raise
        except Stale as error:
            return self._stale(str(error), data)
        except WouldBreak as error:
            return self._would_break(error)
        except (Closed, Refused) as error:
            return self._refused(str(error))
        return self._saved(saved)

    def _saved(self, saved: papers.Saved) -> HttpResponse:
        paper = queries.whole(Paper.objects.filter(pk=saved.paper.pk)).get()
        if self.autosave:
            return _status(self.request, paper, state="saved")
        if saved.file_problems:
            return _unbound_page(self.request, paper, file_problems=saved.file_problems)
        if not Paper.objects.visible_to(actor(self.request)).filter(pk=paper.pk).exists():
            messages.info(self.request, f"Saved. You are no longer an author of #{paper.number}.")
            return redirect("my_papers")
        self._say(paper, saved)
        return redirect("paper_edit" if saved.missing else "paper", self.edition.slug, paper.number)

    def _say(self, paper: Paper, saved: papers.Saved) -> None:
        if saved.went_in:
            words = f"Your paper is in as #{paper.number}. A receipt goes to {', '.join(queries.contacts(paper))}."
            messages.success(self.request, words)
        elif saved.missing:
            messages.info(self.request, "Draft saved. It is not submitted yet: see what is missing.")
        elif saved.changes:
            messages.success(
                self.request, "Saved. Your paper stays in; an updated receipt follows in ten minutes."
            )
        else:
            messages.info(self.request, "There was nothing to change. Your paper is in.")

    def _rearranged(self, button: str) -> HttpResponse:
        """The row buttons and the colleagues button, for browsers without JavaScript: nothing is saved yet."""
        posted = self.request.POST
        form = PaperForm(
            with_colleagues(posted, self.edition) if button == "colleagues" else posted, edition=self.edition
        )
        authors = AuthorFormSet(initial=rearranged(posted, button), prefix="authors")
        if button == "add" and authors.forms:
            authors.forms[-1].fields["name"].widget.attrs["autofocus"] = True
        return _page(self.request, self.edition, self.paper, form, authors, unsaved="now")

    def _refused(self, message: str, status: int = 422, **context: Any) -> HttpResponse:
        paper = self.paper and queries.whole(Paper.objects.filter(pk=self.paper.pk)).get()
        if self.autosave:
            problems = [message] if message else [*_all_errors(self.form), *_author_errors(self.authors)]
            return _status(self.request, paper, state="failed", problems=problems, edition=self.edition)
        if message:
            messages.error(self.request, message)
        return _page(
            self.request,
            self.edition,
            paper,
            self.form,
            self.authors,
            status=status,
            unsaved="later",
            had_file=self._had_file,
            **context,
        )

    def _would_break(self, error: WouldBreak) -> HttpResponse:
        return self._refused(
            str(error) if self.autosave else "", breaking=error.missing, problems=error.file_problems
        )

    def _stale(self, message: str, data: contents.PaperData) -> HttpResponse:
        if self.paper is None:
            raise Http404
        paper = queries.whole(Paper.objects.filter(pk=self.paper.pk)).get()
        if self.autosave:
            words = f"{message} Press “Save” to compare the two versions."
            return _status(self.request, paper, state="failed", problems=[words], keep_revision=True)
        posted = self.request.POST.copy()
        posted["revision"] = str(paper.revision)
        self.form = PaperForm(posted, edition=self.edition)
        theirs = [
            {"label": label.capitalize(), "theirs": values[0], "mine": values[1]}
            for label, values in contents.differences(paper, data).items()
        ]
        return _page(
            self.request,
            self.edition,
            paper,
            self.form,
            self.authors,
            status=409,
            stale=theirs,
            stale_message=message,
            had_file=self._had_file,
        )

    @property
    def _had_file(self) -> bool:
        return bool(self.request.FILES)


def _all_errors(form: PaperForm) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]


def _author_errors(formset: Any) -> list[str]:
    return [str(error) for error in formset.non_form_errors()] + [
        str(error) for form in formset.forms for errors in form.errors.values() for error in errors
    ]


def _status(request: HttpRequest, paper: Paper | None, **context: Any) -> HttpResponse:
    """The panel that says where the paper stands: the answer to a save while typing."""
    edition = paper.edition if paper else context.pop("edition")
    context.pop("edition", None)
    return render(request, "submissions/_status.html", {**_standing(paper), "edition": edition, **context})


def _standing(paper: Paper | None) -> dict[str, Any]:
    if paper is None:
        return {"paper": None}
    return {
        "paper": paper,
        "missing": queries.missing_items(paper),
        "closing": queries.closing_of(paper),
        "now": timezone.now(),
    }


def _unbound_page(
    request: HttpRequest, paper: Paper, *, file_problems: list[str] | None = None
) -> HttpResponse:
    """The form as the paper stands now; with the sentences about a file that was not taken."""
    form = PaperForm(edition=paper.edition, initial=initial_for(paper))
    authors = AuthorFormSet(initial=author_rows(list(paper.authors.all())), prefix="authors")
    return _page(
        request,
        paper.edition,
        paper,
        form,
        authors,
        status=422 if file_problems else 200,
        file_problems=file_problems or [],
        refused=queries.refused_upload(paper),
        may_edit=True,
        open=True,
    )


def _page(
    request: HttpRequest,
    edition: Edition,
    paper: Paper | None,
    form: PaperForm,
    authors: Any,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    closing = queries.closing_of(paper) if paper else queries.call_closing(edition)
    own = reverse("paper_edit", args=[edition.slug, paper.number]) if paper else request.path
    return show(
        request,
        "submissions/paper_form.html",
        {
            **_standing(paper),
            "form": form,
            "authors": authors,
            "closing": closing,
            "action": own,
            "registration": queries.registration_closing(edition) if paper is None else None,
            **context,
        },
        edition=edition,
        status=status,
    )
