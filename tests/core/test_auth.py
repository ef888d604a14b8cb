"""ogcproc.auth: what goes into the headers, and what stays out of sight."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import ogcproc
import ogcproc.auth
from ogcproc.auth import ApiKeyAuth, BasicAuth, BearerAuth

PACKAGE = Path(ogcproc.__file__).parent
SECRETS = [BasicAuth("ann", "hush"), BearerAuth("hush"), ApiKeyAuth("hush")]


def hush() -> str:
    return "hush"


def test_basic_sends_user_name_and_password() -> None:
    # The example of RFC 7617, section 2.
    assert BasicAuth("Aladdin", "open sesame").headers(None) == {
        "Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    }


def test_basic_sends_utf_8() -> None:
    # The example of RFC 7617, section 2.1.
    assert BasicAuth("test", "123£").headers(None) == {"Authorization": "Basic dGVzdDoxMjPCow=="}


def test_basic_refuses_what_it_cannot_send() -> None:
    with pytest.raises(ValueError, match=r"^a user name .* cannot hold a colon$"):
        BasicAuth("a:b", "hush")
    none: Any = None
    with pytest.raises(TypeError, match=r"^a password is a text, not NoneType$"):
        BasicAuth("ann", none)


def test_bearer_sends_its_token() -> None:
    assert BearerAuth("hush").headers(None) == {"Authorization": "Bearer hush"}


def test_bearer_asks_a_function_anew_for_each_request() -> None:
    tokens = iter(["one", "two"])
    auth = BearerAuth(lambda: next(tokens))
    assert auth.headers(None) == {"Authorization": "Bearer one"}
    assert auth.headers(None) == {"Authorization": "Bearer two"}


def test_a_key_goes_into_its_own_header() -> None:
    assert ApiKeyAuth("hush").headers(None) == {"X-API-Key": "hush"}
    assert ApiKeyAuth("hush", header="PRIVATE-TOKEN").headers(None) == {"PRIVATE-TOKEN": "hush"}


def test_the_newline_at_the_end_of_a_file_is_no_part_of_a_secret() -> None:
    assert BearerAuth("hush\n").headers(None) == {"Authorization": "Bearer hush"}
    assert BearerAuth(lambda: "hush\r\n").headers(None) == {"Authorization": "Bearer hush"}
    assert ApiKeyAuth(" hush\n").headers(None) == {"X-API-Key": "hush"}


@pytest.mark.parametrize("secret", ["", "\n", "hu\nsh", "hu\x00sh", "hüsh"])
def test_what_no_header_can_hold_is_refused_and_not_shown(secret: str) -> None:
    message = "is empty or holds characters that a header cannot hold"
    with pytest.raises(ValueError, match=rf"^a bearer token {message}$"):
        BearerAuth(secret)
    with pytest.raises(ValueError, match=rf"^a bearer token {message}$"):
        BearerAuth(lambda: secret).headers(None)
    with pytest.raises(ValueError, match=rf"^a key {message}$"):
        ApiKeyAuth(secret)


@pytest.mark.parametrize("wrong", [None, b"hush", 7])
def test_what_is_no_text_is_refused(wrong: Any) -> None:
    message = rf"is a text, not {type(wrong).__name__}$"
    with pytest.raises(TypeError, match=f"^a bearer token {message}"):
        BearerAuth(wrong)
    with pytest.raises(TypeError, match=f"^a bearer token {message}"):
        BearerAuth(lambda: wrong).headers(None)
    with pytest.raises(TypeError, match=f"^a key {message}"):
        ApiKeyAuth(wrong)


@pytest.mark.parametrize("auth", SECRETS, ids=repr)
def test_no_secret_is_shown(auth: Any) -> None:
    for shown in repr(auth), str(auth), f"{auth}":
        assert "hush" not in shown
        assert "***" in shown


def test_what_is_no_secret_is_shown() -> None:
    assert [repr(auth) for auth in SECRETS] == [
        "BasicAuth('ann', '***')",
        "BearerAuth('***')",
        "ApiKeyAuth('***', header='X-API-Key')",
    ]


@pytest.mark.parametrize("auth", [*SECRETS, BearerAuth(hush)], ids=repr)
def test_credentials_pickle_and_copy(auth: Any) -> None:
    for again in pickle.loads(pickle.dumps(auth)), copy.copy(auth), copy.deepcopy(auth):
        assert again.headers(None) == auth.headers(None)


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [ogcproc, ogcproc.auth])
def test_a_name_that_is_not_there_is_missed_in_the_module_that_was_asked(module: Any) -> None:
    with pytest.raises(AttributeError, match=f"^module '{module.__name__}' has no attribute 'No'$"):
        _ = module.No


@pytest.mark.parametrize("module", [ogcproc, ogcproc.auth])
def test_type_checkers_and_the_interpreter_find_the_same_names(module: Any) -> None:
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    static = {node.module: [alias.name for alias in node.names] for node in imports}
    assert static == {name: list(names) for name, names in module.NAMES.items()}
    assert {*module.__all__} <= {*dir(module)}


#: Lists the names of a copy of the package, and says why others cannot be used.
LISTING = """
import json, sys
sys.path.insert(0, sys.argv[1])
import ogcproc, ogcproc.auth
def why(name):
    try:
        getattr(ogcproc, name)
    except ImportError as error:
        return str(error)
print(json.dumps([
    ogcproc.auth.__all__,
    [name for name in ogcproc.auth.__all__ if name not in ogcproc.__all__],
    [name for name in dir(ogcproc) if name.startswith(("OAuth2", "Netrc", "Outcome"))],
    [name for name in sys.modules if name.startswith("ogcproc.auth.")],
    why("NetrcAuth"),
    why("ApiKeyAuth"),
]))
"""


@pytest.mark.parametrize("is_zipped", [False, True])
def test_a_copy_without_the_optional_files_offers_the_other_names(
    tmp_path: Path, is_zipped: bool
) -> None:
    place = tmp_path / "copy.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for path in PACKAGE.rglob("*.py"):
            if path.parent.name != "auth" or path.stem in {"__init__", "basic"}:
                archive.write(path, path.relative_to(PACKAGE.parent))
        if not is_zipped:
            place = tmp_path / "copy"
            archive.extractall(place)
    command = [sys.executable, "-I", "-S", "-c", LISTING, str(place)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    core = ["ApiKeyAuth", "BasicAuth", "BearerAuth"]
    message = "ogcproc.auth.netrc is not part of this copy of ogcproc: NetrcAuth needs it"
    assert json.loads(done.stdout) == [core, [], ["Outcome"], [], message, None]
