"""Download my data: everything, to the person only, without secrets."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import outbox, personal_data
from accounts.models import Message
from tests.accounts.people import PASSWORD, confirm_identity, mailed_code, person, sign_in, two_factor

pytestmark = pytest.mark.django_db


def download(client: Client) -> Any:
    answer = client.get("/account/data/?download=1")
    assert answer["Content-Type"].startswith("application/json")
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    return json.loads(answer.content)


def test_everything_is_in_it(client: Client) -> None:
    ada = person(affiliation="Engines", country="GB", orcid="0000-0002-1825-0097")
    person("other@example.org", "Somebody Else")
    sign_in(client)
    outbox.post(key="p:1", kind="paper", to=ada.email, subject="Your paper", text="It is in.", person=ada)
    Message.objects.update(state=Message.State.SENT, sent_at=timezone.now())
    outbox.post(key="p:2", kind="paper", to=ada.email, subject="Decided", text="Not told yet.", person=ada)
    data = download(client)
    assert data["profile"]["name"] == "Ada Lovelace"
    assert data["profile"]["country"] == "GB"
    assert data["addresses"] == [{"email": "ada@example.org", "verified": True, "primary": True}]
    assert data["sessions"][0]["ip"] == "127.0.0.1"
    assert [it["text"] for it in data["messages"]] == ["It is in."], "what still waits may be called off"
    assert data["what_you_did"][-1]["verb"] == "account.signed_in"
    assert data["what_was_done_to_your_account"]
    assert "Somebody Else" not in json.dumps(data)


def test_no_secrets_are_in_it(client: Client) -> None:
    ada = person()
    sign_in(client)
    confirm_identity(client)
    client.post("/account/email/", {"action_add": "", "email": "ada@second.example"})
    code = mailed_code("ada@second.example")
    secret = two_factor(ada)
    text = json.dumps(download(client))
    for hidden in (PASSWORD, ada.password, code, secret, client.session.session_key):
        assert hidden not in text


def test_rooms_above_add_their_part(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    sign_in(client)
    monkeypatch.setitem(personal_data.exporters, "poems", lambda user: [f"Ode by {user}"])
    assert download(client)["poems"] == ["Ode by Ada Lovelace"]


def test_papers_are_in_it(client: Client) -> None:
    from submissions.models import Author, Edition, Paper

    ada = person()
    edition = Edition.objects.create(slug="2021", series="S", name="S", short_name="S 2021", file_prefix="s")
    mine = Paper.objects.create(edition=edition, number=1, title="On engines", submitter=ada)
    Author.objects.create(paper=mine, position=1, name="Ada", email="ada@example.org", country="GB")
    Paper.objects.create(edition=edition, number=2, title="Not hers")
    sign_in(client)
    data = download(client)
    assert [paper["title"] for paper in data["papers"]] == ["On engines"]
    assert data["papers"][0]["authors"][0]["country"] == "GB"
    assert data["committee_roles"] == []


def test_the_page_explains_before_it_hands_over(client: Client) -> None:
    person()
    sign_in(client)
    page = client.get("/account/data/").content.decode()
    assert "Download my data" in page
    assert client.post("/account/data/").status_code == 405
