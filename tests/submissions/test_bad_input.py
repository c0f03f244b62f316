"""What bad input gets: a sentence that says what is wrong, and nothing lost or half-written."""

import errno
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.urls import reverse

from submissions.models import Paper, Topic
from submissions.services.contents import MAX_AUTHORS
from submissions.storage import DurableStorage, manuscripts
from tests import factories
from tests.factories import Form

pytestmark = pytest.mark.django_db

NO_SPACE = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def call():
    return factories.edition()


@pytest.fixture
def ada():
    return factories.person("Ada Author")


@pytest.fixture
def browser(ada) -> Client:
    return factories.signed_in(ada)


@pytest.fixture
def where(call):
    return reverse("paper_new", args=[call.slug])


def page(answer) -> str:
    return answer.content.decode()


def test_a_300_character_name_is_refused_with_its_length_and_nothing_is_lost(call, ada, browser, where):
    form = Form.filled(call, ada).with_author("N" * 300, "n@example.org").but(title="Kept title")
    answer = browser.post(where, form.fields)
    assert answer.status_code == 422
    assert "has 300 characters; at most 200 are possible" in page(answer)
    assert "Kept title" in page(answer)
    assert "N" * 300 in page(answer)
    assert not Paper.objects.exists()


def test_a_title_of_only_spaces_is_no_title(call, ada, browser, where):
    answer = browser.post(where, Form.filled(call, ada).but(title="   \t ").with_file().fields, follow=True)
    assert "Give the paper a title." in page(answer)
    assert Paper.objects.get().state == "draft"


@pytest.mark.parametrize(
    "title",
    ["تعلم عميق موزع", "Cafe\u0301 ô la gradient", "Sparse 🚀 updates 👩‍💻", "深層学習のスケーリング"],
    ids=["right to left", "combining", "emoji", "Japanese"],
)
def test_every_script_is_welcome(call, ada, browser, where, title):
    browser.post(where, Form.filled(call, ada).but(title=title).with_file().fields)
    paper = Paper.objects.get()
    assert paper.state == "submitted"
    assert title in page(browser.get(paper.get_absolute_url())) or paper.title in page(
        browser.get(paper.get_absolute_url())
    )


@pytest.mark.parametrize("bad", ["Up\u202edown", "Nul\x00l"], ids=["bidi override", "null byte"])
def test_characters_that_garble_lists_are_refused(call, ada, browser, where, bad):
    answer = browser.post(where, Form.filled(call, ada).but(title=bad).fields)
    assert answer.status_code == 422
    assert not Paper.objects.exists()


def test_too_many_authors(call, ada, browser, where):
    form = Form.filled(call, ada)
    for place in range(199):
        form = form.with_author(f"Author {place}", f"a{place}@example.org")
    answer = browser.post(where, form.fields)
    assert answer.status_code == 422
    assert f"200 authors are given; at most {MAX_AUTHORS} fit." in page(answer)
    assert "a198@example.org" in page(answer), "the rows are still in the form"


def test_the_same_address_twice_names_both_places(call, ada, browser, where):
    form = Form.filled(call, ada).with_author("Ada Again", "ADA@example.org")
    answer = browser.post(where, form.fields)
    assert "ada@example.org is given for authors 1 and 2." in page(answer)


def test_an_unknown_category_and_a_foreign_topic_are_named(call, ada, browser, where):
    foreign = Topic.objects.create(edition=factories.edition("2020"), slug="x", name="Foreign")
    answer = browser.post(where, Form.filled(call, ada).but(category=987654).fields)
    assert "“987654” is no category of this call" in page(answer)
    answer = browser.post(where, Form.filled(call, ada).but(topics=[foreign.pk]).fields)
    assert f"“{foreign.pk}” is no topic of this call" in page(answer)
    assert not Paper.objects.exists()


def test_an_address_that_is_none_is_kept_in_the_draft_and_named(call, ada, browser, where):
    form = Form.filled(call, ada).with_author("Bob", "bob at example").with_file()
    answer = browser.post(where, form.fields, follow=True)
    assert "“bob at example” is not an e-mail address yet." in page(answer)
    assert Paper.objects.get().authors.get(position=1).email == "bob at example"


def test_a_wrong_orcid_is_named(call, ada, browser, where):
    form = Form.filled(call, ada).but(**{"authors-0-orcid": "0000-0002-1825-0098"}).with_file()
    answer = browser.post(where, form.fields, follow=True)
    assert "“0000-0002-1825-0098” is not a valid ORCID iD." in page(answer)


