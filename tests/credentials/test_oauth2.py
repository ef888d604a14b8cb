"""OAuth 2.0 against oauthlib's authorization server: what is granted, refreshed and refused."""

from __future__ import annotations

import copy
import os
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from authorization import DEVICE_CODE, LIFETIME, Clock, Provider
from scripted import CLOSE, RESET, SILENCE, Received, ScriptedServer, answer

from ogcproc import (
    Client,
    DocumentError,
    OAuth2ClientCredentials,
    OAuth2DeviceCode,
    OAuth2Password,
    OgcProcError,
    ResponseTooLarge,
    TransportError,
    TransportTimeout,
    Unauthorized,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "app s3cret: +&%"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        yield server


def of_app(provider: Provider, **settings: Any) -> OAuth2ClientCredentials:
    settings = {"clock": provider.clock, **settings}
    return OAuth2ClientCredentials(provider.token_url, "app", SECRET, **settings)


def of_ann(provider: Provider, password: str = "hush") -> OAuth2Password:
    return OAuth2Password(provider.token_url, "ann", password, "desk", clock=provider.clock)


def by_device(provider: Provider, **settings: Any) -> OAuth2DeviceCode:
    settings = {
        "prompt": lambda _: None,
        "clock": provider.clock,
        "sleep": provider.clock.sleep,
        **settings,
    }
    return OAuth2DeviceCode(provider.device_url, provider.token_url, "desk", **settings)


# --- grants -----------------------------------------------------------------------------------


@pytest.mark.parametrize("client_auth", ["basic", "post"])
def test_client_credentials_are_exchanged_for_a_token_that_serves_until_it_ends(
    client_auth: str, provider: Provider
) -> None:
    auth = of_app(provider, scope="read write", client_auth=client_auth)
    with Client(provider.url, auth=auth) as client:
        client.get_jobs()
        client.get_jobs()
    assert len(provider.asked) == 2
    (form,) = provider.forms
    assert form.pop("client_secret", SECRET) == SECRET
    assert form.pop("client_id", "app") == "app"
    assert form == {"grant_type": "client_credentials", "scope": "read write"}
    assert (provider.requests[0].header("authorization") is None) == (client_auth == "post")


def test_a_password_is_exchanged_for_a_token(provider: Provider) -> None:
    with Client(provider.url, auth=of_ann(provider)) as client:
        client.get_jobs()
    assert provider.forms == [
        {"grant_type": "password", "username": "ann", "password": "hush", "client_id": "desk"}
    ]


def test_a_confidential_client_asks_with_its_secret_for_a_user(provider: Provider) -> None:
    auth = OAuth2Password(provider.token_url, "ann", "hush", "app", SECRET, "read")
    with Client(provider.url, auth=auth) as client:
        client.get_jobs()
    assert provider.grants == ["password"]


def test_further_parameters_are_sent(provider: Provider) -> None:
    auth = of_app(provider, parameters={"audience": "https://api.example"})
    with Client(provider.url, auth=auth) as client:
        client.get_jobs()
    assert provider.forms[0]["audience"] == "https://api.example"


def test_the_token_endpoint_gets_none_of_the_clients_headers(provider: Provider) -> None:
    headers = {"X-Key": "mine", "Cookie": "mine", "Accept": "a/b", "Authorization": "mine"}
    with Client(provider.url, auth=of_ann(provider), headers=headers, user_agent="me") as client:
        client.get_jobs()
    asked, got = provider.requests
    assert asked.names == [
        "accept",
        "accept-encoding",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    ]
    assert asked.header("accept") == "application/json"
    assert asked.header("user-agent") == "me"
    assert got.header("x-key") == "mine"


# --- renewal ----------------------------------------------------------------------------------


def test_a_token_is_renewed_before_it_ends(provider: Provider) -> None:
    with Client(provider.url, auth=of_app(provider)) as client:
        client.get_jobs()
        provider.clock.now += LIFETIME - 31
        client.get_jobs()
        assert len(provider.forms) == 1
        provider.clock.now += 1
        client.get_jobs()
    assert len(provider.forms) == 2
    assert len(provider.asked) == 3  # none was refused


def test_each_refresh_token_is_used_once(provider: Provider) -> None:
    with Client(provider.url, auth=of_ann(provider)) as client:
        for _ in range(3):
            client.get_jobs()
            provider.clock.now += LIFETIME
    assert provider.grants == ["password", "refresh_token", "refresh_token"]
    assert len({form.get("refresh_token") for form in provider.forms}) == 3
    assert "password" not in provider.forms[1]
    assert len(provider.memory.refresh_tokens) == 1


def test_a_refresh_token_that_was_withdrawn_gives_way_to_the_password(provider: Provider) -> None:
    with Client(provider.url, auth=of_ann(provider)) as client:
        client.get_jobs()
        provider.memory.refresh_tokens.clear()
        provider.clock.now += LIFETIME
        client.get_jobs()
    assert provider.grants == ["password", "refresh_token", "password"]


def test_a_token_that_was_withdrawn_is_renewed_and_the_request_made_again(
    provider: Provider,
) -> None:
    with Client(provider.url, auth=of_app(provider)) as client:
        client.get_jobs()
        provider.memory.tokens.clear()
        client.get_jobs()
    assert len(provider.forms) == 2
    assert len(provider.asked) == 3


def test_an_execution_that_was_refused_is_sent_again_with_a_new_token(provider: Provider) -> None:
    with Client(provider.url, auth=of_app(provider)) as client:
        client.get_jobs()  # shows that it is a server of processes: its results are a job list, too
        provider.refusals = 1
        client.execute_process("p", {"inputs": {"a": 1}})
    first, second = (request for request in provider.requests if "execution" in request.target)
    assert first.body == second.body
    assert first.header("authorization") != second.header("authorization")


def test_a_401_for_ever_is_unauthorized_after_one_renewal(provider: Provider) -> None:
    provider.refusals = float("inf")
    with Client(provider.url, auth=of_app(provider)) as client:
        with pytest.raises(Unauthorized) as caught:
            client.get_jobs()
        assert len(provider.forms) == 2
        assert len(provider.asked) == 2
    assert caught.value.url == f"{provider.url}/jobs"


def test_sixteen_threads_ask_for_one_token_at_each_expiry(provider: Provider) -> None:
    threads = 16
    with Client(provider.url, auth=of_ann(provider)) as client, ThreadPoolExecutor(threads) as pool:
        start = threading.Barrier(threads)

        def work(_: int) -> None:
            start.wait()
            for _ in range(5):
                client.get_jobs()

        for expiry in range(1, 5):
            list(pool.map(work, range(threads)))
            assert len(provider.forms) == expiry
            provider.clock.now += LIFETIME
    assert provider.grants == ["password", *["refresh_token"] * 3]
    assert len(provider.asked) == 4 * 5 * threads


def test_sixteen_threads_ask_for_one_token_when_theirs_is_withdrawn(provider: Provider) -> None:
    threads = 16
    with Client(provider.url, auth=of_app(provider)) as client, ThreadPoolExecutor(threads) as pool:
        client.get_jobs()
        for withdrawn in range(1, 4):
            provider.memory.tokens.clear()
            list(pool.map(lambda _: client.get_jobs(), range(5 * threads)))
            assert len(provider.forms) == 1 + withdrawn


def test_threads_that_wait_for_a_token_share_the_refusal(provider: Provider) -> None:
    threads = 8
    auth = of_ann(provider, password="wrong")
    with Client(provider.url, auth=auth) as client, ThreadPoolExecutor(threads) as pool:
        provider.gate.clear()
        start = threading.Barrier(threads + 1)

        def work(_: int) -> Unauthorized:
            start.wait()
            with pytest.raises(Unauthorized) as caught:
                client.get_jobs()
            return caught.value

        found = [pool.submit(work, number) for number in range(threads)]
        start.wait()
        while not provider.forms:
            time.sleep(0.002)
        time.sleep(0.02)  # for the others to come to the lock
        provider.gate.set()
        errors = [future.result() for future in found]
    assert len(provider.forms) == 1
    assert len({id(error) for error in errors}) == threads
    assert len({str(error) for error in errors}) == 1
    assert {error.problem.title for error in errors if error.problem} == {"invalid_grant"}
    assert provider.asked == []


# --- refusals ---------------------------------------------------------------------------------


def test_a_wrong_password_is_told_in_the_servers_words(provider: Provider) -> None:
    auth = of_ann(provider, password="wrong")
    with Client(provider.url, auth=auth) as client, pytest.raises(Unauthorized) as caught:
        client.get_jobs()
    error = caught.value
    assert str(error) == (
        f"no token from {provider.token_url}: invalid_grant: Invalid credentials given."
    )
    assert (error.status, error.method, error.url) == (400, "POST", provider.token_url)
    assert error.problem is not None
    assert error.problem.title == "invalid_grant"
    assert provider.asked == []


def test_a_wrong_secret_is_an_invalid_client(provider: Provider) -> None:
    auth = OAuth2ClientCredentials(provider.token_url, "app", "wrong")
    with Client(provider.url, auth=auth) as client:
        with pytest.raises(Unauthorized, match=r": invalid_client$") as caught:
            client.get_jobs()
        with pytest.raises(Unauthorized, match=r": invalid_client$"):
            client.execute_process("p")
    assert caught.value.status == 401
    assert len(provider.forms) == 2
    assert provider.asked == []


def test_a_scope_that_is_not_granted_is_told(provider: Provider) -> None:
    auth = of_app(provider, scope="everything")
    with Client(provider.url, auth=auth) as client, pytest.raises(Unauthorized) as caught:
        client.get_jobs()
    assert ": invalid_scope" in str(caught.value)


# --- device codes -----------------------------------------------------------------------------


def test_who_signs_in_by_a_device_is_waited_for() -> None:
    said: list[str] = []
    waiting = ("authorization_pending", "slow_down", "authorization_pending", "authorized")
    with Provider(device=waiting) as provider:
        auth = by_device(provider, scope="read", prompt=said.append)
        with Client(provider.url, auth=auth) as client:
            client.get_jobs()
            client.get_jobs()
    assert said == [f"To sign in, open {provider.url}/enter and enter the code WDJB-MJHT"]
    assert provider.clock.slept == [5, 5, 10, 10]
    assert provider.grants == [DEVICE_CODE] * 4
    assert set(provider.forms[0]) == {"grant_type", "device_code", "client_id"}
    assert provider.requests[0].body == b"client_id=desk&scope=read"


def test_who_signed_in_by_a_device_does_so_once(provider: Provider) -> None:
    said: list[str] = []
    auth = by_device(provider, prompt=said.append)
    with Client(provider.url, auth=auth) as client:
        client.get_jobs()
        provider.clock.now += LIFETIME
        client.get_jobs()
    assert provider.grants == [DEVICE_CODE, "refresh_token"]
    assert len(said) == 1


def test_a_confidential_client_signs_in_by_a_device_with_its_secret(provider: Provider) -> None:
    auth = OAuth2DeviceCode(
        provider.device_url,
        provider.token_url,
        "app",
        client_secret=SECRET,
        prompt=lambda _: None,
        clock=provider.clock,
        sleep=provider.clock.sleep,
    )
    with Client(provider.url, auth=auth) as client:
        client.get_jobs()
    assert provider.grants == [DEVICE_CODE]


@pytest.mark.parametrize("end", ["access_denied", "expired_token"])
def test_who_does_not_sign_in_by_a_device_is_not_waited_for_longer(end: str) -> None:
    with Provider(device=("authorization_pending", end)) as provider:
        client = Client(provider.url, auth=by_device(provider))
        with client, pytest.raises(Unauthorized, match=f": {end}"):
            client.get_jobs()
    assert provider.clock.slept == [5, 5]
    assert provider.asked == []


def test_a_code_that_nobody_enters_has_an_end() -> None:
    with Provider(device=("authorization_pending",) * 1000) as provider:
        client = Client(provider.url, auth=by_device(provider))
        with client, pytest.raises(Unauthorized, match=r": nobody signed in in time$"):
            client.get_jobs()
    assert 1790 < sum(provider.clock.slept) < 1800


# --- odd answers ------------------------------------------------------------------------------

TOKEN = {"access_token": "t", "token_type": "Bearer"}
CODE = {"device_code": "d", "user_code": "U", "verification_uri": "https://h/enter"}


def asked_by(server: ScriptedServer, **settings: Any) -> OAuth2ClientCredentials:
    return OAuth2ClientCredentials(f"{server.url}/token", "app", "s3cret", **settings)


def error_of(body: object, status: int = 200, **settings: Any) -> Any:
    """Return the error that comes of an answer of the token endpoint."""
    with ScriptedServer({"/token": answer(status, body)}) as server:
        client = Client(server.url, auth=asked_by(server), retries=0, **settings)
        with client, pytest.raises(OgcProcError) as caught:
            client.get_jobs()
    return caught.value


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (b"<html>", "", "expected a JSON object"),
        (b"[" * 60_000, "", "expected a JSON object"),
        ([], "", "expected a JSON object"),
        ({}, "access_token", "it is empty or holds characters that a header cannot hold"),
        ({"access_token": 7}, "access_token", "it is a text, not int"),
        ({"access_token": "a\nb"}, "access_token", "it is empty or holds characters"),
        ({**TOKEN, "token_type": "mac"}, "token_type", "expected a bearer token"),
        ({**TOKEN, "token_type": ["bearer"]}, "token_type", "expected a bearer token"),
    ],
)
def test_what_is_no_token_is_a_document_error(body: object, path: str, message: str) -> None:
    error = error_of(body)
    assert isinstance(error, DocumentError)
    assert error.args[0].startswith(message)
    assert error.path == path
    assert error.body == b""  # which might hold a token


