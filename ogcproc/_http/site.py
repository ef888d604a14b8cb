"""Our server's URLs: how they are made, and how they are told from those of other servers."""

from __future__ import annotations

from typing import Any

from .redirects import safe_target
from .urls import join, origin, path_of, query_of, segment, without_secrets

__all__ = ["Site"]


class Site:
    """The URLs under one base URL, which holds no user and password and does not end in a slash."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._origin = origin(base_url)
        self._below = f"{base_url}/"
        self._path_at = len(self._below) - len(path_of(self._below))

    def url(self, root: str, *segments: str, home: str = "", **query: Any) -> str:
        """Return the URL of a resource: names percent-encoded, a query of what is not None.

        ``root`` is one of ours, and ``home`` takes the place of it and of the base URL.
        """
        url = "/".join((home or self._below + root, *map(segment, segments)))
        return url + query_of(query) if query else url

    def fetchable(self, href: str) -> str:
        """Return the URL of a link in a result; raises UnsafeRedirect if it must not be fetched."""
        return safe_target(self._below, href)

    def owns(self, url: str) -> bool:
        """Return whether a URL is under our base URL."""
        return f"{url}/".startswith(self._below)

    def own(self, url: str) -> str | None:
        """Return a URL as one below our base URL; None if it is none.

        A server behind a proxy names itself as it knows itself: of another origin's URL the path
        counts, if it lies below that of our base URL.
        """
        try:
            url = join(self._below, url)
            path = path_of(url)
            if origin(url)[0] not in {"http", "https"}:
                return None
            if origin(url) != self._origin:
                url = self.base_url + path.removeprefix(path_of(self.base_url).rstrip("/"))
        except ValueError:
            return None
        return url if self.owns(url.partition("?")[0]) and path_of(url) == path else None

    def below(self, url: str, *segments: str, **query: Any) -> str:
        """Return the URL of a resource below one of our own URLs.

        Raises ValueError for a URL that is not under ``api_url``: it would take the credentials
        elsewhere.
        """
        if not self.owns(url):
            raise ValueError(f"{without_secrets(url)} is not under {self.base_url}")
        path, mark, asked = url.partition("?")
        wanted = query_of(query)
        if mark:
            wanted = f"?{asked}&{wanted[1:]}" if wanted else f"?{asked}"
        return "/".join((path.rstrip("/"), *map(segment, segments))) + wanted

    def shares_origin(self, url: str) -> bool:
        """Return whether a URL leads to our origin, which alone gets the credentials."""
        return url.startswith(self._below) or origin(url) == self._origin

    def target(self, url: str) -> str:
        """Return the path and query of a URL, as the request line has them."""
        return url[self._path_at :] if url.startswith(self._below) else path_of(url)