def test_without_a_csrf_token_nothing_is_read(call, ada):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = strict.post(reverse("paper_new", args=[call.slug]), Form.filled(call, ada).fields)
    assert answer.status_code == 403
    assert not Paper.objects.exists()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\ada\\paper.pdf", "paper.pdf"),
        ("x" * 500 + ".pdf", None),
        ("pa\u202eper\n.pdf", None),
    ],
    ids=["path", "Windows path", "500 characters", "controls"],
)
def test_a_file_name_is_only_shown_and_never_used(call, ada, browser, where, sent, kept):
    browser.post(where, Form.filled(call, ada).with_file(called=sent).fields)
    found = Paper.objects.get().manuscript
    assert found is not None
    assert kept is None or found.original_name == kept
    assert len(found.original_name) <= 255
    assert found.original_name.isprintable()
    assert Path(manuscripts().path(found.file.name)).is_relative_to(manuscripts().path(""))


def files_on_disk() -> set[Path]:
    root = Path(manuscripts().path(""))
    return {path for path in root.rglob("*") if path.is_file()} if root.exists() else set()


def test_storage_that_fails_keeps_text_and_former_file(call, ada, browser, monkeypatch):
    paper = factories.paper(call, ada)
    before = files_on_disk()

    def full(self, name, content):
        half = Path(self.path(name))
        half.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(b"%PDF-1.7 and no more")
        raise NO_SPACE

    monkeypatch.setattr(DurableStorage, "_save", full)
    answer = browser.post(
        reverse("paper_edit", args=[call.slug, paper.number]),
        Form.of(paper).but(title="New title").with_file("genuine/ieee_letter_10p.pdf").fields,
    )
    assert answer.status_code == 422
    assert "could not be stored" in page(answer)
    now = factories.fresh(paper)
    assert (now.title, now.manuscript.version, now.state) == ("New title", 1, "submitted")
    assert files_on_disk() == before


def test_a_disk_that_fills_while_the_browser_sends_keeps_the_text(
    call, ada, browser, where, monkeypatch, settings
):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000

    def full(self, data, start):
        raise NO_SPACE

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", full)
    answer = browser.post(where, Form.filled(call, ada).with_file().fields)
    assert answer.status_code == 422
    assert "could not be stored" in page(answer)
    assert Paper.objects.get().title == "Gradients on the Move"


def test_a_file_over_the_calls_limit_is_refused_with_both_sizes(call, ada, browser, where):
    call.max_file_mb = 1
    call.save()
    big = factories.pdf()
    big.file.seek(0, os.SEEK_END)
    big.file.write(b"\n" * 1_500_000)
    big.size += 1_500_000
    big.seek(0)
    before = files_on_disk()
    answer = browser.post(where, Form.filled(call, ada).but(file=big).fields)
    assert "has 1.7 MB; the limit is 1 MB" in page(answer)
    assert files_on_disk() == before


def test_no_file_is_left_when_the_row_cannot_be_written(call, ada, browser):
    paper = factories.paper(call, ada)
    before = files_on_disk()
    edit = reverse("paper_edit", args=[call.slug, paper.number])
    browser.post(edit, Form.of(paper).but(title="Other tab").fields)
    answer = browser.post(edit, Form.of(paper).with_file("genuine/ieee_letter_10p.pdf").fields)
    assert answer.status_code == 409
    assert "Choose your file again" in page(answer)
    assert files_on_disk() == before


@pytest.mark.django_db(transaction=True)
def test_two_gigabytes_are_refused_before_they_are_sent(live_server):
    call, ada = factories.edition(), factories.person("Ada Author")
    session = factories.signed_in(ada).cookies["sessionid"].value
    where = urlsplit(live_server.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(
            f"POST {reverse('paper_new', args=[call.slug])} HTTP/1.1\r\nHost: {where.netloc}\r\n"
            f"Cookie: sessionid={session}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            f"Content-Length: {2 * 1024**3}\r\n\r\n".encode()
        )
        answer = line.recv(65536)
    assert b" 413 " in answer.split(b"\r\n")[0]


def test_nonsense_in_numbers_is_no_error_of_ours(call, ada, browser, where):
    for field, value in [("revision", "x"), ("creation_key", "not-a-key"), ("authors-TOTAL_FORMS", "-3")]:
        assert browser.post(where, Form.filled(call, ada).but(**{field: value}).fields).status_code in (
            302,
            422,
        )
    paper = factories.paper(call, ada)
    use = reverse("manuscript_use", args=[call.slug, paper.number, 1])
    for revision in ("", "x", "9" * 30, "²"):
        assert browser.post(use, {"revision": revision}).status_code == 302
    assert browser.post(use, {"revision": paper.revision, "category": "nope"}).status_code == 404


def test_one_person_cannot_start_papers_without_end(call, ada, browser, where, monkeypatch):
    monkeypatch.setattr("submissions.services.papers.MAX_PAPERS_PER_PERSON", 2)
    for _ in range(2):
        browser.post(where, Form.filled(call, ada).fields)
    answer = browser.post(where, Form.filled(call, ada).fields)
    assert answer.status_code == 422
    assert "the most one person may have" in page(answer)
    assert Paper.objects.count() == 2
