"""Everything we hold on one person, for “Download my data”, and what an address of theirs is good for.

Upper rooms add their parts in `AppConfig.ready()`:

    from accounts import personal_data
    personal_data.exporters["papers"] = people.export_papers    # (user) -> JSON-able data
    personal_data.claims.append(people.papers_named)            # (user, email) -> a sentence, or ""

A claim's sentence is shown when the person has verified `email`: “This address is named on 2 papers.”
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.models import User

exporters: dict[str, Callable[["User"], Any]] = {}
claims: list[Callable[["User", str], str]] = []
