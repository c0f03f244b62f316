"""What this room tells the rooms above it, and itself, after a change."""

from django.dispatch import Signal

#: A deadline of an edition moved. Arguments: deadline, actor, before (datetime), reason (str).
deadline_moved = Signal()

#: A paper changed its state. Arguments: paper, actor, before (State), after (State).
paper_moved = Signal()

#: The contents of a paper changed, in the transaction of the change. Arguments: paper, actor, changes (names of what changed:
#: "authors", "institutions", …, as in the history).
paper_changed = Signal()
