"""Attacks by what is sent: too much of it, markup, files and a reader of files that lies."""

import json
import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Message, User
from submissions import chair_list
from submissions.models import Edition, ExtraField, Paper
from submissions.pdf import helper
from submissions.pdf.inspect import MAX_MESSAGE
from submissions.services import papers
from submissions.services.errors import Refused
from tests import factories
from tests.access.break_in.answers import text
from tests.factories import Form

pytestmark = pytest.mark.django_db


class TestTooMuch:
    """One request must not keep the site busy for minutes, nor fill the database."""

    #: Sorting these marks into their canonical order takes time that grows with the square of their number.
    MARKS = "a" + "\u0300\u0316" * 100_000

    def test_a_name_of_combining_marks_is_refused_at_once(self, client: Client) -> None:
        begin = time.monotonic()
        answer = client.post(
            reverse("account_signup"),
            {"name": self.MARKS, "email": "eve@example.org", "password1": "correct horse battery"},
        )
        assert answer.status_code == 200
        assert "at most 200 are possible" in text(answer)
        assert time.monotonic() - begin < 4

    def test_a_thousand_empty_rows_of_authors_are_not_drawn(self, call: Edition, ada: User) -> None:
        form = Form.filled(call, ada).but(**{"authors-TOTAL_FORMS": 1000, "row": "up-0"})
        answer = factories.signed_in(ada).post(reverse("paper_new", args=["2021"]), form.fields)
        assert len(answer.content) < 4_500_000

    def test_the_reason_of_a_withdrawal_has_an_end(self, ada: User, paper: Paper) -> None:
        answer = factories.signed_in(ada).post(
            reverse("paper_withdraw", args=["2021", paper.number]), {"reason": "x" * 2001}, follow=True
        )
        assert "2001 characters" in text(answer)
        assert factories.fresh(paper).state == "submitted"

    def test_a_reason_with_a_null_byte_is_stored_without_it(self, ada: User, paper: Paper) -> None:
        factories.signed_in(ada).post(
            reverse("paper_withdraw", args=["2021", paper.number]), {"reason": "We\x00 moved\non"}
        )
        assert factories.fresh(paper).state == "withdrawn"
        assert factories.fresh(paper).closed_reason == "We moved\non"

    def test_a_revision_of_thousands_of_digits_is_an_old_one(self, ada: User, paper: Paper) -> None:
        where = reverse("manuscript_use", args=["2021", paper.number, 1])
        answer = factories.signed_in(ada).post(where, {"revision": "9" * 5000}, follow=True)
        assert answer.status_code == 200
        assert "was changed in the meantime" in text(answer)

    @pytest.mark.parametrize("digits", [30, 5000])
    def test_so_is_a_number_no_paper(self, ada: User, paper: Paper, digits: int) -> None:
        assert factories.signed_in(ada).get(f"/2021/papers/{'9' * digits}/").status_code == 404

    def test_withdrawing_and_coming_back_is_no_way_to_send_mail(self, ada: User, paper: Paper) -> None:
        now = paper.created_at
        for _ in range(papers.MAX_RETURNS):
            papers.withdraw(actor=ada, paper=paper)
            papers.revive(actor=ada, paper=paper, arrived_at=now)
        papers.withdraw(actor=ada, paper=paper)
        with pytest.raises(Refused, match="Write to the chairs"):
            papers.revive(actor=ada, paper=paper, arrived_at=now)

    def test_nor_is_exchanging_the_contacts(self, ada: User, paper: Paper, monkeypatch: Any) -> None:
        monkeypatch.setattr(papers, "MAX_FORMER_CONTACTS", 5)
        browser, where = factories.signed_in(ada), reverse("paper_edit", args=["2021", paper.number])
        for start in range(0, 12, 3):
            form = Form.of(factories.fresh(paper)).but(
                **{"authors-TOTAL_FORMS": 1, "authors-0-email": ada.email}
            )
            for n in range(start, start + 3):
                form = form.with_author(f"V{n}", f"victim{n}@example.org", contact=True)
            answer = browser.post(where, form.fields)
            # Ten minutes later the receipts have left; what has not is called off with the contact and harms nobody.
            Message.objects.filter(state="queued").update(state="sent", sent_at=timezone.now())
        assert answer.status_code == 422
        assert "exchanged too often" in text(answer)
        assert Message.objects.filter(to__startswith="victim").values("to").distinct().count() == 6


