"""Attacks that somebody might try, each by the way they would take. Who may see what in general is in table.py."""

import json
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import audit, outbox, services
from accounts.models import Message, User
from submissions import chair_list, policy
from submissions.models import Edition, ExtraField, Paper, Role
from submissions.pdf import helper
from submissions.pdf.inspect import MAX_MESSAGE
from submissions.services import papers
from submissions.services.errors import Closed, NotAllowed, Refused
from tests import factories
from tests.factories import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> Edition:
    return factories.edition()


@pytest.fixture
def ada() -> User:
    return factories.person("Ada Author")


@pytest.fixture
def paper(call: Edition, ada: User) -> Paper:
    return factories.paper(call, ada)


@pytest.fixture
def chair(call: Edition) -> User:
    return factories.chair(call)


@pytest.fixture
def admin() -> User:
    return factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))


def text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace")


class TestSecondFactor:
    """A stolen password of a chair opens nothing but the page that sets up the second factor."""

    @pytest.fixture
    def onefactor(self, call: Edition) -> User:
        person = factories.person("Oskar Onefactor")
        factories.role(call, Role.Kind.PROGRAMME_CHAIR, person)
        return person

    @pytest.mark.parametrize("name", ["paper", "paper_history", "paper_withdraw", "manuscript"])
    @pytest.mark.parametrize("office", ["chair", "administrator"])
    def test_papers_are_shut_outside_the_chairs_pages_too(
        self, onefactor: User, paper: Paper, name: str, office: str
    ) -> None:
        if office == "administrator":
            onefactor = factories.person("Rita Root", is_staff=True, is_superuser=True)
        more = {"version": 1} if name == "manuscript" else {}
        browser = factories.signed_in(onefactor)
        answers = [
            browser.get(reverse(name, kwargs={"edition": "2021", "number": number, **more}))
            for number in (paper.number, 4711)
        ]
        assert [it.status_code for it in answers] == [302, 302]
        assert {it["Location"] for it in answers} == {reverse("mfa_activate_totp")}

    def test_nor_do_the_services_act_for_it(self, onefactor: User, paper: Paper) -> None:
        with pytest.raises(NotAllowed):
            papers.withdraw(actor=onefactor, paper=paper, reason="because")
        factories.with_second_factor(onefactor)
        assert papers.withdraw(actor=onefactor, paper=paper, reason="because").state == "withdrawn"

    def test_the_chairs_own_papers_stay_open(self, onefactor: User, call: Edition) -> None:
        own = factories.paper(call, onefactor)
        assert factories.signed_in(onefactor).get(own.get_absolute_url()).status_code == 200


