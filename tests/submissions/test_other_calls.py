"""Calls unlike ScaDL's: extra questions, a category without a file, limits that exclude references."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from submissions import queries
from submissions.models import ExtraField, Paper, Role
from submissions.services import papers
from submissions.services.errors import Refused
from tests import factories
from tests.factories import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    return factories.edition()


@pytest.fixture
def ada():
    return factories.person("Ada Author", affiliation="Example University")


@pytest.fixture
def browser(ada):
    return factories.signed_in(ada)


@pytest.fixture
def where(call):
    return reverse("paper_new", args=[call.slug])


def ask(call, slug, kind, **fields) -> ExtraField:
    return ExtraField.objects.create(edition=call, slug=slug, label=slug.capitalize(), kind=kind, **fields)


def test_required_questions_are_missing_until_they_are_answered(call, ada, browser, where):
    ask(call, "software", "text", required=True)
    ask(call, "student", "checkbox", required=True)
    ask(call, "format", "choice", required=True, choices=["talk", "poster"])
    ask(call, "remark", "text")
    answer = browser.post(where, Form.filled(call, ada).with_file().fields, follow=True)
    page = answer.content.decode()
    for label in ("Software", "Student", "Format"):
        assert f"Answer “{label}”." in page
    assert "Answer “Remark”." not in page
    paper = Paper.objects.get()
    assert paper.state == "draft"
    browser.post(
        reverse("paper_edit", args=[call.slug, paper.number]),
        Form.of(paper).but(extra_software="PyTorch", extra_student="on", extra_format="poster").fields,
    )
    paper = factories.fresh(paper)
    assert paper.state == "submitted"
    page = browser.get(paper.get_absolute_url()).content.decode()
    assert "PyTorch" in page
    assert "poster" in page


def test_an_answer_that_was_not_offered_is_refused_by_name(call, ada, browser, where):
    ask(call, "format", "choice", choices=["talk", "poster"])
    answer = browser.post(where, Form.filled(call, ada).but(extra_format="opera").fields)
    assert answer.status_code == 422
    assert "“opera” is not one of the choices." in answer.content.decode()


def test_an_attachment_is_kept_and_served_as_a_file_only(call, ada, browser, where):
    ask(call, "data", "file", required=True)
    page = SimpleUploadedFile("evil.html", b"<script>alert(1)</script>", content_type="text/html")
    browser.post(where, Form.filled(call, ada).with_file().but(extra_data=page).fields)
    paper = Paper.objects.get()
    assert paper.state == "submitted"
    answer = browser.get(reverse("paper_attachment", args=[call.slug, paper.number, "data"]))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"


def test_an_empty_attachment_is_refused_and_the_text_is_kept(call, ada, browser, where):
    ask(call, "data", "file")
    nothing = SimpleUploadedFile("nothing.csv", b"")
    answer = browser.post(where, Form.filled(call, ada).but(extra_data=nothing).fields)
    assert answer.status_code == 422
    assert "“nothing.csv” is empty." in answer.content.decode()
    assert Paper.objects.get().title == "Gradients on the Move"


def test_a_category_without_a_file_needs_none(call, ada, browser, where):
    call.categories.filter(slug="abstract").update(needs_file=False, min_pages=None, max_pages=None)
    browser.post(where, Form.filled(call, ada, category="abstract").fields)
    paper = Paper.objects.get()
    assert (paper.state, paper.manuscript) == ("submitted", None)


def test_a_body_that_seems_too_long_is_accepted_and_shown_to_the_chair(call, ada, browser, where):
    call.categories.filter(slug="regular").update(
        min_pages=None, max_pages=7, excludes=["references", "appendices"], max_total_pages=10
    )
    browser.post(where, Form.filled(call, ada).with_file("genuine/ieee_letter_10p.pdf").fields)
    paper = Paper.objects.get()
    assert paper.state == "submitted"
    chair = factories.signed_in(factories.chair(call))
    assert "seem to count" in chair.get(reverse("chair_papers", args=[call.slug])).content.decode()
    answer = browser.post(
        reverse("paper_edit", args=[call.slug, paper.number]),
        Form.of(factories.fresh(paper)).with_file("genuine/ieee_letter_11p.pdf").fields,
    )
    assert "Your PDF has 11 pages." in answer.content.decode()


def test_colleagues_are_ticked_by_one_button_and_steering_is_not_offered(call, ada, browser, where):
    same = factories.role(call, Role.Kind.PC_MEMBER, name="Colleague", affiliation="example  university")
    other = factories.role(call, Role.Kind.PC_MEMBER, name="Elsewhere", affiliation="Other Labs")
    factories.role(call, Role.Kind.STEERING, name="Steersman", affiliation="Example University")
    page = browser.post(where, Form.filled(call, ada).but(row="colleagues").fields).content.decode()
    assert "Steersman" not in page
    ticked = [line for line in page.splitlines() if 'name="conflicts"' in line and "checked" in line]
    assert len(ticked) == 1
    assert f'value="{same.pk}"' in ticked[0]
    assert f'value="{other.pk}"' in page


def test_declared_conflicts_are_saved_and_shown_to_the_authors(call, ada, browser, where):
    role = factories.role(call, Role.Kind.PC_MEMBER, name="Rita Reviewer", affiliation="Sample Labs")
    browser.post(where, Form.filled(call, ada).with_file().but(conflicts=[role.pk]).fields)
    paper = Paper.objects.get()
    assert [it.role for it in paper.declared_conflicts.all()] == [role]
    assert "Rita Reviewer" in browser.get(paper.get_absolute_url()).content.decode()


def test_more_topics_than_the_call_allows(call, ada, browser, where):
    call.max_topics = 1
    call.save()
    topics = [topic.pk for topic in call.topics.all()[:2]]
    answer = browser.post(where, Form.filled(call, ada).but(topics=topics).fields)
    assert "2 topics are chosen; the call allows 1." in answer.content.decode()


def test_the_service_holds_the_call_also_against_those_who_come_without_a_form(call, ada):
    choice = ask(call, "format", "choice", choices=["talk", "poster"])
    call.max_topics = 1
    call.save()
    paper = factories.paper(call, ada, file=None)
    for wrong in ({"topics": list(call.topics.all())}, {"extras": {choice.pk: "opera"}}):
        with pytest.raises(Refused):
            papers.save(
                actor=ada,
                paper=paper,
                revision=paper.revision,
                data=factories.whole_data(call, factories.author_data(ada), **wrong),
                arrived_at=timezone.now(),
            )
    assert factories.fresh(paper).revision == paper.revision


def test_a_paper_that_came_in_under_an_earlier_call_stays_in_and_may_be_corrected(call, ada, browser):
    paper = factories.paper(call, ada)
    call.categories.filter(slug="regular").update(min_pages=4, max_pages=7)
    ask(call, "consent", "checkbox", required=True)
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    answer = browser.post(edit, Form.of(paper).fields, follow=True)
    assert "There was nothing to change. Your paper is in." in answer.content.decode()
    answer = browser.post(edit, Form.of(paper).but(title="A typo less").fields, follow=True)
    assert "Your paper stays in" in answer.content.decode()
    paper = factories.fresh(paper)
    assert (paper.state, paper.title) == ("submitted", "A typo less")
    short = call.categories.get(slug="short").pk
    for wrong in ({"category": short}, {"abstract": ""}):
        assert browser.post(edit, Form.of(paper).but(**wrong).fields).status_code == 422
    factories.signed_in(factories.chair(call)).post(
        reverse("chair_waive", args=[call.slug, paper.number]), {"reason": "It came in before."}
    )
    assert queries.is_waived(factories.fresh(paper))


def test_a_replaced_attachment_leaves_no_file_behind(
    call, ada, browser, where, django_capture_on_commit_callbacks
):
    ask(call, "data", "file")
    first = SimpleUploadedFile("one.csv", b"one")
    browser.post(where, Form.filled(call, ada).but(extra_data=first).fields)
    paper = Paper.objects.get()
    before = paper.extra_answers.get().file
    with django_capture_on_commit_callbacks(execute=True):
        form = Form.of(factories.fresh(paper)).but(extra_data=SimpleUploadedFile("two.csv", b"two"))
        browser.post(reverse("paper_edit", args=[call.slug, paper.number]), form.fields)
    with paper.extra_answers.get().file.open() as kept:
        assert kept.read() == b"two"
    assert not before.storage.exists(before.name)
