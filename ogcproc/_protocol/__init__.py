"""Reads answers: pure functions, no requests."""
