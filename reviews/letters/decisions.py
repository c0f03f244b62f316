"""What authors and shepherds are told about decisions. The texts are files in templates/reviews/letters/.

A letter says the same as the authors' page: the reviews in it are the released versions, without anything that is not
meant for authors, under letters that tell nothing of who wrote them.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.urls import reverse

from accounts.models import Message, User
from reviews.models import Decision, Release
from reviews.review_list import ShownAnswer, ShownReview
from submissions.domain.page_law import describe
from submissions.letter_kinds import LetterKind
from submissions.letter_kinds import add as add_kind
from submissions.letters import Letter, about, compose, moment_in_words
from submissions.letters.sending import post
from submissions.letters.texts import Text
from submissions.models import Category, Deadline, Edition, Paper

#: Longer reviews are read on the page: a letter of megabytes does not arrive.
LONGEST_REVIEWS = 100_000

_TOLD = {
    "decision": "the decision in words, like “accepted”",
    "category": "the category that it is about: the one it is accepted in, or its own",
    "to_authors": "the chairs' text for the authors, may be empty; on a line of its own",
    "reviews": "the reviews, as far as authors read them; on a line of its own",
    "replaces": "a sentence, when an earlier decision is corrected; empty otherwise",
}
_ACCEPTED = {
    "pages": "how long the final version may be, in words; empty where nothing is said",
    "next_steps": "what follows, with the date of the final version if the call has one",
}
_CONDITIONS = {
    "conditions": "what must change, may be empty; on a line of its own",
    "shepherd": "who says when the conditions are met; empty while there is nobody",
}
_OWN = {"own_category": "the category it was submitted in"}
_BUTTON = "Open the decision and the reviews"


def _kind(slug: str, label: str, placeholders: Mapping[str, str]) -> LetterKind:
    return LetterKind(slug, label, True, {**_TOLD, **placeholders}, button=_BUTTON)


ACCEPT = _kind("decision_accept", "Decision: accepted", _ACCEPTED)
ACCEPT_OTHER = _kind("decision_accept_other", "Decision: accepted in another category", {**_ACCEPTED, **_OWN})
CONDITIONAL = _kind(
    "decision_conditional", "Decision: accepted on conditions", {**_ACCEPTED, **_OWN, **_CONDITIONS}
)
REJECT = _kind("decision_reject", "Decision: rejected", {})
DESK_REJECT = LetterKind(
    "decision_desk_reject",
    "Decision: rejected without review",
    True,
    {name: words for name, words in _TOLD.items() if name != "reviews"},
    button="Open the decision",
)
#: To the contacts of a paper, in the order of the wizard.
KINDS = (ACCEPT, ACCEPT_OTHER, CONDITIONAL, REJECT, DESK_REJECT)
MET = LetterKind(
    "decision_conditions_met",
    "The conditions are met",
    True,
    {"shepherd": "who found so", **_ACCEPTED, "category": _TOLD["category"]},
    button="Open the decision",
)
SHEPHERD = LetterKind(
    "shepherd",
    "For a shepherd: a paper to look after",
    True,
    {
        "conditions": "what must change; on a line of its own",
        "contacts": "the addresses of the paper's contacts; on a line of its own",
        "final": "when the final version is due, in words; empty where the call does not say",
    },
    why="You receive this because the chairs of {edition} named you shepherd of this paper.",
    button="Open the page of this paper",
)
_WORDS = {
    Decision.Outcome.ACCEPT: "accepted",
    Decision.Outcome.CONDITIONAL: "accepted on conditions",
    Decision.Outcome.REJECT: "rejected",
    Decision.Outcome.DESK_REJECT: "rejected without review",
}


def register() -> None:
    for kind in (*KINDS, MET, SHEPHERD):
        add_kind(kind)


def kind_of(decision: Decision) -> LetterKind:
    """The letter that tells of `decision`."""
    if decision.outcome == Decision.Outcome.ACCEPT:
        return ACCEPT_OTHER if decision.category_id else ACCEPT
    return {
        Decision.Outcome.CONDITIONAL.value: CONDITIONAL,
        Decision.Outcome.REJECT.value: REJECT,
        Decision.Outcome.DESK_REJECT.value: DESK_REJECT,
    }[decision.outcome]


def in_words(decision: Decision) -> str:
    """As one says it to authors: "accepted on conditions"."""
    return _WORDS[Decision.Outcome(decision.outcome)]


def pages_in_words(category: Category | None) -> str:
    """How long a final version in `category` may be: "8 to 10 pages"; "" where nothing is said."""
    return describe(category.law()) if category is not None and category.needs_file else ""


def final_date(paper: Paper, category: Category | None) -> Deadline | None:
    """The call's date of final versions in `category`; the dates of the edition were read with the paper."""
    rows = [it for it in paper.edition.deadlines.all() if it.kind == Deadline.Kind.CAMERA_READY]
    own = [it for it in rows if category is not None and it.category_id == category.pk]
    return max(own or [it for it in rows if it.category_id is None], key=lambda it: it.at, default=None)


def next_steps(paper: Paper, category: Category | None, person: User | None) -> str:
    """What follows an acceptance, as sentences. The site takes no final versions yet, so none is asked for here."""
    date = final_date(paper, category)
    if date is None:
        return "We write to you about the final version and how to hand it in."
    due = moment_in_words(date.at, paper.edition, person)
    return f"The final version is due on {due}. We write to you how to hand it in."


