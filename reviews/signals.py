"""What this room says of its own work, inside the transaction of the change."""

from django.dispatch import Signal

#: A review was submitted: review (Review), actor (User), before (dict of the answers of its former version, or None).
review_submitted = Signal()
