"""What an answer means: pure functions, no requests."""
