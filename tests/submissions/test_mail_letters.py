"""Letters: one text for both parts, an edition's own words, and nothing that a value could break."""

import email
from datetime import timedelta
from email import policy as email_policy
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import letter_form, outbox
from accounts.letter_form import LetterError, UnknownPlaceholder
from accounts.models import AuditEntry, Message
from submissions import letters
from submissions.letter_kinds import KINDS
from submissions.letters import texts
from submissions.models import LetterText
from submissions.services import letter_texts
from submissions.services.errors import NotAllowed
from tests import factories
from tests.accounts.people import person

pytestmark = pytest.mark.django_db


def source(text: str, **values: str) -> str:
    return letter_form.as_text(letter_form.fill(text, values))


def receipt(call: Any, ada: Any, **fields: Any) -> Message:
    factories.paper(call, ada, **fields)
    return Message.objects.get(kind="receipt")


def post_editor(client: Client, kind: str = "receipt", **fields: Any) -> Any:
    data = {
        "subject": "In: {paper_title}",
        "body": "Dear {name},\n\n{facts}",
        "expected": 0,
        "action": "save",
    }
    return client.post(f"/2021/chair/mail/letters/{kind}/", data | fields)


# The form of a letter


def test_values_are_plain_and_looked_at_once() -> None:
    assert source("{a} {{b}}", a="{b} {a.__class__} %s {{}}") == "{b} {a.__class__} %s {{}} {b}"


@pytest.mark.parametrize("text", ["{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{}", "{0}", "{ a }", "{A}"])
def test_there_are_no_attributes_indexes_or_formats(text: str) -> None:
    with pytest.raises(UnknownPlaceholder, match="not a placeholder of this letter"):
        source(text, a="x")


@pytest.mark.parametrize("text", ["{a", "a}", "{{{", "x\n}", "{a{a}}"])
def test_a_brace_without_its_partner_is_named(text: str) -> None:
    with pytest.raises(LetterError, match=r"has no partner|not a placeholder"):
        source(text, a="x")


def test_paragraphs_whose_values_are_empty_are_left_out() -> None:
    text = "Hello {a}.\n\nReason:\n{b}\n\nUntil {b}.\n\n{a} and {b}."
    assert source(text, a="Ada", b="") == "Hello Ada.\n\nAda and ."
    assert source(text, a="Ada", b="now") == "Hello Ada.\n\nReason:\nnow\n\nUntil now.\n\nAda and now."


def test_lists_and_facts_come_out_in_both_parts() -> None:
    blocks = letter_form.fill("Missing:\n{m}\n\n{f}", {"m": "- one\n- <two>", "f": "Paper: #1\nTitle: A: b"})
    assert letter_form.as_text(blocks) == "Missing:\n- one\n- <two>\n\nPaper: #1\nTitle: A: b"
    html = letter_form.html(blocks, letter_form.Frame(heading="x"))
    assert "<li" in html
    assert "&lt;two&gt;" in html
    assert 'scope="row"' in html


def test_a_value_of_many_lines_within_a_sentence_becomes_one() -> None:
    """So that a title cannot pose as a list, as facts or as a signature."""
    assert source("The paper {t} is in.", t="A\n-- \nB\r\n- c") == "The paper A -- B - c is in."


@given(st.text(), st.text())
def test_any_text_is_either_refused_with_a_sentence_or_filled(text: str, value: str) -> None:
    try:
        blocks = letter_form.fill(text, {"name": value})
    except LetterError as error:
        refusal = str(error)
    else:
        frame = letter_form.Frame(heading="x")
        assert "<script" not in letter_form.html(blocks, frame).lower()
        assert letter_form.plain(blocks, frame)
        assert "\n" not in letter_form.fill_line(text, {"name": value})
        return
    assert "write it twice" in refusal


def test_only_links_to_this_site_become_links() -> None:
    blocks = letter_form.parse("See http://testserver/2021/. Not https://evil.example/x or <b>.")
    html = letter_form.html(blocks, letter_form.Frame(heading="x"))
    assert '<a href="http://testserver/2021/">' in html
    assert 'href="https://evil.example' not in html
    assert "<b>" not in html


# The letters of the system


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_letter_has_a_default_text_that_can_be_used(kind: str) -> None:
    text = texts.default(kind)
    assert letter_texts.check(KINDS[kind], text.subject, text.body) == {}


