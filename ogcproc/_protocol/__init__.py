"""Reads answers; makes no requests."""