class TestAdministration:
    """The record and the mail are no way around the wall."""

    @pytest.fixture
    def conflicted(self, call: Edition, paper: Paper, admin: User) -> User:
        role = factories.role(call, Role.Kind.PC_MEMBER, admin)
        paper.declared_conflicts.create(role=role)
        return admin

    @pytest.mark.parametrize("what", ["auditentry", "message"])
    def test_a_conflicted_administrator_reads_nothing_of_the_paper(
        self, conflicted: User, paper: Paper, call: Edition, what: str
    ) -> None:
        other = factories.paper(call, factories.person("Berta Other"), title="Unrelated")
        browser = factories.signed_in(conflicted)
        listed = text(browser.get(reverse(f"admin:accounts_{what}_changelist")))
        assert "ada@example.org" not in listed
        assert paper.title not in listed
        assert "Unrelated" in listed if what == "auditentry" else "berta@example.org" in listed
        rows: Any = {
            "auditentry": audit.history(paper),
            "message": Message.objects.filter(about=f"paper:{paper.pk}"),
        }[what]
        assert rows.exists()
        for row in rows:
            page = browser.get(reverse(f"admin:accounts_{what}_change", args=[row.pk]), follow=True)
            assert paper.title not in text(page)
            assert "ada@example.org" not in text(page)
        assert other.pk

    def test_nor_that_a_mail_about_it_was_sent_again(
        self, conflicted: User, paper: Paper, call: Edition
    ) -> None:
        message = Message.objects.filter(about=f"paper:{paper.pk}").first()
        assert message
        audit.record(actor=None, verb="message.sent_again", subject=message)
        listed = text(factories.signed_in(conflicted).get(reverse("admin:accounts_auditentry_changelist")))
        assert "sent_again" not in listed.split("<tbody", 1)[-1].split("</tbody>")[0]

    def test_an_author_who_administers_reads_no_mail_about_the_own_paper(
        self, admin: User, call: Edition
    ) -> None:
        own = factories.paper(call, admin)
        outbox.post(
            key="x",
            kind="later",
            to="r@example.org",
            subject="Who reviews it",
            text="",
            about=f"paper:{own.pk}",
        )
        listed = text(factories.signed_in(admin).get(reverse("admin:accounts_message_changelist")))
        assert "Who reviews it" not in listed

    def test_rights_to_the_record_are_no_rights_to_papers(self, paper: Paper) -> None:
        clerk = factories.with_second_factor(factories.person("Cleo Clerk", is_staff=True))
        clerk.user_permissions.set(
            Permission.objects.filter(codename__in=["view_auditentry", "view_message", "view_paper"])
        )
        browser = factories.signed_in(clerk)
        for name in ("accounts_auditentry", "accounts_message", "submissions_paper"):
            answer = browser.get(reverse(f"admin:{name}_changelist"))
            assert answer.status_code == 200
            assert paper.title not in text(answer)
            assert "Ada" not in text(answer).split('id="result_list"', 1)[
                -1
            ] or 'id="result_list"' not in text(answer)

    @pytest.mark.parametrize(
        "attack",
        [
            lambda me, root: services.replace_email(actor=me, person=root, email="evil@example.org"),
            lambda me, root: services.remove_two_factor(actor=me, person=root),
            lambda me, root: services.set_active(actor=me, person=root, active=False),
            lambda me, root: services.update_profile(actor=me, person=root, name="Nobody"),
        ],
        ids=["replace the address", "take the second factor off", "block", "rename"],
    )
    def test_staff_does_not_become_an_administrator_through_ones_account(
        self, admin: User, attack: Any
    ) -> None:
        clerk = factories.with_second_factor(factories.person("Cleo Clerk", is_staff=True))
        with pytest.raises(PermissionDenied):
            attack(clerk, admin)


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


class TestForgedForms:
    def test_the_key_of_somebody_elses_form(self, call: Edition, ada: User) -> None:
        key = uuid4()
        factories.signed_in(ada).post(
            reverse("paper_new", args=["2021"]), Form.filled(call, ada).but(creation_key=key).fields
        )
        eve = factories.person("Eve Other")
        stolen = Form.filled(call, eve).but(creation_key=key, title="Stolen")
        answer = factories.signed_in(eve).post(reverse("paper_new", args=["2021"]), stolen.fields)
        assert answer.status_code == 404
        assert Paper.objects.get().title == "Gradients on the Move"

    def test_nothing_but_the_forms_fields_is_taken(self, ada: User, paper: Paper) -> None:
        eve = factories.person("Eve Other")
        forged = Form.of(paper).but(
            title="New", state="withdrawn", submitter=eve.pk, number=99, edition=7, submitted_at="2001-01-01"
        )
        factories.signed_in(ada).post(reverse("paper_edit", args=["2021", paper.number]), forged.fields)
        saved = factories.fresh(paper)
        assert (saved.title, saved.number, saved.submitter) == ("New", paper.number, ada)
        assert (saved.state, saved.submitted_at) == ("submitted", paper.submitted_at)

    @pytest.mark.parametrize("field", ["conflicts", "category"])
    def test_rows_of_another_edition(self, call: Edition, ada: User, paper: Paper, field: str) -> None:
        other = factories.edition("2020")
        row: Any = (
            factories.role(other, Role.Kind.PC_MEMBER, name="Foreign")
            if field == "conflicts"
            else other.categories.get(slug="short")
        )
        factories.role(call, Role.Kind.PC_MEMBER, name="Own")
        forged = Form.of(paper).but(**{field: row.pk})
        answer = factories.signed_in(ada).post(
            reverse("paper_edit", args=["2021", paper.number]), forged.fields
        )
        assert answer.status_code == 422
        assert factories.fresh(paper).revision == paper.revision

    def test_a_version_of_another_paper(self, call: Edition, ada: User, paper: Paper) -> None:
        mine = factories.paper(call, ada, file=None)
        where = reverse("manuscript_use", args=["2021", mine.number, 1])
        answer = factories.signed_in(ada).post(where, {"revision": mine.revision})
        assert answer.status_code == 404

    @pytest.mark.parametrize("name", ["paper_edit", "paper_withdraw", "paper_revive"])
    def test_no_change_without_the_token(self, ada: User, paper: Paper, name: str) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = browser.post(
            reverse(name, args=["2021", paper.number]), Form.of(paper).but(title="X").fields
        )
        assert answer.status_code == 403
        assert factories.fresh(paper).revision == paper.revision


