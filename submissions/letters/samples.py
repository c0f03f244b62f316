"""What stands in the preview of a letter: the facts of a real paper and reader where there are any."""

from accounts.models import User
from submissions import queries
from submissions.letter_kinds import LetterKind
from submissions.letters import papers
from submissions.letters.sending import Letter, compose, moment_in_words
from submissions.letters.texts import Text
from submissions.models import Edition, Paper

NOTHING_MISSING = "- Upload your paper as a PDF."


def preview(
    kind: LetterKind, *, edition: Edition, viewer: User, paper: Paper | None, reader: str, text: Text
) -> Letter:
    """The letter as `reader`, a contact of `paper`, would get it; without a paper, as `viewer` would.

    Raises letter_form.LetterError when the text cannot be used.
    """
    contacts = papers.readers(paper) if paper else {}
    to = reader if reader in contacts else next(iter(contacts), viewer.email)
    person = contacts.get(to) if paper else viewer
    about_paper = paper if kind.about_paper else None
    values = {name: f"[{explanation}]" for name, explanation in kind.placeholders.items()}
    if kind.about_paper and paper is None:
        values |= {"paper_number": "17", "paper_title": "The title of a paper"}
    values |= {
        name: value for name, value in _values(edition, person, paper, viewer).items() if name in kind.offered
    }
    url = paper.get_absolute_url() if about_paper and paper else edition.get_absolute_url()
    return compose(
        kind,
        edition=edition,
        to=to,
        person=person,
        url=url,
        paper=about_paper,
        values=values,
        text=text,
        sample=True,
    )


def _values(edition: Edition, person: User | None, paper: Paper | None, viewer: User) -> dict[str, str]:
    closing = queries.closing_of(paper) if paper else queries.call_closing(edition)
    at = moment_in_words(closing.at, edition, person) if closing else ""
    values = {
        "by": str(viewer),
        "reason": "The reason that is given stands here.",
        "missing_list": NOTHING_MISSING,
        "standing": "How the paper stands is said here.",
        **dict.fromkeys(("closes", "until", "before", "after", "deadline"), at),
    }
    if paper:
        values |= {
            "facts": papers.facts(paper, person),
            "missing_list": papers.missing_list(paper) or NOTHING_MISSING,
            "papers": f"- #{paper.number} {paper.title}",
        }
    return values