def to_contact(
    decision: Decision,
    *,
    address: str,
    person: User | None,
    text: Text,
    reviews: Sequence[ShownReview],
    corrects: bool,
    sample: bool = False,
) -> Letter:
    """The letter about `decision` as one contact gets it. Raises LetterError when `text` cannot be used.

    `corrects`: a decision on this paper was told before, and this one takes its place.
    """
    paper = decision.paper
    category = decision.category or paper.category
    accepted = decision.outcome in Decision.ACCEPTED
    values = {
        "decision": in_words(decision),
        "category": str(category or ""),
        "own_category": str(paper.category or ""),
        "to_authors": decision.to_authors,
        "conditions": decision.conditions,
        "shepherd": decision.shepherd.name if decision.shepherd else "",
        "reviews": reviews_in_words(reviews),
        "replaces": "This letter replaces the one we sent you before about this paper." if corrects else "",
        "pages": pages_in_words(category) if accepted else "",
        "next_steps": next_steps(paper, category, person) if accepted else "",
    }
    kind = kind_of(decision)
    return compose(
        kind,
        edition=paper.edition,
        to=address,
        person=person,
        url=page_of(paper),
        paper=paper,
        values={name: value for name, value in values.items() if name in kind.placeholders},
        text=text,
        sample=sample,
    )


def page_of(paper: Paper) -> str:
    """Where the authors read the decision."""
    return reverse("paper_decision", args=[paper.edition.slug, paper.number])


def queue(
    letter: Letter,
    decision: Decision,
    *,
    address: str,
    person: User | None,
    occasion: str,
    release: Release,
    kind: LetterKind | None = None,
) -> Message:
    """Queue a letter that leaves when the release takes effect; once for each paper, person and `occasion`."""
    return post(
        letter,
        kind=kind or kind_of(decision),
        edition=decision.paper.edition,
        to=address,
        person=person,
        about=about(decision.paper),
        occasion=occasion,
        due_at=release.effective_at,
        batch=release.key,
    )


def told(edition: Edition, papers: Iterable[Paper]) -> set[str]:
    """Which of `papers` (as `about`) a letter of a decision was written about already. One query."""
    rows = Message.objects.filter(
        edition=edition.slug, kind__in=[it.slug for it in KINDS], about__in=[about(it) for it in papers]
    )
    return set(rows.values_list("about", flat=True))


def to_shepherd(decision: Decision, *, contacts: Iterable[str], text: Text | None = None) -> Letter | None:
    """What the shepherd of `decision` gets; None when nobody can be written to."""
    member, paper = decision.shepherd, decision.paper
    address = shepherd_address(decision)
    if member is None or not address:
        return None
    date = final_date(paper, decision.category or paper.category)
    return compose(
        SHEPHERD,
        edition=paper.edition,
        to=address,
        person=member.user,
        url=reverse("member_shepherd", args=[paper.edition.slug, paper.number]),
        paper=paper,
        values={
            "name": member.name or "colleague",
            "conditions": decision.conditions,
            "contacts": "\n".join(f"- {it}" for it in contacts),
            "final": moment_in_words(date.at, paper.edition, member.user) if date else "",
        },
        text=text,
    )


def shepherd_address(decision: Decision) -> str:
    """Where the shepherd reads: the account's address, or the one of the roster; "" when there is none."""
    member = decision.shepherd
    return ((member.user.email if member.user else "") or member.email) if member else ""


def conditions_met(decision: Decision, readers: Mapping[str, User | None]) -> None:
    """Tell the contacts that their paper is accepted without conditions now."""
    paper = decision.paper
    category = decision.category or paper.category
    for address, person in readers.items():
        letter = compose(
            MET,
            edition=paper.edition,
            to=address,
            person=person,
            url=page_of(paper),
            paper=paper,
            values={
                "shepherd": decision.shepherd.name if decision.shepherd else "",
                "category": str(category or ""),
                "pages": pages_in_words(category),
                "next_steps": next_steps(paper, category, person),
            },
        )
        post(
            letter,
            kind=MET,
            edition=paper.edition,
            to=address,
            person=person,
            about=about(paper),
            occasion=occasion_of(decision.release.key if decision.release else None, decision.revision),
        )


def occasion_of(release: UUID | None, revision: int) -> str:
    return f"{release.hex if release else ''}-{revision}"


# -- reviews as text ----------------------------------------------------------------------------------------------------------


def reviews_in_words(reviews: Sequence[ShownReview]) -> str:
    """The reviews, one after the other, as paragraphs of a letter; a sentence instead where they are too long for one."""
    whole = "\n\n".join(_review(it) for it in reviews)
    if len(whole) > LONGEST_REVIEWS:
        return "The reviews are too long for a letter. You read them on the page of the decision."
    return whole


def _review(review: ShownReview) -> str:
    scores = "\n".join(f"{it.question.label}: {_answer(it)}" for it in review.scores)
    texts = [f"{it.question.label}:\n\n{it.value}" for it in review.texts]
    head = f"=== Review {review.letter} ==="
    return (
        "\n\n".join(part for part in (head, scores, *texts) if part)
        if review.answers
        else f"{head}\n\n(empty)"
    )


def _answer(answer: ShownAnswer) -> str:
    question = answer.question
    if question.kind == "score":
        return f"{answer.value} of {question.highest}" + (f" – {answer.step}" if answer.step else "")
    if question.kind == "checkbox":
        return "yes" if answer.value else "no"
    return str(answer.value)