class TestLyingChild:
    """A file that took over the process that reads it says what it likes."""

    @staticmethod
    def said(**count: Any) -> bytes:
        lines = [{"stage": "hello"}, {"stage": "count", "pages": 8, **count}, {"stage": "end", "how": "done"}]
        return b"\n".join(json.dumps(line).encode() for line in lines)

    def upload(self, monkeypatch: Any, call: Edition, ada: User, said: bytes) -> Any:
        monkeypatch.setattr(helper, "ask", lambda *_: said)
        where = reverse("paper_new", args=["2021"])
        return factories.signed_in(ada).post(where, Form.filled(call, ada).with_file().fields, follow=True)

    def test_words_the_database_cannot_hold(self, monkeypatch: Any, call: Edition, ada: User) -> None:
        words = "Font\x00 \ud800 \u202e<script>"
        lie = self.said(findings=[{"code": "fonts", "severity": "warn", "message": words}])
        answer = self.upload(monkeypatch, call, ada, lie)
        assert answer.status_code == 200
        paper = Paper.objects.get()
        assert paper.manuscript
        (finding, *_) = paper.manuscript.findings
        assert not set(finding.message) & set("\x00\ud800\u202e")
        assert "<script>" not in text(factories.signed_in(ada).get(paper.get_absolute_url()))
        assert len(finding.message) <= MAX_MESSAGE

    @pytest.mark.parametrize("pages", [2**31, 2**80, True, -1, 8.0, "8"])
    def test_numbers_of_pages_that_are_none(
        self, monkeypatch: Any, call: Edition, ada: User, pages: Any
    ) -> None:
        answer = self.upload(monkeypatch, call, ada, self.said(pages=pages))
        assert answer.status_code < 500
        assert Paper.objects.get().manuscript is None


class TestMarkup:
    def test_the_help_of_a_field_of_the_call_is_text(self, call: Edition, ada: User) -> None:
        ExtraField.objects.create(
            edition=call, slug="x", label="<b>L</b>", help_text="<form action=//evil>", kind="text"
        )
        page = text(factories.signed_in(ada).get(reverse("paper_new", args=["2021"])))
        assert "<form action=//evil>" not in page
        assert "&lt;form action=//evil&gt;" in page
        assert "<b>L</b>" not in page

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", " =", "\t1"])
    def test_no_cell_of_a_table_is_a_formula(self, start: str) -> None:
        assert chair_list.harmless(f"{start}cmd()").startswith("'")

    def test_no_separator_of_another_country_ends_a_cell(self, call: Edition, ada: User, chair: User) -> None:
        factories.paper(call, ada, title="a;=cmd()")
        table = text(factories.signed_in(chair).get(reverse("chair_papers_csv", args=["2021"])))
        assert '"a;=cmd()"' in table


class TestFiles:
    def test_a_question_of_the_same_name_does_not_touch_a_files_name(self, call: Edition, ada: User) -> None:
        for order, kind in enumerate((ExtraField.Kind.FILE, ExtraField.Kind.TEXT)):
            ExtraField.objects.create(edition=call, slug=kind.value, label="Data", kind=kind, order=order)
        browser = factories.signed_in(ada)
        form = Form.filled(call, ada).but(extra_file=factories.pdf(called="set.csv"), extra_text="one")
        browser.post(reverse("paper_new", args=["2021"]), form.fields)
        paper = Paper.objects.get()
        browser.post(
            reverse("paper_edit", args=["2021", paper.number]), Form.of(paper).but(extra_text="two").fields
        )
        assert [it.value for it in paper.extra_answers.order_by("field__order")] == ["set.csv", "two"]

    @pytest.mark.parametrize(
        "name",
        ['a"b.pdf', "a\r\nSet-Cookie: x=1.txt", "../../etc/passwd", "ü\u202epdf.exe", "x" * 400 + ".html"],
    )
    def test_an_odd_name_stays_a_name(self, call: Edition, ada: User, name: str) -> None:
        ExtraField.objects.create(edition=call, slug="data", label="Data", kind=ExtraField.Kind.FILE)
        upload = factories.pdf(called="file.bin")
        upload._name = name
        form = Form.filled(call, ada).but(extra_data=upload)
        browser = factories.signed_in(ada)
        browser.post(reverse("paper_new", args=["2021"]), form.fields)
        paper = Paper.objects.get()
        answer = browser.get(reverse("paper_attachment", args=["2021", paper.number, "data"]))
        assert text(answer)
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        disposition = answer["Content-Disposition"]
        assert disposition.startswith("attachment;")
        assert not any(it in disposition for it in ("\n", "\r", "/", "\u202e", "%0A", "%0D", "%E2%80%AE"))
        stored = paper.extra_answers.get().file.name
        assert stored.startswith(f"{call.pk}/")
        assert stored.endswith(".bin")
