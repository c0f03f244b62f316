"""The committee in the administration pages: to look at, recorded, and walled like everything else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry
from reviews.models import (
    Assignment,
    Bid,
    CommitteeSettings,
    Conflict,
    Member,
    PairRule,
    Proposal,
    ProposedPair,
)
from tests import factories

pytestmark = pytest.mark.django_db
OF_PAPERS = (Conflict, Bid, Assignment, PairRule, ProposedPair)


@pytest.fixture
def call():
    return factories.edition()


@pytest.fixture
def administrator():
    return factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))


@pytest.fixture
def browser(administrator):
    return factories.signed_in(administrator)


def where(model, page, *args):
    return reverse(f"admin:reviews_{model._meta.model_name}_{page}", args=args)


def some(call, administrator, number):
    """A paper with a row of each kind, and its member."""
    paper = factories.paper(call, factories.person(f"Ada{number} Author"), title=f"Secret {number}")
    member = Member.objects.create(
        edition=call, name=f"Rita {number}", email=f"r{number}@example.org", state="accepted"
    )
    proposal = Proposal.objects.create(edition=call, made_by=administrator)
    pair = {"paper": paper, "member": member}
    Conflict.objects.create(
        rule="set_by_chair", confidence="probable", evidence="Why", fingerprint="x", **pair
    )
    Bid.objects.create(level=2, **pair)
    Assignment.objects.create(**pair)
    PairRule.objects.create(kind="lock", **pair)
    ProposedPair.objects.create(proposal=proposal, score=1, **pair)
    return paper


@pytest.mark.parametrize("model", [Member, CommitteeSettings, Proposal, *OF_PAPERS])
def test_lists_open_at_a_constant_cost_and_rows_can_be_looked_at(call, administrator, browser, model):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(where(model, "changelist")).status_code == 200
        return len(captured)

    CommitteeSettings.objects.create(edition=call)
    some(call, administrator, 0)
    cost()
    one = cost()
    for number in (1, 2):
        some(call, administrator, number)
    assert cost() == one
    assert browser.get(where(model, "change", model.objects.first().pk)).status_code == 200
    assert browser.get(where(model, "add")).status_code == 403


@pytest.mark.parametrize("model", OF_PAPERS)
def test_an_administrator_with_a_conflict_finds_nothing_of_that_paper(call, administrator, browser, model):
    paper = some(call, administrator, 0)
    row = model.objects.get()
    assert "Rita 0" in browser.get(where(model, "changelist")).content.decode()
    own = Member.objects.create(
        edition=call, name="Alex Admin", email=administrator.email, user=administrator
    )
    Conflict.objects.create(
        paper=paper, member=own, rule="set_by_chair", confidence="certain", evidence="Why", fingerprint="y"
    )
    assert (
        "Rita 0" not in browser.get(where(model, "changelist")).content.decode().partition("result_list")[2]
    )
    assert browser.get(where(model, "change", row.pk)).status_code == 302, "as for a row that is not there"


def test_another_chairs_plan_is_seen_without_its_numbers(call, administrator, browser):
    some(call, administrator, 0)
    other = factories.chair(call)
    plan = Proposal.objects.create(edition=call, made_by=other, result={"total": 4711}, message="of #17")
    paper = factories.paper(call, factories.person("Eve"))
    ProposedPair.objects.create(
        proposal=plan, paper=paper, member=Member.objects.get(name="Rita 0"), score=4711
    )
    page = browser.get(where(Proposal, "change", plan.pk)).content.decode()
    assert "4711" not in page
    assert "#17" not in page
    assert "4711" not in browser.get(where(ProposedPair, "changelist")).content.decode()


def test_only_the_account_of_a_place_is_set_and_that_is_recorded(call, browser):
    it = Member.objects.create(edition=call, name="Rita", email="rita@example.org", invitations=1)
    rita = factories.person("Rita Reviewer", "other@example.org")
    page = browser.get(where(Member, "change", it.pk)).content.decode()
    assert str(it.invitation_key) not in page
    inlines = ("expertise", "absences", "own_papers")
    forms = {f"{name}-{count}_FORMS": 0 for name in inlines for count in ("TOTAL", "INITIAL")}
    answer = browser.post(where(Member, "change", it.pk), {"user": rita.pk, "name": "Changed", **forms})
    assert answer.status_code == 302
    it.refresh_from_db()
    assert (it.user, it.name) == (rita, "Rita")
    assert "user" in str(AuditEntry.objects.get(verb="call.administered").data)
    second = Member.objects.create(edition=call, name="Second", email="second@example.org")
    answer = browser.post(where(Member, "change", second.pk), {"user": rita.pk, **forms})
    assert "holds another place in this committee already" in answer.content.decode()


def test_administrators_do_not_mend_their_own_place(call, administrator, browser):
    it = Member.objects.create(edition=call, name="Alex", email=administrator.email)
    assert browser.post(where(Member, "change", it.pk), {"user": ""}).status_code == 403
