"""The profile: what may be in it, and that a change is recorded once."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts import audit, services
from accounts.models import User
from tests.accounts.people import person

pytestmark = pytest.mark.django_db

PROFILE = {
    "name": "Ada King",
    "affiliation": "Ockham Park",
    "country": "GB",
    "orcid": "https://orcid.org/0000-0002-1825-0097",
    "homepage": "example.org/~ada",
    "time_zone": "Europe/Rome",
}


@pytest.fixture
def ada(client: Client) -> User:
    someone = person()
    client.force_login(someone)
    return someone


def test_a_profile_is_saved_tidied_and_recorded_once(client: Client, ada: User) -> None:
    answer = client.post("/account/profile/", PROFILE, follow=True)
    assert "Your profile is saved." in answer.content.decode()
    ada.refresh_from_db()
    assert ada.orcid == "0000-0002-1825-0097"
    assert ada.homepage == "https://example.org/~ada"
    entry = audit.history(ada).get(verb="account.profile_changed")
    assert entry.data["name"] == ["Ada Lovelace", "Ada King"]
    client.post("/account/profile/", PROFILE)
    assert audit.history(ada).filter(verb="account.profile_changed").count() == 1


def test_times_are_shown_in_the_chosen_zone(client: Client, ada: User) -> None:
    client.post("/account/profile/", PROFILE)
    ada.refresh_from_db()
    User.objects.filter(pk=ada.pk).update(time_zone="Europe/No_Longer")
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("orcid", "0000-0002-1825-0098", "its last character does not match"),
        ("orcid", "1234", "“1234” is not an ORCID iD"),
        ("orcid", "٠٠٠٠-٠٠٠٢-١٨٢٥-٠٠٩٧", "is not an ORCID iD"),
        ("orcid", "0000-0002-1825-0097\x00", "is not an ORCID iD"),
        ("homepage", "javascript:alert(1)", "“javascript:alert(1)” is not the address of a web page"),
        ("homepage", "ftp://example.org/", "is not the address of a web page"),
        ("homepage", "https://user:pw@example.org/", "is not the address of a web page"),
        ("homepage", "https://example.org/\x00", "is not the address of a web page"),
        ("homepage", "https://example.org/" + "a" * 300, "characters; at most 300"),
        ("time_zone", "Mars/Olympus", "“Mars/Olympus” is not a time zone we know"),
        ("time_zone", "../../etc/passwd", "is not a time zone we know"),
        ("country", "Atlantis", "“Atlantis” is not a country"),
        ("name", "\t", "This field is required"),
        ("name", "Ada\u2066", "U+2066 (left-to-right isolate)"),
    ],
)
def test_odd_input_gets_a_sentence_and_changes_nothing(
    client: Client, ada: User, field: str, value: str, sentence: str
) -> None:
    answer = client.post("/account/profile/", PROFILE | {field: value})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    ada.refresh_from_db()
    assert ada.name == "Ada Lovelace"


@pytest.mark.parametrize("value", ["0000-0002-1694-233X", "0000-0002-1694-233x", "000000021694233X"])
def test_orcid_spellings(client: Client, ada: User, value: str) -> None:
    client.post("/account/profile/", PROFILE | {"orcid": value})
    ada.refresh_from_db()
    assert ada.orcid == "0000-0002-1694-233X"


def test_markup_in_a_name_is_shown_as_text(client: Client, ada: User) -> None:
    client.post("/account/profile/", PROFILE | {"name": "<script>alert(1)</script>"})
    page = client.get("/account/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_only_the_person_or_an_administrator_changes_a_profile(ada: User) -> None:
    with pytest.raises(PermissionDenied):
        services.update_profile(actor=person("eve@example.org", "Eve"), person=ada, name="Eve was here")
    with pytest.raises(TypeError):
        services.update_profile(actor=ada, person=ada, is_superuser=True)


def test_rights_cannot_be_posted(client: Client, ada: User) -> None:
    client.post(
        "/account/profile/", PROFILE | {"is_staff": "on", "is_superuser": "on", "email": "x@example.org"}
    )
    ada.refresh_from_db()
    assert (ada.is_staff, ada.is_superuser, ada.email) == (False, False, "ada@example.org")