def test_a_receipt_says_all_it_must_in_both_parts() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace", time_zone="Europe/Rome")
    message = receipt(call, ada)
    outbox.deliver_due()
    sent = mail.outbox[0].message()
    plain, html = (part.get_payload(decode=True).decode() for part in sent.get_payload())
    paper = call.papers.get()
    for part in (plain, html):
        for fact in (
            "Gradients on the Move",
            "Regular paper",
            paper.manuscript.sha256,
            "AoE",
            "Europe/Rome",
            f"http://testserver/2021/papers/{paper.number}/",
            "You receive this because you are a contact of this paper at ScaDL 2021.",
            "chairs@example.org",
        ):
            assert fact in part
    assert "<img" not in html
    assert "src=" not in html
    assert sent["Reply-To"] == "chairs@example.org"
    assert sent["To"] == "ada@example.org"
    assert sent["Cc"] is None
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["List-Unsubscribe"] is None, "nobody switches receipts off"
    assert message.key == f"receipt:paper:{paper.pk}:ada@example.org:{paper.revision}"


def test_a_hostile_title_changes_neither_headers_nor_html() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    paper = factories.paper(call, ada)
    type(paper).objects.filter(pk=paper.pk).update(title="{name} <script>\r\nBcc: x@y.example\r\n\r\nBody")
    letters.out_of_scope(factories.fresh(paper), by=ada)
    LetterText.objects.create(edition=call, kind="revived", subject="{paper_title}", body="{paper_title}")
    letters.revived(factories.fresh(paper), by=ada)
    outbox.deliver_due()
    for sent in mail.outbox:
        raw = sent.message().as_bytes()
        parsed = email.message_from_bytes(raw, policy=email_policy.default)
        assert parsed["Bcc"] is None
        assert parsed.get_all("To") == ["ada@example.org"]
        html = parsed.get_body(("html",)).get_content()
        assert "<script>" not in html
    assert "{name} <script> Bcc: x@y.example Body" in mail.outbox[-1].subject


def test_a_text_that_went_bad_never_keeps_a_letter_back(caplog: pytest.LogCaptureFixture) -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    LetterText.objects.create(edition=call, kind="receipt", subject="{gone}", body="x")
    assert receipt(call, ada).subject == "[ScaDL 2021] Paper #1 is submitted"
    assert "cannot be used" in caplog.text


def test_the_longest_address_fits_the_key() -> None:
    """PostgreSQL refuses what does not fit; SQLite does not care."""
    call = factories.edition()
    longest = f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 57}.org"
    assert len(longest) == 254
    ada = factories.person("Ada Lovelace", longest)
    message = receipt(call, ada)
    assert longest in message.key
    twin = [outbox.post(key="k" * 600 + end, kind="k", to=longest, subject="", text="") for end in "ab"]
    assert twin[0].pk != twin[1].pk
    assert len(twin[0].key) <= 500


# The editor


