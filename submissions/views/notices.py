"""What the rooms above say on a paper's page and in “My papers”: that it is accepted, that a response is open.

They add theirs in `AppConfig.ready()`: notices.sources.append(notices_of_decisions)
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest

from submissions.models import Paper


@dataclass(frozen=True)
class Notice:
    """A box on the paper's page, and a line in the list. `url` leads on, with the words `action`."""

    title: str
    text: str = ""
    kind: Literal["info", "success", "warning", "danger"] = "info"
    icon: str = "info"
    url: str = ""
    action: str = ""


#: Each returns notices by the key of the paper, for papers that the person of this request sees. A constant number of queries.
sources: list[Callable[[HttpRequest, Sequence[Paper]], Mapping[int, Notice]]] = []


def of(request: HttpRequest, papers: Sequence[Paper]) -> dict[int, list[Notice]]:
    """The notices of each paper, in the order in which the rooms registered."""
    found: dict[int, list[Notice]] = defaultdict(list)
    for source in sources:
        for pk, notice in source(request, papers).items():
            found[pk].append(notice)
    return found
