"""What the rest of the site learns of released decisions: notices on papers, letters, one's own data. Registered by apps.py."""

from typing import Any

from accounts import mail_groups, personal_data
from accounts.models import User
from reviews import policy, receivers
from reviews.letters import decisions as letters
from reviews.models import Decision
from reviews.release_plan import reviews_told
from reviews.review_list import ShownReview
from reviews.views import decision_author, members
from submissions import policy as papers_policy
from submissions.models import Paper
from submissions.signals import paper_moved
from submissions.views import notices


def register() -> None:
    letters.register()
    paper_moved.connect(receivers.call_off_letters_of_decision, dispatch_uid="reviews.call_off_decision")
    mail_groups.required.append("For shepherds: the papers that they look after")
    notices.sources.append(decision_author.notices)
    members.sections.append(decision_author.section)
    personal_data.exporters["decisions"] = export_decisions


def export_decisions(user: User) -> list[dict[str, Any]]:
    """The decisions on the papers that `user` wrote, as far as authors know them, for “Download my data”."""
    written = Paper.objects.filter(papers_policy.papers_written_by(user)).values("pk")
    rows = (
        Decision.objects.filter(policy.decisions_told_to(user), paper__in=written)
        .select_related("paper__edition", "category", "shepherd")
        .prefetch_related("released_reviews__version__review", "paper__edition__review_fields")
        .order_by("paper__edition__slug", "paper__number")
    )
    return [_decision(it) for it in rows]


def _decision(decision: Decision) -> dict[str, Any]:
    reviews = reviews_told(decision, decision.released_reviews.all())
    return {
        "edition": decision.paper.edition.slug,
        "paper": decision.paper.number,
        "decision": letters.in_words(decision),
        "category": decision.category.name if decision.category else None,
        "conditions": decision.conditions,
        "conditions_met": decision.met_at is not None,
        "shepherd": decision.shepherd.name if decision.shepherd else None,
        "from_the_chairs": decision.to_authors,
        "reviews": [_review(it) for it in reviews],
    }


def _review(review: ShownReview) -> dict[str, Any]:
    return {"review": review.letter, **{it.question.label: it.value for it in review.answers}}