def test_an_error_is_an_error_whatever_its_status() -> None:
    error = error_of({"error": "bad_verification_code", "error_description": "It is over."})
    assert isinstance(error, Unauthorized)
    assert str(error).endswith("/token: bad_verification_code: It is over.")


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"<html>"), (400, {"error": 7}), (403, []), (302, b"")]
)
def test_a_refusal_without_a_word_tells_its_status(status: int, body: object) -> None:
    error = error_of(body, status)
    assert isinstance(error, Unauthorized)
    assert str(error).endswith(f"/token: {status}")
    assert error.status == status


def test_secrets_that_an_endpoint_repeats_are_not_shown() -> None:
    def parrot(request: Received) -> bytes:
        said = f"{request.body.decode()} \x1b[2J {'x' * 1000}"
        return answer(400, {"error": "invalid_request", "error_description": said})

    with ScriptedServer(parrot) as server:
        auth = OAuth2Password(
            f"{server.url}/token", "ann", "hush", "app", "s3cret", client_auth="post"
        )
        with Client(server.url, auth=auth) as client, pytest.raises(Unauthorized) as caught:
            client.get_jobs()
    shown = f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert "username=ann" in shown
    assert "hush" not in shown
    assert "s3cret" not in shown
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_endpoint_that_is_busy_is_asked_again_and_nothing_is_sent_before(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)
    job = answer(201, {"jobID": "j", "status": "accepted", "type": "process"})
    script: dict[str, Any] = {
        "/token": [answer(status), answer(200, TOKEN)],
        "/processes/p/execution": job,
    }
    with ScriptedServer(script) as server, Client(server.url, auth=asked_by(server)) as client:
        assert client.execute_process("p").jobID == "j"
    assert server.lines == ["POST /token", "POST /token", "POST /processes/p/execution"]


