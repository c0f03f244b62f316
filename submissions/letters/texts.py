"""Where the words of a letter come from: the edition's own text, or the file."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from submissions.models import Edition, LetterText


@dataclass(frozen=True)
class Text:
    """`revision` 0: the default."""

    subject: str
    body: str
    revision: int = 0

    @property
    def whole(self) -> str:
        return f"{self.subject}\n\n{self.body}"


@cache
def default(kind: str) -> Text:
    """The text that comes with the system, in `templates/<room>/letters/`. Raises FileNotFoundError without one."""
    found = list((Path(settings.BASE_DIR) / "templates").glob(f"*/letters/{kind}.txt"))
    if not found:
        raise FileNotFoundError(f"templates/*/letters/{kind}.txt")
    source = found[0].read_text(encoding="utf-8")
    subject, _, body = source.strip().partition("\n")
    return Text(subject.strip(), body.strip())


def of(edition: Edition, kind: str) -> Text:
    """The text that holds for `edition` now."""
    own = LetterText.objects.filter(edition=edition, kind=kind).first()
    return Text(own.subject, own.body, own.revision) if own else default(kind)
