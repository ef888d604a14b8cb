"""Where a server keeps its resources, as far as it has been seen.

The standard fixes the paths, and lets a landing page put them elsewhere
(`/per/core/alternative-process-paths`). What a page says is believed where it was seen to hold;
what one thread learns serves all.
"""

from __future__ import annotations

from ._http.urls import origin
from .errors import OgcProcError, TransportError
from .models.names import relation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ._http.answer import Answer
    from ._http.transport import Transport
    from .models import Link

__all__ = ["Places"]

#: The relations by which a landing page links to the resources.
HOMES = {"processes": "processes", "jobs": "job-list", "conformance": "conformance"}
#: How many processes' own links are remembered.
REMEMBERED = 256


class Places:
    """Where the resources of one server are."""

    def __init__(self, http: Transport) -> None:
        self._http = http
        #: By the first segment of the fixed path, what is to stand in its place.
        self.homes: dict[str, str] = {}
        #: By process, where it is executed.
        self.executions: dict[str, str] = {}
        self._linked: dict[str, str] | None = None

    def url(self, root: str, *segments: str, **query: Any) -> str:
        """Return the URL of a resource, by its fixed path or where it was found to be."""
        return self._http.url(root, *segments, home=self.homes.get(root, ""), **query)

    def execution(self, process_id: str) -> str:
        """Return where a process is executed: as its description says, where that was seen."""
        known = self.executions.get(process_id)
        return known or self.url("processes", process_id, "execution")

    def learn_execution(self, process_id: str, answer: Answer, links: Sequence[Link]) -> None:
        """Remember where a description says that its process is executed, if that is with us."""
        url = answer.own_link([link for link in links if is_near(answer, link)], "execute")
        if len(self.executions) >= REMEMBERED:
            self.executions.clear()
        if url is not None and url != self.url("processes", process_id, "execution"):
            self.executions[process_id] = url
        else:
            self.executions.pop(process_id, None)

    def linked(self, root: str, landing_page: Callable[[], tuple[Answer, Sequence[Link]]]) -> str:
        """Return where the landing page says that a kind of resource is; empty if it does not."""
        linked = self._linked
        if linked is None:
            try:
                page, links = landing_page()
                linked = {root: page.own_link(links, rel) or "" for root, rel in HOMES.items()}
            except TransportError:  # it may come next time
                return ""
            except OgcProcError:
                linked = dict.fromkeys(HOMES, "")
            self._linked = linked
        return linked[root]


def is_near(answer: Answer, link: Link) -> bool:
    """Return whether a link leads to where its answer came from, execution or not."""
    if relation(link.rel) != "execute":
        return False
    try:
        return origin(answer.resolve(link.href)) == origin(answer.url)
    except (OgcProcError, ValueError):
        return False