class TestClaims:
    """Papers and offices follow proven addresses only."""

    @pytest.mark.parametrize("verified", [False, True])
    def test_an_address_that_a_role_names(self, call: Edition, paper: Paper, verified: bool) -> None:
        eve = factories.with_second_factor(factories.person("Eve Other"))
        factories.role(call, Role.Kind.PROGRAMME_CHAIR, name="Real Chair", email="real@example.org")
        EmailAddress.objects.create(user=eve, email="real@example.org", verified=verified)
        assert policy.may_chair(eve, call) is verified
        assert policy.may_handle(eve, paper) is verified

    def test_a_role_without_address_or_account_is_nobodys(self, call: Edition) -> None:
        factories.role(call, Role.Kind.PROGRAMME_CHAIR, name="Only a Name")
        nameless = factories.person("Only a Name")
        User.objects.filter(pk=nameless.pk).update(email="")
        nameless.refresh_from_db()
        EmailAddress.objects.filter(user=nameless).update(email="")
        assert not policy.may_chair(nameless, call)

    def test_a_role_that_is_an_accounts_is_not_its_addresss_as_well(self, call: Edition) -> None:
        holder, eve = factories.person("Hannah Holder"), factories.person("Eve Other", "eve@example.org")
        factories.role(call, Role.Kind.PROGRAMME_CHAIR, holder, email="eve@example.org")
        assert not policy.may_chair(eve, call)

    def test_an_ex_chair_is_a_stranger_at_once(self, call: Edition, chair: User, paper: Paper) -> None:
        browser = factories.signed_in(chair)
        assert browser.get(paper.get_absolute_url()).status_code == 200
        Role.objects.filter(user=chair).delete()
        assert browser.get(paper.get_absolute_url()).status_code == 404
        assert browser.get(reverse("chair_papers", args=["2021"])).status_code == 404

    def test_a_new_account_under_a_deleted_ones_name_inherits_nothing(
        self, call: Edition, ada: User, paper: Paper
    ) -> None:
        services.delete_account(actor=ada, person=ada, confirmation=ada.email)
        again = factories.person("Ada Author", "ada@example.org", verified=False)
        assert not Paper.objects.visible_to(again).exists()

    @pytest.mark.parametrize("proven", [False, True])
    def test_a_sign_up_with_my_address_through_a_provider_is_no_back_door(self, proven: bool) -> None:
        mine = factories.person("Squatter", "mine@example.org", verified=proven)
        SocialAccount.objects.create(user=mine, provider="orcid", uid="0000-0002-1825-0097")
        browser = Client()
        browser.post(reverse("account_reset_password"), {"email": "mine@example.org"})
        mail = Message.objects.get(kind="account.password_reset_key")
        link = next(word for word in mail.text.split() if "/password/reset/key/" in word)
        where = browser.get(link.removeprefix("http://testserver"))["Location"]
        browser.post(where, {"password1": "battery staple horse", "password2": "battery staple horse"})
        mine.refresh_from_db()
        assert mine.check_password("battery staple horse")
        assert SocialAccount.objects.filter(user=mine).exists() is proven

    def test_the_exported_data_hold_no_declared_conflict_of_others(
        self, call: Edition, ada: User, paper: Paper, chair: User
    ) -> None:
        paper.declared_conflicts.create(role=call.roles.get(user=chair))
        exported = text(factories.signed_in(chair).get(reverse("account_data"), {"download": ""}))
        assert paper.title not in exported


