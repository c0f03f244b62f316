"""What is written to whom about the committee's work. Each letter is composed here and queued in the caller's transaction."""
