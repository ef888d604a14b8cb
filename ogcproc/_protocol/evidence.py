"""What proves that an execute request was carried out, and what proves that it was not.

``docs/executed-once.rst`` explains the table below.
"""

from __future__ import annotations

import json
import re
from enum import Enum

__all__ = ["Proof", "is_service_document", "proof_of"]


class Proof(Enum):
    """What the end of an execute request proves."""

    #: The service has dealt with the request: its answer is the outcome, even if it is an error.
    carried_out = "carried out"
    #: Nothing was done.
    not_carried_out = "not carried out"
    nothing = "nothing"


#: Redirects that ask for the same request elsewhere, and refusals that come before any work.
NOT_CARRIED_OUT = frozenset({301, 307, 308, 401, 405, 429})
#: Timeouts, Cloudflare's statuses, and statuses that answer no POST.
NOTHING = frozenset({*range(200), 300, *range(304, 400), 408, *range(520, 528)})
#: A gateway sends these if it has lost the service's answer.
GATEWAY = frozenset({502, 503, 504})
#: The service sends this if it takes no requests for now (RFC 9110, 15.6.4).
UNAVAILABLE = 503

#: Each of these members marks a problem document (RFC 9457). Gateways send ``message`` or
#: ``error`` instead: Kong, AWS, APISIX, KrakenD, Envoy, Spring Cloud Gateway.
PROBLEM = ("type", "title", "detail")
#: Both of these mark an exception of OGC API - Common (pygeoapi).
EXCEPTION = ("code", "description")
EXCEPTION_REPORT = rb"<(?:\w+:)?ExceptionReport\b"


def proof_of(status: int, body: bytes) -> Proof:
    """Return what an answer to an execute request proves; see ``docs/executed-once.rst``."""
    if status in GATEWAY:
        if not is_service_document(body):
            return Proof.nothing
        return Proof.not_carried_out if status == UNAVAILABLE else Proof.carried_out
    if status in NOT_CARRIED_OUT:
        return Proof.not_carried_out
    return Proof.nothing if status in NOTHING else Proof.carried_out


def is_service_document(body: bytes) -> bool:
    """Return whether a body is an error document of the service itself, not of a gateway."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return re.search(EXCEPTION_REPORT, body) is not None
    if not isinstance(data, dict):
        return False
    return any(map(data.get, PROBLEM)) or all(map(data.get, EXCEPTION))
