"""Inspection of uploaded PDFs: hostile until read, and only ever parsed in a limited child process."""
