"""What happens in this room when something changed in the call. Connected in `apps.py`."""

from typing import Any

from reviews.services import roster
from submissions.models import Role


def follow_line_of_call(sender: Any, *, instance: Role, raw: bool = False, **_: Any) -> None:
    """A line of the committee was written: its member follows. Not while a backup is loaded, which has both."""
    if not raw:
        roster.follow_role(instance)
