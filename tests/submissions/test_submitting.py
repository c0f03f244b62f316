"""An author's way through the browser's door: from the empty form to the receipt."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import Message
from submissions import people
from submissions.models import ExtraAnswer, ExtraField, Paper
from submissions.templatetags.papers import moment
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
def browser(ada) -> Client:
    return factories.signed_in(ada)


def new(call):
    return reverse("paper_new", args=[call.slug])


def test_a_complete_form_is_submitted_without_any_further_step(call, ada, browser):
    answer = browser.post(new(call), Form.filled(call, ada).with_file().fields, follow=True)
    paper = Paper.objects.get()
    assert answer.redirect_chain[-1][0] == paper.get_absolute_url()
    assert paper.state == "submitted"
    assert (paper.number, paper.manuscript.pages, paper.manuscript.version) == (1, 8, 1)
    assert "Your paper is in as #1" in answer.content.decode()
    receipt = Message.objects.get(kind="receipt")
    assert receipt.to == "ada@example.org"
    for fact in (
        "#1",
        "Gradients on the Move",
        "Ada Author",
        "Regular paper",
        "8",
        paper.manuscript.sha256,
        "UTC",
    ):
        assert fact in receipt.text
    assert receipt.reply_to == "chairs@example.org"


def test_the_empty_form_shows_the_person_as_first_author_and_contact(call, browser):
    page = browser.get(new(call)).content.decode()
    assert 'value="Ada Author"' in page
    assert 'value="ada@example.org"' in page
    assert not Paper.objects.exists(), "looking at the form makes no paper"


def test_an_incomplete_form_is_kept_and_says_exactly_what_is_missing(call, ada, browser):
    answer = browser.post(new(call), Form.filled(call, ada).but(abstract="", topics=[]).fields, follow=True)
    paper = Paper.objects.get()
    assert paper.state == "draft"
    page = answer.content.decode()
    for sentence in ("Write the abstract.", "Choose at least one topic.", "Upload your paper as a PDF."):
        assert sentence in page
    assert 'href="#id_abstract"' in page
    assert not Message.objects.filter(kind="receipt").exists()


def test_eleven_pages_are_refused_with_the_sentence_and_the_rest_is_kept(call, ada, browser):
    answer = browser.post(new(call), Form.filled(call, ada).with_file("genuine/ieee_letter_11p.pdf").fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert (
        "Your PDF has 11 pages. A regular paper has 8 to 10 pages, counting references and appendices."
        in page
    )
    paper = Paper.objects.get()
    assert paper.title == "Gradients on the Move"
    assert (paper.state, paper.manuscript) == ("draft", None)
    assert "Submit this file as" not in page, "no category takes eleven pages"


def test_four_pages_are_offered_as_a_short_paper_and_taken_by_one_button(call, ada, browser):
    answer = browser.post(new(call), Form.filled(call, ada).with_file("genuine/ieee_letter_4p.pdf").fields)
    assert "Submit this file as: Short paper" in answer.content.decode()
    paper = Paper.objects.get()
    use = reverse("manuscript_use", args=[call.slug, paper.number, 1])
    answer = browser.post(use, {"category": "short", "revision": paper.revision}, follow=True)
    paper.refresh_from_db()
    assert (paper.state, paper.category.slug, paper.manuscript.pages) == ("submitted", "short", 4)
    assert Message.objects.filter(kind="receipt").count() == 1


def test_a_refused_file_leaves_the_former_version_and_the_paper_in(call, ada, browser):
    paper = factories.paper(call, ada)
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    answer = browser.post(edit, Form.of(paper).with_file("genuine/ieee_letter_11p.pdf").fields)
    assert answer.status_code == 422
    paper = factories.fresh(paper)
    assert (paper.state, paper.manuscript.version) == ("submitted", 1)
    assert [it.accepted for it in paper.manuscripts.all()] == [False, True]


def test_a_refused_file_stands_once_in_the_history_and_tells_nobody_of_a_change(call, ada, browser):
    paper = factories.paper(call, ada)
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    form = Form.of(paper).with_file("genuine/ieee_letter_11p.pdf")
    for _ in range(2):
        assert (
            browser.post(edit, form.but(file=factories.pdf("genuine/ieee_letter_11p.pdf")).fields).status_code
            == 422
        )
    now = factories.fresh(paper)
    assert (now.revision, now.changed_at) == (paper.revision, paper.changed_at)
    refused = audit.history(paper).filter(verb="paper.file_refused")
    assert [entry.data["refused file"][1].partition(":")[0] for entry in refused] == ["v2"]
    assert not audit.history(paper).filter(data__has_key="manuscript", verb="paper.changed").exists()
    assert Message.objects.filter(kind="receipt").count() == 1, "no updated receipt"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("hostile/zero.pdf", "empty"),
        ("hostile/html_named.pdf", "PDF"),
        ("hostile/enc_user_aes256.pdf", "password"),
        ("hostile/no_pages.pdf", "page"),
    ],
)
def test_what_is_no_usable_pdf_is_refused_and_the_text_is_kept(call, ada, browser, file, sentence):
    answer = browser.post(new(call), Form.filled(call, ada).with_file(file).fields)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    paper = Paper.objects.get()
    assert paper.title
    assert paper.manuscripts.count() == 0


def test_the_same_form_with_an_attachment_posted_twice_changes_nothing_more(call, ada, browser, data_dir):
    data = ExtraField.objects.create(edition=call, slug="data", label="Data", kind="file")
    form = Form.filled(call, ada)
    for _ in range(2):
        table = SimpleUploadedFile("table.csv", b"1,2")
        answer = browser.post(new(call), form.with_file().but(extra_data=table).fields)
        assert answer.status_code == 302
    answer = ExtraAnswer.objects.get(field=data)
    assert answer.value == "table.csv"
    assert len(list((data_dir / "manuscripts").rglob("*.bin"))) == 1, "the second copy is not kept"


def test_the_same_form_posted_twice_makes_one_paper(call, ada, browser):
    form = Form.filled(call, ada)
    browser.post(new(call), form.with_file().fields)
    answer = browser.post(new(call), form.with_file().fields, follow=True)
    assert answer.status_code == 200
    assert Paper.objects.count() == 1
    assert Paper.objects.get().manuscripts.count() == 1
    assert Message.objects.filter(kind="receipt").count() == 1


def test_another_person_cannot_take_up_a_form_key(call, ada, browser):
    form = Form.filled(call, ada)
    browser.post(new(call), form.fields)
    eve = factories.person("Eve Stranger")
    assert factories.signed_in(eve).post(new(call), form.fields).status_code == 404
    assert Paper.objects.get().submitter == ada


def test_typing_saves_a_draft_and_the_panel_says_where_it_stands(call, ada, browser):
    form = Form.filled(call, ada).but(title="Half a ti")
    answer = browser.post(new(call), form.fields, headers={"X-Autosave": "1"})
    paper = Paper.objects.get()
    page = answer.content.decode()
    assert paper.title == "Half a ti"
    assert f'data-revision="{paper.revision}"' in page
    assert f'data-url="/2021/papers/{paper.number}/edit/"' in page
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    answer = browser.post(
        edit, form.but(title="Half a title", revision=paper.revision).fields, headers={"X-Autosave": "1"}
    )
    paper.refresh_from_db()
    assert paper.title == "Half a title"
    assert "Upload your paper as a PDF." in answer.content.decode()


def test_a_stale_edit_is_refused_with_both_versions_and_can_then_be_saved(call, ada, browser):
    paper = factories.paper(call, ada)
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    browser.post(edit, Form.of(paper).but(title="First tab").fields)
    answer = browser.post(edit, Form.of(paper).but(title="Second tab").fields)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "First tab" in page
    assert "Second tab" in page
    assert factories.fresh(paper).title == "First tab"
    now = factories.fresh(paper).revision
    assert f'name="revision" value="{now}"' in page
    browser.post(edit, Form.of(paper).but(title="Second tab", revision=now).fields)
    assert factories.fresh(paper).title == "Second tab"


def test_a_change_that_would_break_a_submitted_paper_is_refused_whole(call, ada, browser):
    paper = factories.paper(call, ada)
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    answer = browser.post(edit, Form.of(paper).but(title="", abstract="New abstract").fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Give the paper a title." in page
    assert "New abstract" in page, "what was typed is still in the form"
    paper = factories.fresh(paper)
    assert (paper.state, paper.title) == ("submitted", "Gradients on the Move")
    assert paper.abstract != "New abstract"


def test_changing_the_category_checks_the_file_again(call, ada, browser):
    paper = factories.paper(call, ada)
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    short = call.categories.get(slug="short").pk
    answer = browser.post(edit, Form.of(paper).but(category=short).fields)
    assert "Your PDF has 8 pages. A short paper has exactly 4 pages" in answer.content.decode()
    assert factories.fresh(paper).category.slug == "regular"
    answer = browser.post(
        edit, Form.of(paper).but(category=short).with_file("genuine/ieee_letter_4p.pdf").fields
    )
    paper = factories.fresh(paper)
    assert (paper.category.slug, paper.manuscript.pages, paper.state) == ("short", 4, "submitted")


def test_changes_within_ten_minutes_are_joined_in_one_receipt(call, ada, browser):
    paper = factories.paper(call, ada)
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    for title in ("One", "Two", "Three"):
        browser.post(edit, Form.of(factories.fresh(paper)).but(title=title).fields)
    receipts = Message.objects.filter(kind="receipt").order_by("pk")
    assert receipts.count() == 2
    updated = receipts.last()
    assert updated.due_at > timezone.now()
    assert "Three" in updated.text
    assert "Two" not in updated.text


def test_withdraw_and_bring_back(call, ada, browser):
    paper = factories.paper(call, ada)
    where = [call.slug, paper.number]
    assert "Withdraw this paper?" in browser.get(reverse("paper_withdraw", args=where)).content.decode()
    browser.post(reverse("paper_withdraw", args=where), {"reason": "Double submission"})
    assert factories.fresh(paper).state == "withdrawn"
    assert Message.objects.filter(kind="withdrawn", to="ada@example.org").count() == 1
    assert browser.get(reverse("paper_edit", args=where)).status_code == 302
    answer = browser.post(reverse("paper_revive", args=where), follow=True)
    assert "submitted again" in answer.content.decode()
    assert factories.fresh(paper).state == "submitted"
    assert Message.objects.filter(kind="receipt").count() == 2


def test_a_withdrawal_calls_off_the_receipt_that_was_waiting(call, ada, browser):
    paper = factories.paper(call, ada)
    browser.post(
        reverse("paper_edit", args=[call.slug, paper.number]), Form.of(paper).but(title="Changed").fields
    )
    waiting = Message.objects.filter(kind="receipt", due_at__gt=timezone.now())
    assert waiting.count() == 1
    browser.post(reverse("paper_withdraw", args=[call.slug, paper.number]))
    assert not waiting.exists()


def test_every_change_is_in_the_history(call, ada, browser):
    paper = factories.paper(call, ada)
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    browser.post(edit, Form.of(paper).but(title="A New Title").fields)
    page = browser.get(reverse("paper_history", args=[call.slug, paper.number])).content.decode()
    assert "Ada Author" in page
    assert "Gradients on the Move" in page
    assert "A New Title" in page


def test_rows_can_be_moved_without_javascript(call, ada, browser):
    form = Form.filled(call, ada).with_author("Bob Second", "bob@example.org").but(row="up-1")
    page = browser.post(new(call), form.fields).content.decode()
    assert page.index("Bob Second") < page.index("Ada Author", page.index("id_authors"))
    assert not Paper.objects.exists()


def test_a_file_is_served_as_an_attachment_under_our_name(call, ada, browser):
    paper = factories.paper(call, ada)
    answer = browser.get(reverse("manuscript", args=[call.slug, paper.number, 1]))
    assert answer["Content-Disposition"] == f'attachment; filename="scadl2021-paper{paper.number}-v1.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    picture = browser.get(reverse("manuscript_thumbnail", args=[call.slug, paper.number, 1]))
    assert b"".join(picture.streaming_content).startswith(b"\x89PNG")


def test_a_page_that_waits_for_its_upload_can_ask_how_it_stands(browser, monkeypatch):
    where = reverse("check_state")
    assert browser.get(where).content.decode() == "Your file is being checked."
    monkeypatch.setattr("submissions.views.files.inspect.taken", lambda limits: limits.slots)
    assert "Your file waits its turn" in browser.get(where).content.decode()


def test_my_papers_offers_what_the_calls_own_page_offers(call, ada, browser):
    dateless = factories.edition("2030")
    dateless.deadlines.all().delete()
    over = factories.edition("2019", closes=timezone.now() - timedelta(days=1))
    page = browser.get(reverse("my_papers")).content.decode()
    assert (new(call) in page, new(dateless) in page, new(over) in page) == (True, True, False)


def test_a_moment_is_written_with_the_offset_of_the_call(call):
    """The browser adds the reader's time where the offset is another: one in London sees it beside AoE as well."""
    assert 'datetime="2021-02-01T23:59:00-12:00" data-local>1 February 2021, 23:59 AoE<' in moment(
        factories.utc(2021, 2, 2, 11, 59), call
    )


