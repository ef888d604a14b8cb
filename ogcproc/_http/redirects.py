"""Redirects: which are followed, where they lead, and which are refused."""

from __future__ import annotations

from ..errors import UnsafeRedirect
from .answer import Answer
from .urls import join, origin, path_of, without_secrets

__all__ = [
    "FOLLOWING",
    "MAX_REDIRECTS",
    "REPEATING",
    "redirect_target",
    "repeated_elsewhere",
    "safe_target",
    "too_many",
]

#: Redirects that ask for the same request elsewhere: nothing has been done yet.
REPEATING = frozenset({301, 307, 308})
#: Methods whose redirects are followed.
FOLLOWING = frozenset({"GET", "HEAD"})
#: How many redirects are followed; browsers follow 20, no server needs ten.
MAX_REDIRECTS = 10


def redirect_target(url: str, location: str, home: str) -> str:
    """Return the URL that a redirect leads to; raises UnsafeRedirect if that leaves https.

    ``home`` is our base URL. Servers behind a proxy name themselves as they know themselves: the
    same host without TLS, or another host and the same path except for a slash. Then the path
    counts, on our own origin.
    """
    own = own_scheme, own_host, own_port = origin(home)
    if origin(url) == own:
        try:
            target = join(url, location)
            scheme, host, port = origin(target)
        except ValueError:
            return safe_target(url, location)
        path, was = path_of(target), path_of(url)
        by_slash = path.rstrip("/") == was.rstrip("/") and scheme in {"http", "https"}
        unsecured = (scheme, host, own_scheme) == ("http", own_host, "https")
        if path != was and (by_slash or (unsecured and port in {80, own_port})):
            return join(url, path)
    return safe_target(url, location)


def safe_target(url: str, location: str) -> str:
    """Return the URL that a redirect or link leads to; raises UnsafeRedirect if it leaves https."""
    try:
        target = join(url, location)
        scheme = origin(target)[0]
    except ValueError:
        target, scheme = location, ""
    if scheme not in {"http", "https"} or (scheme == "http" and origin(url)[0] == "https"):
        raise UnsafeRedirect(
            f"{without_secrets(url)} leads to {without_secrets(target)}, which is not followed",
            url=without_secrets(url),
            location=without_secrets(target),
        )
    return target


def repeated_elsewhere(answer: Answer) -> UnsafeRedirect:
    """Return the error for a redirect that asks to repeat another request than a GET."""
    location = without_secrets(answer.location or answer.headers.last("location"))
    return UnsafeRedirect(
        f"{answer.method} {answer.shown_url} is redirected to {location or 'nowhere'}, where it is "
        f"not repeated ({answer.status})",
        url=answer.shown_url,
        location=location,
    )


def too_many(asked: str, location: str) -> UnsafeRedirect:
    """Return the error for redirects without end."""
    return UnsafeRedirect(
        f"more than {MAX_REDIRECTS} redirects from {without_secrets(asked)}",
        url=without_secrets(asked),
        location=without_secrets(location),
    )
