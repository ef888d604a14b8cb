"""An authorization server and an API that asks for its tokens: oauthlib behind a ScriptedServer.

    with Provider() as provider:
        auth = OAuth2Password(provider.token_url, "ann", "hush", "desk")
        Client(provider.url, auth=auth).get_jobs()

oauthlib decides what is granted and refused; this module only remembers for it.
"""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from oauthlib.oauth2 import (  # type: ignore[import-untyped] # it has no annotations
    BearerToken,
    ClientCredentialsGrant,
    RefreshTokenGrant,
    RequestValidator,
    ResourceOwnerPasswordCredentialsGrant,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc8628.endpoints import (  # type: ignore[import-untyped] # as above
    DeviceAuthorizationEndpoint,
)
from oauthlib.oauth2.rfc8628.grant_types import (  # type: ignore[import-untyped] # as above
    DeviceCodeGrant,
)
from scripted import Received, ScriptedServer, answer

#: Confidential clients and their secrets, and the public one.
CLIENTS = {"app": "app s3cret: +&%", "desk": None}
USERS = {"ann": "hush"}
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
#: How long a token is good for, in seconds of the test's clock.
LIFETIME = 3600


class Clock:
    """A clock that a test sets, and that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class App:
    """A client as oauthlib wants it."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id


class Memory(RequestValidator):  # type: ignore[misc] # oauthlib is not annotated
    """What the authorization server knows; the arguments are those that oauthlib gives."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        #: When each access token ends.
        self.tokens: dict[str, float] = {}
        #: The scope of each refresh token that has not been used.
        self.refresh_tokens: dict[str, str] = {}
        #: What to say to each question after a device code.
        self.devices: dict[str, list[str]] = {}
        super().__init__()

    def client_authentication_required(self, request: Any, *_: Any) -> bool:
        return CLIENTS.get(request.client_id) is not None or "Authorization" in request.headers

    def authenticate_client(self, request: Any, *_: Any) -> bool:
        client_id, secret = request.client_id, request.client_secret
        kind, _, pair = request.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            client_id, secret = map(unquote_plus, b64decode(pair).decode().split(":"))
        request.client = App(client_id)
        return secret is not None and CLIENTS.get(client_id) == secret

    def authenticate_client_id(self, client_id: str, request: Any, *_: Any) -> bool:
        request.client = App(client_id)
        return client_id in CLIENTS and CLIENTS[client_id] is None

    def validate_client_id(self, client_id: str, *_: Any) -> bool:
        return client_id in CLIENTS

    def validate_grant_type(self, *_: Any) -> bool:
        return True

    def validate_scopes(self, _client_id: str, scopes: list[str], *_: Any) -> bool:
        return set(scopes) <= {"read", "write"}

    def get_default_scopes(self, *_: Any) -> list[str]:
        return ["read"]

    def validate_user(self, username: str, password: str, _: Any, request: Any, *__: Any) -> bool:
        request.user = username
        return USERS.get(username) == password

    def validate_refresh_token(self, token: str, _: Any, request: Any, *__: Any) -> bool:
        request.user = "ann"
        return token in self.refresh_tokens

    def get_original_scopes(self, token: str, *_: Any) -> str:
        return self.refresh_tokens[token]

    def rotate_refresh_token(self, _: Any) -> bool:
        return True

    def validate_device_code(self, _: Any, code: str, request: Any, *__: Any) -> str | None:
        request.user, request.scopes = "ann", ["read"]
        says = self.devices.get(code)
        return says.pop(0) if says else None

    def save_bearer_token(self, token: Any, request: Any, *_: Any) -> None:
        self.tokens[token["access_token"]] = self.clock.now + token.get("expires_in", LIFETIME)
        self.refresh_tokens.pop(request.refresh_token, None)
        if "refresh_token" in token:
            self.refresh_tokens[token["refresh_token"]] = token["scope"]


class Provider(ScriptedServer):
    """Both servers on one port: ``/token``, ``/device``, and an API everywhere else.

    ``device`` is what is said to each question after a device code, in order.
    """

    def __init__(self, *, device: tuple[str, ...] = ("authorized",)) -> None:
        self.clock = Clock()
        self.memory = Memory(self.clock)
        self.device = device
        #: The fields of each request for a token so far.
        self.forms: list[dict[str, str]] = []
        #: Set, the API takes no token; a number, it takes none that many times.
        self.refusals: float = 0
        #: Where each request for a token waits, until a test lets it go on.
        self.gate = threading.Event()
        self.gate.set()
        bearer = BearerToken(self.memory, expires_in=LIFETIME)
        grants = {
            "client_credentials": ClientCredentialsGrant(self.memory),
            "password": ResourceOwnerPasswordCredentialsGrant(self.memory),
            "refresh_token": RefreshTokenGrant(self.memory),
            DEVICE_CODE: DeviceCodeGrant(self.memory),
        }
        self._tokens = TokenEndpoint("password", bearer, grants)
        super().__init__(self._say)
        self._devices = DeviceAuthorizationEndpoint(
            self.memory, f"{self.url}/enter", interval=5, user_code_generator=lambda: "WDJB-MJHT"
        )

    def __enter__(self) -> Provider:  # noqa: PYI034 - Self is not in typing before 3.11
        return self

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    @property
    def device_url(self) -> str:
        return f"{self.url}/device"

    @property
    def grants(self) -> list[str]:
        """The kinds of grant asked for so far."""
        return [form["grant_type"] for form in self.forms]

    @property
    def asked(self) -> list[str]:
        """What the API was asked so far."""
        return [line for line in self.lines if "/token" not in line and "/device" not in line]

    def _say(self, request: Received) -> Any:
        if request.target == "/token":
            return self.gate.wait, self._granted(request)
        if request.target == "/device":
            return self._begun(request)
        token = (request.header("authorization") or "").removeprefix("Bearer ")
        if self.refusals or self.memory.tokens.get(token, 0) <= self.clock.now:
            self.refusals = max(0, self.refusals - 1)
            return answer(401, {"title": "no"}, [("WWW-Authenticate", "Bearer")])
        return answer(200, {"jobs": [], "links": []})

    def _granted(self, request: Received) -> bytes:
        fields = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.forms.append(fields)
        # oauthlib wants https; that this is http on this machine is our own rule.
        headers, body, status = self._tokens.create_token_response(
            "https://provider/token", request.method, request.body.decode(), dict(request.headers)
        )
        return answer(status, body, headers.items())

    def _begun(self, request: Received) -> bytes:
        headers, data, status = self._devices.create_device_authorization_response(
            "https://provider/device", request.method, request.body.decode(), dict(request.headers)
        )
        self.memory.devices[data["device_code"]] = list(self.device)
        return answer(status, json.dumps(data), headers.items())
