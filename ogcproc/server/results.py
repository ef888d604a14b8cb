"""Results in the form they were ordered in: the response table of 1.0, one function a row.

The same function answers a synchronous execution and `/jobs/{jobID}/results`, as the standard wants
(`/req/core/job-results-async-*`).
"""

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any

from .annotations import OCTET_STREAM
from .headers import choose, essence, is_json
from .links import segment_of, url
from .order import JSON, TEXT, Order, Wanted, media_types
from .wsgi import Response, json_response


class Results:
    """The outputs of a job, and how they were ordered."""

    def __init__(
        self,
        base: str,
        job_id: str,
        order: Order,
        outputs: Mapping[str, Any],
        schemas: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._place = url(base, "jobs", job_id, "results")
        self._order = order
        self._schemas = schemas
        self._outputs = {name: outputs[name] for name in order.wanted if name in outputs}

    def response(self, accept: str | None) -> Response:
        """Return the answer the order leads to."""
        wanted = self._order.wanted
        if self._order.document:
            return json_response(self.document())
        if not self._outputs:
            return Response(status=204)
        if all(wanted[name].reference for name in self._outputs):
            return self._raw_references()
        if len(wanted) == 1:
            return self.one(next(iter(self._outputs)), accept)
        return self._multipart()

    def document(self) -> dict[str, Any]:
        """Return the results document (`/req/core/process-execute-sync-document`)."""
        return {name: self._member(name, value) for name, value in self._outputs.items()}

    def one(self, name: str, accept: str | None) -> Response:
        """Return one output as it is (`/req/core/process-execute-sync-raw-value-one`).

        `Content-ID` says which output it is, as it does in a multipart answer.
        """
        media_type = self._media_type(name, accept)
        response = Response(self._bytes(name, media_type), media_type)
        return response.add("Content-ID", segment_of(name))

    def __contains__(self, name: str) -> bool:
        return name in self._outputs

    def _raw_references(self) -> Response:
        """`/req/core/process-execute-sync-raw-ref`: 204, a Link for each output.

        The standard names no relation; the output id stands there, and at the end of the URL.
        """
        response = Response(status=204)
        for name in self._outputs:
            media_type = self._media_type(name).replace('"', "")
            response.add(
                "Link", f'<{self._href(name)}>; rel="{segment_of(name)}"; type="{media_type}"'
            )
        return response

    def _multipart(self) -> Response:
        """`/req/core/process-execute-sync-raw-value-multi` and `-raw-mixed-multi` (RFC 2387)."""
        boundary = uuid.uuid4().hex
        parts = [self._part(name, boundary) for name in self._outputs]
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        root = essence(self._media_type(next(iter(self._outputs))))
        return Response(body, f'multipart/related; boundary={boundary}; type="{root}"')

    def _part(self, name: str, boundary: str) -> bytes:
        media_type = self._media_type(name)
        lines = [
            f"--{boundary}",
            f"Content-Type: {media_type}",
            f"Content-ID: {segment_of(name)}",
        ]
        body = b""
        if self._order.wanted[name].reference:
            lines.append(f"Content-Location: {self._href(name)}")
        else:
            body = self._bytes(name, media_type)
        return "\r\n".join([*lines, "", ""]).encode() + body + b"\r\n"

    def _member(self, name: str, value: Any) -> Any:
        """Return an output as the results document holds it (inlineOrRefData)."""
        wanted = self._order.wanted[name]
        media_type = self._media_type(name)
        if wanted.reference:
            return {"href": self._href(name), "type": media_type}
        if isinstance(value, bytes):
            text = base64.b64encode(value).decode("ascii")
            return {"value": text, "encoding": "base64", "mediaType": media_type}
        if wanted.media_type:
            return {"value": value, "mediaType": media_type}
        # A bbox stands there as it is; any other object would be taken for a link or worse.
        bare = not isinstance(value, dict) or "bbox" in value
        return value if bare else {"value": value}

    def _href(self, name: str) -> str:
        return f"{self._place}/{segment_of(name)}"

    def _media_type(self, name: str, accept: str | None = None) -> str:
        """Return the media type: as ordered, else as `Accept` likes it, else the output's own."""
        value = self._outputs[name]
        wanted = self._order.wanted.get(name, Wanted())
        if wanted.media_type:
            return wanted.media_type
        offered = _offered(value, self._schemas[name])
        # A scalar given as a link SHOULD be text/plain.
        if wanted.reference and TEXT in offered:
            offered = [TEXT, *offered]
        return choose(accept, offered)

    def _bytes(self, name: str, media_type: str) -> bytes:
        value = self._outputs[name]
        if isinstance(value, bytes):
            return value
        own = self._schemas[name].get("contentMediaType")
        as_text = not is_json(media_type) or media_type == own
        if isinstance(value, str) and as_text:
            # JSON can hold half of a surrogate pair, UTF-8 cannot.
            return value.encode(errors="replace")
        return json.dumps(value, allow_nan=False).encode()


def _offered(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """Return the media types for a value; where the schema is silent, the value decides."""
    known = media_types(schema)
    if isinstance(value, bytes):
        return known if known[0] not in (JSON, TEXT) else [OCTET_STREAM]
    if isinstance(value, str) and known == [JSON, TEXT]:
        return [TEXT, JSON]
    if isinstance(value, dict | list):
        return [name for name in known if name != TEXT] or [JSON]
    return known
