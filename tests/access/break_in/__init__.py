"""Attacks that somebody might try, each by the way they would take. Who may see what in general is in table.py."""