@pytest.mark.parametrize("fault", [RESET, CLOSE])
def test_an_endpoint_that_breaks_off_leaves_no_doubt_about_an_execution(fault: Any) -> None:
    script: dict[str, Any] = {"/token": (fault,)}
    with ScriptedServer(script) as server:
        client = Client(server.url, auth=asked_by(server), retries=0)
        with client, pytest.raises(TransportError) as caught:
            client.execute_process("p")
    assert type(caught.value) is TransportError
    assert b"s3cret" not in pickle.dumps(caught.value)
    assert "s3cret" not in f"{vars(caught.value)}"
    assert caught.value.url == f"{server.url}/token"
    assert not caught.value.sent


def test_an_endpoint_that_is_silent_is_waited_for_as_long_as_the_client_waits() -> None:
    with ScriptedServer({"/token": (SILENCE,)}) as server:
        client = Client(server.url, auth=asked_by(server), retries=0, timeout=(5, 0.02))
        with client, pytest.raises(TransportTimeout):
            client.get_jobs()


def test_an_answer_longer_than_any_token_is_not_read() -> None:
    assert isinstance(error_of(b" " * 70_000), ResponseTooLarge)


def test_a_token_endpoints_redirect_is_not_followed() -> None:
    with ScriptedServer([]) as other:
        moved = answer(307, b"", [("Location", f"{other.url}/token")])
        with ScriptedServer({"/token": moved}) as server:
            client = Client(server.url, auth=asked_by(server))
            with client, pytest.raises(Unauthorized, match=r": 307$"):
                client.get_jobs()
    assert other.requests == []


