"""The administration pages of this room."""

from submissions.admin import call

__all__ = ["call"]
