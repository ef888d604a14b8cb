"""Requests and answers over urllib3: the only room that knows urllib3."""
