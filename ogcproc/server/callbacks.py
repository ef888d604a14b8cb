"""News of a job for the URIs its caller subscribed with (`/req/callback/job-callback`)."""

import json
import logging
import threading
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from .documents import status_info
from .jobs import Record
from .threads import DaemonExecutor

logger: logging.Logger = logging.getLogger(__name__)

_URIS = {"running": "inProgressUri", "successful": "successUri", "failed": "failedUri"}


class _NoRedirect(HTTPRedirectHandler):
    """Leaves a redirect alone: the caller named one place, not where that place points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Return None: no other request is made."""


class Callbacks:
    """Posts to subscribers from one thread, in order; a failure is logged and that is all."""

    #: Number of seconds a subscriber has to answer.
    TIMEOUT = 10.0

    def __init__(self) -> None:
        self._executor: DaemonExecutor | None = None
        self._lock = threading.Lock()
        self._opener = build_opener(_NoRedirect)
        #: Makes the results document of a successful job; the service knows how.
        self.results: Callable[[Record], dict[str, Any]]

    def watch(self, record: Record, info: dict[str, Any]) -> None:
        """Send a job's news, if anybody subscribed to news of this kind.

        `successUri` gets the results document. For the other two the standard leaves the content
        open; they get the statusInfo.
        """
        uri = record.order.subscriber.get(_URIS.get(info["status"], ""))
        if uri is None:
            return
        if info["status"] == "successful":
            document = self.results(record)
        else:
            document = status_info(record.order.base, info)
        with self._lock:
            if self._executor is None:
                self._executor = DaemonExecutor(1)
            self._executor.submit(self._post, uri, json.dumps(document).encode())

    def _post(self, uri: str, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        request = Request(uri, body, headers, method="POST")  # noqa: S310  (http(s), see order.py)
        try:
            self._opener.open(request, timeout=self.TIMEOUT).close()
        except HTTPError as error:
            error.close()
            logger.warning("the subscriber %s answered %s", uri, error.code)
        except (OSError, ValueError, HTTPException) as error:
            logger.warning("the subscriber %s could not be told: %s", uri, error)

    def close(self) -> None:
        """Send what there is no time for nowhere; a call that runs ends by its own time-out."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(cancel_futures=True, timeout=1.0)
