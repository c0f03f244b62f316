"""What the tests of the chairs' assignment pages read and send, as a browser would."""

from typing import Any

from bs4 import BeautifulSoup
from django.test import Client

from reviews.models import Proposal

HERE = "/2021/chair/committee/assignment/"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content[:500]
    return " ".join(BeautifulSoup(answer.content, "html.parser").main.get_text(" ").split())


def address(proposal: Proposal, more: str = "") -> str:
    return f"{HERE}plans/{proposal.key}/{more}"


def form_of(client: Client) -> dict[str, str]:
    """The form for a plan as a browser would send it back."""
    page = BeautifulSoup(client.get(f"{HERE}plans/new/").content, "html.parser").find("form", class_="form")
    found = {}
    for it in page.find_all("input"):
        if it["type"] in ("radio", "checkbox") and not it.has_attr("checked"):
            continue
        found[it["name"]] = it.get("value", "on" if it["type"] == "checkbox" else "")
    return found
