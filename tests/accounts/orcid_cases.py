"""Run by test_orcid.py in a process with ORCID registered. ORCID itself is played by `Orcid`."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from accounts import audit
from accounts.models import User
from tests.accounts.people import confirm_identity, last_mail, mailed_code, person, sign_in

pytestmark = pytest.mark.django_db

IDENTIFIER = "0000-0002-1825-0097"


class Orcid:
    """Answers what the real one answers to the two requests we make."""

    identifier = IDENTIFIER
    emails: tuple[str, ...] = ()
    down = False

    def __init__(self) -> None:
        self.asked: list[str] = []

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        self.asked.append(url)
        if self.down:
            raise requests.ConnectionError("out of order")
        answer: Any = {
            "access_token": "token",
            "token_type": "bearer",
            "orcid": self.identifier,
            "name": "Ada L.",
        }
        if url.endswith("/record"):
            answer = {
                "orcid-identifier": {"path": self.identifier, "uri": f"https://orcid.org/{self.identifier}"},
                "person": {
                    "name": {"given-names": {"value": "Ada\n"}, "family-name": {"value": "Lovelace"}},
                    "emails": {"email": [{"email": email} for email in self.emails]},
                },
            }
        response = requests.Response()
        response.status_code = 200
        response.headers["content-type"] = "application/json"
        response._content = json.dumps(answer).encode()
        return response


@pytest.fixture
def orcid(monkeypatch: pytest.MonkeyPatch) -> Orcid:
    played = Orcid()
    monkeypatch.setattr(
        requests.Session, "request", lambda self, method, url, **kwargs: played.request(method, url, **kwargs)
    )
    return played


def through(client: Client, process: str = "login") -> Any:
    """Press the button, agree at ORCID, come back."""
    answer = client.post(f"/account/orcid/login/?process={process}")
    target = urlsplit(answer["Location"])
    assert target.netloc == "sandbox.orcid.example"
    state = parse_qs(target.query)["state"][0]
    return client.get("/account/orcid/login/callback/", {"code": "abc", "state": state}, follow=True)


def test_it_is_offered_and_the_policy_lets_the_form_lead_there(client: Client) -> None:
    answer = client.get("/account/login/")
    assert "Sign in with ORCID" in answer.content.decode()
    assert "form-action 'self' https://sandbox.orcid.example" in answer["Content-Security-Policy"]


def test_a_newcomer_still_confirms_an_address(client: Client, orcid: Orcid) -> None:
    answer = through(client)
    assert answer.redirect_chain[-1][0] == "/account/3rdparty/signup/"
    page = answer.content.decode()
    assert IDENTIFIER in page
    assert 'value="Ada Lovelace"' in page
    form = {"name": "Ada Lovelace", "email": "ada@example.org", "affiliation": "", "country": "GB"}
    client.post("/account/3rdparty/signup/", form)
    assert client.get("/account/").status_code == 302, "not before the code"
    client.post("/account/confirm-email/", {"code": mailed_code("ada@example.org")})
    assert client.get("/account/").status_code == 200
    ada = User.objects.get()
    assert (ada.orcid, ada.country.code) == (IDENTIFIER, "GB")
    assert not ada.has_usable_password()

    later = Client()
    through(later)
    assert later.get("/account/").status_code == 200


def test_an_address_known_to_orcid_is_not_taken_as_proven(client: Client, orcid: Orcid) -> None:
    orcid.emails = ("ada@example.org",)
    assert 'value="ada@example.org"' in through(client).content.decode()
    client.post("/account/3rdparty/signup/", {"name": "Ada", "email": "ada@example.org"})
    assert not User.objects.get().emailaddress_set.get().verified


def test_an_address_of_an_account_opens_nothing_and_tells_nothing(client: Client, orcid: Orcid) -> None:
    person("ada@example.org")
    orcid.emails = ("ada@example.org",)
    through(client)
    answer = client.post("/account/3rdparty/signup/", {"name": "Eve", "email": "ada@example.org"})
    assert answer["Location"] == "/account/confirm-email/"
    assert last_mail("ada@example.org").kind == "account.account_already_exists"
    assert client.get("/account/").status_code == 302
    assert not User.objects.get().socialaccount_set.exists()


def test_connecting_takes_the_identifier_over(client: Client, orcid: Orcid) -> None:
    ada = person(orcid="0000-0002-1694-233X")
    sign_in(client)
    confirm_identity(client)
    answer = through(client, "connect")
    assert "The account is connected" in answer.content.decode()
    ada.refresh_from_db()
    assert ada.orcid == IDENTIFIER
    assert audit.history(ada).filter(verb="account.provider_connected").exists()

    account = ada.socialaccount_set.get()
    client.post("/account/3rdparty/", {"account": account.pk})
    assert not ada.socialaccount_set.exists()
    assert audit.history(ada).filter(verb="account.provider_disconnected").exists()


def test_the_only_way_in_cannot_be_disconnected(client: Client, orcid: Orcid) -> None:
    through(client)
    client.post("/account/3rdparty/signup/", {"name": "Ada", "email": "ada@example.org"})
    client.post("/account/confirm-email/", {"code": mailed_code("ada@example.org")})
    account = User.objects.get().socialaccount_set.get()
    answer = client.post("/account/3rdparty/", {"account": account.pk})
    assert answer.status_code == 200
    assert User.objects.get().socialaccount_set.exists()
    assert client.get("/account/password/change/")["Location"] == "/account/password/set/"
    assert "You sign in without a password so far" in client.get("/account/password/set/").content.decode()


def test_orcid_out_of_order(client: Client, orcid: Orcid) -> None:
    orcid.down = True
    answer = through(client)
    assert answer.status_code == 401
    assert "That did not work" in answer.content.decode()


def test_a_wrong_identifier_is_refused(client: Client, orcid: Orcid) -> None:
    orcid.identifier = "0000-0002-1825-0098"
    answer = through(client)
    assert "That did not work" in answer.content.decode()
    assert not User.objects.exists()


def test_stopping_there(client: Client, orcid: Orcid) -> None:
    answer = client.post("/account/orcid/login/")
    state = parse_qs(urlsplit(answer["Location"]).query)["state"][0]
    query = {"error": "access_denied", "state": state}
    answer = client.get("/account/orcid/login/callback/", query, follow=True)
    assert "Sign-in cancelled" in answer.content.decode()


def test_a_foreign_state_is_refused(client: Client, orcid: Orcid) -> None:
    answer = client.get("/account/orcid/login/callback/", {"code": "abc", "state": "forged"})
    assert answer.status_code == 401
    assert not orcid.asked


def test_a_link_alone_starts_nothing(client: Client) -> None:
    answer = client.get("/account/orcid/login/")
    assert answer.status_code == 200
    assert "Go on to ORCID" in answer.content.decode()