@pytest.mark.parametrize("expires_in", [None, 0, -1, "soon", [], "NaN", 10**400])
def test_a_token_without_an_end_serves_until_it_is_refused(expires_in: object) -> None:
    token = {**TOKEN, "token_type": None, "expires_in": expires_in}
    clock = Clock()
    script = {"/token": answer(200, token), "/jobs": answer(200, {"jobs": [], "links": []})}
    with ScriptedServer(script) as server:
        client = Client(server.url, auth=asked_by(server, clock=clock))
        with client:
            client.get_jobs()
            clock.now += 1e9
            client.get_jobs()
    assert server.lines == ["POST /token", "GET /jobs", "GET /jobs"]


def test_a_short_lived_token_is_used_for_nine_tenths_of_its_time() -> None:
    clock = Clock()
    token = answer(200, {**TOKEN, "expires_in": "10"})
    script = {"/token": token, "/jobs": answer(200, {"jobs": [], "links": []})}
    with ScriptedServer(script) as server:
        client = Client(server.url, auth=asked_by(server, clock=clock))
        with client:
            client.get_jobs()
            clock.now += 8.9
            client.get_jobs()
            clock.now += 0.2
            client.get_jobs()
    assert server.lines == ["POST /token", "GET /jobs", "GET /jobs", "POST /token", "GET /jobs"]


