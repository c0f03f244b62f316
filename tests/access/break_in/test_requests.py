"""Attacks by requests that no page offers: forged forms, searches, envelopes, late ones."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Message, User
from submissions.models import Edition, Paper, Role
from submissions.services import papers
from submissions.services.errors import Closed
from tests import factories
from tests.access.break_in.answers import text
from tests.factories import Form

pytestmark = pytest.mark.django_db


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
