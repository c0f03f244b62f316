"""What this room tells the rooms above it.

`address_verified(sender, user, email)`: a person proved to own an address. Sent in the transaction of the change.
`account_deleted(sender, user)`: just before the row goes, in the same transaction; the addresses are still there.
    Set what must outlive the person to null or to a printed name here; raise nothing.
"""

from django.dispatch import Signal

address_verified = Signal()
account_deleted = Signal()