class TestSearch:
    """What a chair must not see leaves no trace in lists, counts and searches."""

    @pytest.mark.parametrize(
        "query", [{}, {"q": "quokka"}, {"q": "ada@"}, {"q": "#1"}, {"status": "submitted"}]
    )
    def test_a_walled_paper_is_not_even_counted(
        self, call: Edition, ada: User, chair: User, query: dict[str, str]
    ) -> None:
        hidden = factories.paper(call, ada, abstract="quokka")
        hidden.declared_conflicts.create(role=call.roles.get(user=chair))
        browser = factories.signed_in(chair)
        answer = browser.get(reverse("chair_papers", args=["2021"]), query)
        assert answer.context["rows"] == []
        assert not any(answer.context["counts"].values())
        table = text(browser.get(reverse("chair_papers_csv", args=["2021"]), query))
        assert table.count("\n") == 1


class TestEnvelope:
    @pytest.mark.parametrize("address", ["a@x.org\nBcc: b@x.org", "a@x.org\r\nTo: b@x.org", "a@x.org\x00"])
    def test_an_address_cannot_bring_headers(self, call: Edition, ada: User, address: str) -> None:
        form = Form.filled(call, ada).with_author("B", address, contact=True).with_file()
        factories.signed_in(ada).post(reverse("paper_new", args=["2021"]), form.fields)
        assert all("\n" not in it.to and "," not in it.to for it in Message.objects.all())
        assert not Message.objects.filter(to__contains="b@x.org").exists()

    def test_a_request_does_not_say_itself_when_it_came(
        self, call: Edition, ada: User, settings: Any
    ) -> None:
        late = factories.paper(call, ada)
        call.deadlines.update(
            at=late.created_at.replace(year=2020), original_at=late.created_at.replace(year=2020)
        )
        early = f"t={late.created_at.timestamp() - 600}"
        answer = factories.signed_in(ada).post(
            reverse("paper_edit", args=["2021", late.number]),
            Form.of(late).but(title="Late").fields,
            headers={"x-request-start": early},
        )
        assert answer.status_code == 422
        assert factories.fresh(late).title != "Late"


class TestDeadlines:
    def test_a_draft_does_not_go_in_late_by_coming_back(self, call: Edition, ada: User) -> None:
        """It was too long for the call, the chairs allowed more afterwards, and another category is still open."""
        Edition.objects.filter(pk=call.pk).update(title_max_chars=5)
        draft = factories.paper(call, ada, file=None)
        form = Form.of(draft).with_file()
        factories.signed_in(ada).post(reverse("paper_edit", args=["2021", draft.number]), form.fields)
        papers.withdraw(actor=ada, paper=factories.fresh(draft))
        Edition.objects.filter(pk=call.pk).update(title_max_chars=250)
        now = timezone.now()
        factories.deadline(call, "submission", now - timedelta(days=1), category="regular")
        with pytest.raises(Closed):
            papers.revive(actor=ada, paper=factories.fresh(draft), arrived_at=now)
        assert factories.fresh(draft).state == "withdrawn"


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
