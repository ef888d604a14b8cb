"""The inputs of an execute request, checked against the description and made into arguments."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from .annotations import OCTET_STREAM, is_binary
from .describe import Process
from .errors import Problem, bad_request
from .headers import essence
from .validate import InvalidValueError, check

#: Fetches what an input by reference points to.
Fetch = Callable[[str], bytes]

_QUALIFIED = {"value", "mediaType", "encoding", "schema", "format"}


def read_inputs(process: Process, body: Mapping[str, Any], fetch: Fetch | None) -> dict[str, Any]:
    """Return the function's arguments; raise a 400 that names the input that is wrong.

    `/req/core/process-execute-input-validation`.
    """
    given = body.get("inputs", {})
    if not isinstance(given, dict):
        raise bad_request("inputs: expected an object, input id -> value")
    descriptions = process.inputs
    for name in given:
        if name not in descriptions:
            known = ", ".join(map(repr, descriptions)) or "none"
            raise bad_request(f"input {name!r}: there is no such input; there are {known}")
    arguments = {}
    for name, description in descriptions.items():
        if name in given:
            reader = _Reader(name, description, process.decoders[name], fetch)
            arguments[name] = reader.read(given[name])
        elif description.get("minOccurs", 1) != 0:
            raise bad_request(f"input {name!r}: it is required and was not given")
    return arguments


class _Reader:
    """Reads one input; everything it raises starts with the input's name."""

    def __init__(
        self,
        name: str,
        description: Mapping[str, Any],
        decode: Callable[[Any], Any],
        fetch: Fetch | None,
    ) -> None:
        self._name = name
        self._schema = description["schema"]
        self._least = description.get("minOccurs", 1)
        self._most = description.get("maxOccurs", 1)
        self._decode = decode
        self._fetch = fetch

    def read(self, value: Any) -> Any:
        if self._most == 1:
            return self._read_one(value, "")
        values = value if self._is_list(value) else [value]
        most = len(values) if self._most == "unbounded" else int(self._most)
        if not self._least <= len(values) <= most:
            raise self._wrong(f"expected {self._least} to {self._most} values, got {len(values)}")
        return [self._read_one(item, f"[{index}]") for index, item in enumerate(values)]

    def _is_list(self, value: Any) -> bool:
        """Return whether an array is several values, not the one value of an array-typed input."""
        if not isinstance(value, list):
            return False
        return self._schema.get("type") != "array" or all(
            isinstance(item, list | dict) for item in value
        )

    def _read_one(self, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            if isinstance(value.get("href"), str) and "value" not in value:
                return self._read_reference(value["href"], path)
            if "value" in value and set(value) <= _QUALIFIED:
                self._check_format(value, path)
                value = value["value"]
        try:
            check(value, self._schema)
            return self._decode(value)
        except InvalidValueError as error:
            raise self._wrong(error.message, path + error.path) from None

    def _check_format(self, qualified: Mapping[str, Any], path: str) -> None:
        # 1.0's schema puts mediaType beside the value, its test suite one level down, in `format`.
        nested = qualified.get("format")
        both = {**(nested if isinstance(nested, dict) else {}), **qualified}
        media_type, encoding = both.get("mediaType"), both.get("encoding")
        own = self._schema.get("contentMediaType")
        known = media_type is None or own in (None, OCTET_STREAM)
        if not known and essence(str(media_type)) != essence(own):
            raise self._wrong(f"the media type {media_type!r} is not {own}", path)
        if encoding is not None and is_binary(self._schema) and encoding != "base64":
            raise self._wrong(f"the encoding {encoding!r} is not base64", path)

    def _read_reference(self, href: str, path: str) -> Any:
        if self._fetch is None:
            raise self._wrong(
                "this server does not fetch inputs by reference; send the value, and wrap an "
                'object that has an href of its own in {"value": ...}',
                path,
            )
        try:
            content = self._fetch(href)
        except Exception as error:  # noqa: BLE001  (the hook is the author's; any failure is the link's)
            raise self._wrong(f"{href} could not be fetched: {error}", path) from None
        return self._read_content(content, path)

    def _read_content(self, content: bytes, path: str) -> Any:
        if is_binary(self._schema):
            return content
        try:
            text = content.decode()
            value = text if self._schema.get("type") == "string" else json.loads(text)
            check(value, self._schema)
            return self._decode(value)
        except InvalidValueError as error:
            raise self._wrong(error.message, path + error.path) from None
        except (ValueError, RecursionError):
            raise self._wrong("what was fetched is neither UTF-8 text nor JSON", path) from None

    def _wrong(self, message: str, path: str = "") -> Problem:
        return bad_request(f"input {self._name + path!r}: {message}")
