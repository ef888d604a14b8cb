"""Web pages among answers: a sign-in page, somebody's web site, or a result after all.

One rule for every answer that may hold results, whether it is read, saved or opened. A page is a
result if the process's description says that an output is HTML. If no redirect led to it, it is
also a result if the output's schema leaves the media type open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from .._http.answer import PAGES, Answer
from .._http.headers import MediaType
from ..models import Link, OutputDescription
from .results import Known, id_in
from .schemas import allows, stated_media_types

__all__ = ["TITLE", "is_linked_page", "is_output", "signs_in", "title_in"]

#: How much of a page is searched, in bytes.
SEARCHED = 64 * 1024
TITLE = r"(?i)<title[^<>]*>([^<]*)"
PASSWORD = rb"(?i)<input\b[^<>]*\btype\s*=\s*[\"']?password\b"
#: A word of a host or path by which a gateway asks for a sign-in.
SIGN_IN = re.compile(
    r"(?<![a-z])(log-?in|sign-?in|oauth2?|openid|auth|authorize|realms|sso|saml2?|microsoftonline)"
    r"(?![a-z])",
    re.IGNORECASE,
)


def signs_in(answer: Answer, start: bytes) -> bool:
    """Return whether a page that starts so asks for a sign-in."""
    is_redirected = answer.was_redirected and SIGN_IN.search(answer.url.partition("?")[0])
    return bool(is_redirected) or re.search(PASSWORD, start[:SEARCHED]) is not None


def title_in(start: bytes) -> str:
    """Return the title of a page as a part of a message: quoted, after a space."""
    found = re.search(TITLE, start[:SEARCHED].decode("utf-8", "replace"))
    title = " ".join(unescape(found[1]).split())[:80] if found else ""
    return f" {title!r}" if title else ""


def is_output(answer: Answer, known: Known) -> bool:
    """Return whether a page may be an output, by the process's description."""
    name = id_in(answer.headers, known)
    described = [known.declared.get(each) for each in ([name] if name else known.ids)]
    outputs = [output for output in described if output is not None]
    stated = [{*media_types(output)} for output in outputs]
    if any(types & PAGES for types in stated):
        return True
    return not answer.was_redirected and any(
        not types and allows(output.schema.document if output.schema else None, "")
        for types, output in zip(stated, outputs, strict=True)
    )


def media_types(output: OutputDescription) -> Iterator[str]:
    """Yield the media types that an output may have; drafts of 1.0 list ``formats``."""
    yield from stated_media_types(output.schema.document if output.schema else None)
    formats = output.extra.get("formats")
    for each in formats if isinstance(formats, list) else ():
        if isinstance(each, dict) and isinstance(each.get("mediaType"), str):
            yield MediaType(each["mediaType"]).essence


def is_linked_page(answer: Answer, link: Link) -> bool:
    """Return whether an output may link to this page."""
    if link.type:
        return MediaType(link.type).essence in PAGES
    path = answer.url.partition("?")[0].lower()
    return not answer.was_redirected or path.endswith((".html", ".htm"))