def test_the_same_token_again_is_not_tried_again() -> None:
    script = {"/token": answer(200, TOKEN), "/jobs": answer(401, {})}
    with ScriptedServer(script) as server:
        client = Client(server.url, auth=asked_by(server))
        with client, pytest.raises(Unauthorized):
            client.get_jobs()
    assert server.lines == ["POST /token", "GET /jobs", "POST /token"]


def test_client_credentials_need_no_refresh_token() -> None:
    clock = Clock()
    token = answer(200, {**TOKEN, "refresh_token": "r", "expires_in": 10})
    script = {"/token": token, "/jobs": answer(200, {"jobs": [], "links": []})}
    with ScriptedServer(script) as server:
        client = Client(server.url, auth=asked_by(server, clock=clock))
        with client:
            client.get_jobs()
            clock.now += 10
            client.get_jobs()
    assert server.requests[2].body == b"grant_type=client_credentials"


def test_a_sign_in_survives_an_endpoint_that_fails_for_a_while() -> None:
    clock = Clock()
    said: list[str] = []
    code = {**CODE, "verification_uri_complete": "https://h/enter?c=U", "interval": 20}
    script: dict[str, Any] = {
        "/device": answer(200, code),
        "/token": [(RESET,), answer(503), answer(500), answer(200, TOKEN)],
        "/jobs": answer(200, {"jobs": [], "links": []}),
    }
    with ScriptedServer(script) as server:
        auth = OAuth2DeviceCode(
            f"{server.url}/device",
            f"{server.url}/token",
            "desk",
            prompt=said.append,
            clock=clock,
            sleep=clock.sleep,
        )
        with Client(server.url, auth=auth) as client:
            client.get_jobs()
    assert clock.slept == [20, 40, 60, 60]
    assert said == [
        "To sign in, open https://h/enter and enter the code U, or open https://h/enter?c=U"
    ]


