"""Members and papers to bid on, for the tests of this room."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from reviews.models import Member
from submissions.models import Author, Edition, Paper
from tests import factories


def closed_edition(slug: str = "2021", **fields: Any) -> Edition:
    """A call whose papers are all in."""
    return factories.edition(slug, closes=timezone.now() - timedelta(days=1), **fields)


def member(call: Edition, name: str = "Mona Member", **fields: Any) -> Member:
    """Somebody who said yes, with an account."""
    user = fields.pop("user", None) or factories.person(name)
    return Member.objects.create(
        **{
            "edition": call,
            "user": user,
            "name": name,
            "email": user.email,
            "kind": Member.Kind.PC_MEMBER,
            "state": Member.State.ACCEPTED,
            **fields,
        }
    )


def author() -> User:
    found = User.objects.filter(email="ada@example.org").first()
    return found or factories.person("Ada Author", "ada@example.org")


def papers(call: Edition, count: int = 1, **fields: Any) -> list[Paper]:
    """Submitted papers, written row by row: these tests are not about submitting."""
    now = timezone.now()
    first = call.last_paper_number + 1
    made = [
        Paper(
            **{
                "edition": call,
                "number": number,
                "state": "submitted",
                "title": f"Paper {number}",
                "abstract": f"What paper {number} is about.",
                "category": call.categories.get(slug="regular"),
                "submitter": author(),
                "submitted_at": now,
                **fields,
            }
        )
        for number in range(first, first + count)
    ]
    Paper.objects.bulk_create(made)
    Author.objects.bulk_create(
        Author(
            paper=it, position=0, name="Ada Author", email="ada@example.org", affiliation="Example University"
        )
        for it in made
    )
    call.last_paper_number = first + count - 1
    call.save(update_fields=["last_paper_number"])
    return made
