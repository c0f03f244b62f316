"""Who wrote reviews, to thank them in the proceedings: members, and the guests who wrote for them."""

from dataclasses import dataclass, field

from accounts.models import User
from reviews.models import Member, Review
from submissions import policy as papers_policy
from submissions.models import Edition, Paper


@dataclass
class Credit:
    """A member with the number of their submitted reviews, and who wrote some of them in their stead."""

    member: Member
    reviews: int = 0
    guests: list[str] = field(default_factory=list)


def credits_of(edition: Edition, user: User) -> list[Credit]:
    """By name; of the papers that `user`, a chair, handles. One query."""
    papers = Paper.objects.filter(papers_policy.papers_handled_by(user), edition=edition)
    rows = Review.objects.submitted().filter(assignment__paper__in=papers)
    found: dict[int, Credit] = {}
    for row in rows.select_related("assignment__member"):
        member = row.assignment.member
        credit = found.setdefault(member.pk, Credit(member))
        credit.reviews += 1
        if row.guest_name and row.guest_name not in credit.guests:
            credit.guests.append(row.guest_name)
    return sorted(found.values(), key=lambda it: (it.member.name.casefold(), it.member.pk))


def in_words(found: list[Credit]) -> tuple[str, str]:
    """Members, and guests, each as one line to print."""
    members = [
        f"{it.member.name} ({it.member.affiliation})" if it.member.affiliation else it.member.name
        for it in found
    ]
    guests = sorted({name for it in found for name in it.guests}, key=str.casefold)
    return ", ".join(members), ", ".join(guests)