def test_a_client_that_is_closed_ends_a_sign_in() -> None:
    clock = Clock()
    with ScriptedServer({"/device": answer(200, CODE)}) as server:
        client = Client(server.url)

        def sleep(seconds: float) -> None:
            clock.sleep(seconds)
            client.close()

        auth = OAuth2DeviceCode(
            f"{server.url}/device",
            f"{server.url}/token",
            "desk",
            prompt=lambda _: None,
            clock=clock,
            sleep=sleep,
        )
        client = Client(server.url, auth=auth)
        with pytest.raises(TransportError, match=r"^the client is closed$"):
            client.get_jobs()
    assert clock.slept == [5]


def test_where_to_sign_in_is_printed_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    code = {**CODE, "verification_url": "https://g/device"}
    del code["verification_uri"]
    script = {
        "/device": answer(200, code),
        "/token": answer(200, TOKEN),
        "/jobs": answer(200, {"jobs": [], "links": []}),
    }
    with ScriptedServer(script) as server:
        auth = OAuth2DeviceCode(
            f"{server.url}/device", f"{server.url}/token", "desk", clock=clock, sleep=clock.sleep
        )
        with Client(server.url, auth=auth) as client:
            client.get_jobs()
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "To sign in, open https://g/device and enter the code U\n"


@pytest.mark.parametrize("member", ["device_code", "user_code", "verification_uri"])
def test_a_code_that_is_not_all_there_is_a_document_error(member: str) -> None:
    code = {**CODE, member: "\x1b[2J"}
    with ScriptedServer({"/device": answer(200, code)}) as server:
        auth = OAuth2DeviceCode(f"{server.url}/device", f"{server.url}/token", "desk")
        with Client(server.url, auth=auth) as client, pytest.raises(DocumentError) as caught:
            client.get_jobs()
    assert caught.value.path == member


# --- what is given ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["https://h/token", "http://127.0.0.2/token", "http://localhost:8/t", "http://[::1]:8/token"],
)
def test_secrets_may_be_sent_by_https_and_on_this_machine(url: str) -> None:
    assert OAuth2ClientCredentials(url, "app", "s3cret").token_url == url


@pytest.mark.parametrize(
    "url", ["http://h/token", "http://10.0.0.1/token", "ftp://h/token", "https:///t", "h", "//[h"]
)
def test_secrets_are_not_sent_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match=r"^token_url is https, or http on this machine, not '"):
        OAuth2ClientCredentials(url, "app", "s3cret")
    with pytest.raises(ValueError, match=r"^device_authorization_url is https, or http on this"):
        OAuth2DeviceCode(url, "https://h/token", "app")