def test_what_one_types_is_one_entry_of_the_history(call, ada, browser):
    paper = factories.paper(call, ada, file=None, title="First")
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    for title in ("Sec", "Second", "Second thoughts"):
        form = Form.of(factories.fresh(paper)).but(title=title)
        browser.post(edit, form.fields, headers={"X-Autosave": "1"})
    changed = audit.history(paper).filter(verb="paper.changed")
    assert changed.first().data["title"][1] == "Second thoughts"
    assert changed.count() == 1


def test_a_signed_in_page_is_for_no_proxy_to_keep(call, browser):
    assert "private" in browser.get(reverse("my_papers"))["Cache-Control"]


def test_nobody_who_is_the_only_chair_of_papers_deletes_their_account(call, ada):
    chair = factories.chair(call)
    assert people.last_chair_of(chair) == ""
    factories.paper(call, ada)
    assert "the only chair of ScaDL 2021" in people.last_chair_of(chair)
    factories.chair(call, "Second Chair")
    assert people.last_chair_of(chair) == ""


def test_a_contact_who_was_removed_gets_no_receipt_that_was_waiting(call, ada, browser):
    bob = factories.author_data(ada, name="Bob Second", email="bob@example.org")
    paper = factories.paper(call, ada, factories.author_data(ada), bob)
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    browser.post(edit, Form.of(paper).but(title="Changed").fields)
    waiting = Message.objects.filter(kind="receipt", due_at__gt=timezone.now())
    assert {message.to for message in waiting} == {"ada@example.org", "bob@example.org"}
    form = Form.of(factories.fresh(paper)).but(**{"authors-1-DELETE": "on"})
    browser.post(edit, form.fields)
    assert {message.to for message in waiting.all()} == {"ada@example.org"}


def test_a_person_with_two_addresses_on_a_paper_is_written_to_once(call, ada):
    EmailAddress.objects.create(user=ada, email="ada@home.example", verified=True)
    factories.paper(call, ada, factories.author_data(ada, email="ada@home.example"))
    assert [message.to for message in Message.objects.filter(kind="receipt")] == ["ada@example.org"]