def test_chairs_write_their_own_words_and_go_back() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    chair = factories.chair(call)
    client = factories.signed_in(chair)
    assert post_editor(client).status_code == 302
    message = receipt(call, ada)
    assert message.subject == "In: Gradients on the Move"
    assert message.text.startswith("Dear Ada Lovelace,\n\nPaper:")
    entry = AuditEntry.objects.get(verb="letter.changed")
    assert entry.actor == chair
    assert entry.data["subject"] == ["[{edition}] Paper #{paper_number} is submitted", "In: {paper_title}"]
    assert client.post("/2021/chair/mail/letters/receipt/default/", {"expected": 1}).status_code == 302
    assert not LetterText.objects.exists()
    assert AuditEntry.objects.filter(verb="letter.changed").count() == 2


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"body": "Hello {papper_title}"}, "“{papper_title}” is not a placeholder of this letter"),
        ({"body": "Hello {name.password}"}, "“{name.password}” is not a placeholder"),
        ({"subject": "{reason}"}, "“{reason}” is not a placeholder of this letter"),
        ({"subject": ""}, "The subject is empty."),
        ({"body": " "}, "The text is empty."),
        ({"subject": "a\r\nBcc: x@y.example"}, "line break after “a”"),
        ({"subject": "x" * 1_000_000}, "This has 1000000 characters; at most 200 are possible."),
        ({"body": "x" * 20_001}, "This has 20001 characters"),
        ({"body": "one\ntwo }"}, "In line 2 a “}” has no partner"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_with_a_sentence(fields: dict[str, str], sentence: str) -> None:
    client = factories.signed_in(factories.chair(factories.edition()))
    answer = post_editor(client, **fields)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not LetterText.objects.exists()


def test_a_save_from_an_old_page_is_refused_and_both_texts_are_shown() -> None:
    call = factories.edition()
    first, second = (factories.signed_in(factories.chair(call, name)) for name in ("Chiara C", "Carl C"))
    post_editor(first, body="The first text")
    answer = post_editor(second, body="The second text")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "The first text" in page
    assert "The second text" in page
    assert LetterText.objects.get().body == "The first text"
    assert post_editor(second, body="The second text", expected=1).status_code == 302
    stale = first.post("/2021/chair/mail/letters/receipt/default/", {"expected": 1}, follow=True)
    assert "Somebody else changed this letter" in stale.content.decode()
    assert LetterText.objects.get().body == "The second text"


def test_the_preview_is_for_a_real_reader_and_saves_nothing() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    emmy = factories.person("Emmy Noether")
    factories.paper(call, ada, factories.author_data(ada), factories.author_data(emmy))
    client = factories.signed_in(factories.chair(call))
    answer = post_editor(client, action="preview", reader="1 emmy@example.org", body="Dear {name}: {facts}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Dear Emmy Noether:" in page
    assert "In: Gradients on the Move" in page
    assert not LetterText.objects.exists()
    assert 'style="' not in page, "a page has no inline style; only mail does"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_letter_can_be_previewed_with_and_without_a_paper(kind: str) -> None:
    call = factories.edition()
    client = factories.signed_in(factories.chair(call))
    path = f"/2021/chair/mail/letters/{kind}/"
    assert "There is no paper yet" in client.get(path).content.decode()
    factories.paper(call, factories.person("Ada Lovelace"), file=None)
    page = client.get(path).content.decode()
    assert "There is no paper yet" not in page
    for name in KINDS[kind].offered:
        assert f"<code>{{{name}}}</code>" in page


def test_the_preview_offers_no_paper_behind_a_conflict() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    chair = factories.chair(call)
    paper = factories.paper(call, ada, title="Zephyrine")
    paper.declared_conflicts.create(role=call.roles.get(user=chair))
    page = factories.signed_in(chair).get("/2021/chair/mail/letters/receipt/?reader=1 ada@example.org")
    assert "Zephyrine" not in page.content.decode()
    assert "ada@example.org" not in page.content.decode()


def test_only_chairs_change_letters() -> None:
    call = factories.edition()
    with pytest.raises(NotAllowed):
        letter_texts.save(
            actor=person("eve@example.org"), edition=call, kind="receipt", subject="x", body="y", expected=0
        )
    with pytest.raises(NotAllowed):
        letter_texts.save(
            actor=factories.chair(call), edition=call, kind="nothing", subject="x", body="y", expected=0
        )


def test_an_updated_receipt_replaces_the_one_that_waits() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    paper = factories.paper(call, ada)
    letters.updated_receipt(paper)
    type(paper).objects.filter(pk=paper.pk).update(title="Another Title")
    letters.updated_receipt(factories.fresh(paper))
    waiting = Message.objects.get(kind="receipt", due_at__gt=timezone.now())
    assert waiting.subject == "[ScaDL 2021] Updated receipt for paper #1"
    assert "Another Title" in waiting.text
    assert "Another Title" in waiting.html
    assert waiting.due_at - timezone.now() < timedelta(minutes=11)


def test_the_default_does_not_replace_a_text_that_one_has_not_seen() -> None:
    call = factories.edition()
    client = factories.signed_in(factories.chair(call))
    for body in ("First {facts}", "Second {facts}"):
        now = LetterText.objects.filter(kind="receipt").values_list("revision", flat=True).first() or 0
        post_editor(client, body=body, expected=str(now), action="save")
    answer = client.post("/2021/chair/mail/letters/receipt/default/", {"expected": "1"}, follow=True)
    assert "changed this letter in the meantime, and it stays so" in answer.content.decode()
    assert LetterText.objects.get().body == "Second {facts}"