def test_what_is_wrong_is_told_without_a_secret() -> None:
    wrong: Any = b"s3cret"
    url = "https://h/token"
    with pytest.raises(ValueError, match=r"^token_url holds a user or password: give client_id"):
        OAuth2ClientCredentials("https://app:s3cret@h/token", "app", "s3cret")
    with pytest.raises(ValueError, match=r"^client_auth is 'basic' or 'post', not 'digest'$"):
        OAuth2ClientCredentials(url, "app", "s3cret", client_auth="digest")
    with pytest.raises(TypeError, match=r"^client_secret is a text, not bytes$"):
        OAuth2ClientCredentials(url, "app", wrong)
    with pytest.raises(TypeError, match=r"^client_secret is a text, not bytes$"):
        OAuth2Password(url, "ann", "hush", "app", wrong)
    with pytest.raises(TypeError, match=r"^password is a text, not bytes$"):
        OAuth2Password(url, "ann", wrong, "app")


def test_no_secret_is_shown() -> None:
    url = "https://h/token?key=s3cret"
    assert [
        repr(auth)
        for auth in (
            OAuth2ClientCredentials(url, "app", "s3cret"),
            OAuth2Password(url, "ann", "s3cret", "app", "s3cret"),
            OAuth2DeviceCode(url, url, "app", client_secret="s3cret"),
        )
    ] == [
        "OAuth2ClientCredentials('https://h/token?key=***', 'app', '***')",
        "OAuth2Password('https://h/token?key=***', 'ann', '***', 'app')",
        "OAuth2DeviceCode('https://h/token?key=***', 'https://h/token?key=***', 'app')",
    ]


def test_nothing_secret_is_logged(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="ogcproc")
    with Client(provider.url, auth=of_ann(provider)) as client:
        client.get_jobs()
        provider.clock.now += LIFETIME
        client.get_jobs()
    shown = [record.getMessage() for record in caplog.records]
    assert len(shown) == 4
    for secret in ["hush", *provider.memory.tokens, *provider.memory.refresh_tokens]:
        assert secret not in "".join(shown)


def test_hooks_neither_see_tokens_nor_add_to_the_requests_for_them(provider: Provider) -> None:
    seen: list[Any] = []

    def add(request: object) -> dict[str, str]:
        seen.append(request)
        return {"traceparent": "00-1"}

    with Client(
        provider.url,
        auth=of_ann(provider),
        on_request=add,
        on_response=lambda request, answer, _: seen.extend((request, answer)),
    ) as client:
        client.get_jobs()
    assert len(seen) == 3
    assert provider.requests[0].header("traceparent") is None
    assert provider.requests[1].header("traceparent") == "00-1"


# --- forks ------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_that_was_forked_during_a_renewal_asks_for_a_token_itself(
    provider: Provider,
) -> None:
    auth = of_app(provider)
    with Client(provider.url, auth=auth) as client, ThreadPoolExecutor(1) as pool:
        provider.gate.clear()
        first = pool.submit(client.get_jobs)
        while not provider.forms:
            time.sleep(0.002)
        child = os.fork()
        if not child:  # pragma: no cover - the child's doings are not counted
            provider.gate.set()
            try:
                client.get_jobs()
                os._exit(0)
            except BaseException:  # noqa: BLE001 - a child of a test ends here, whatever happened
                os._exit(1)
        while len(provider.forms) < 2:
            time.sleep(0.002)
        provider.gate.set()
        first.result()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(provider.forms) == 2


# --- pickles ----------------------------------------------------------------------------------


def test_a_pickle_holds_what_was_given_and_nothing_that_was_obtained(provider: Provider) -> None:
    auth = OAuth2Password(provider.token_url, "ann", "hush", "app", SECRET)
    with Client(provider.url, auth=auth) as client:
        client.get_jobs()
        pickled = pickle.dumps(client)
        given = pickle.dumps(auth)
    assert b"hush" in pickled
    for token in [*provider.memory.tokens, *provider.memory.refresh_tokens]:
        assert token.encode() not in pickled
        assert token.encode() not in given
    with pickle.loads(pickled) as again:
        again.get_jobs()
    for other in copy.copy(auth), copy.deepcopy(auth):
        with Client(provider.url, auth=other) as client:
            client.get_jobs()
    assert provider.grants == ["password"] * 4
