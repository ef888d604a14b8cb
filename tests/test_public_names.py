"""The public names: all listed, sorted, documented, and cheap to import."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import ogcproc

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(ogcproc.__file__).parent
#: Modules that hold no names of their own to speak of.
WITHOUT_NAMES = {"__main__"}
MODULES = [
    *("ogcproc", "ogcproc.auth", "ogcproc.models", "ogcproc.server"),
    *sorted(
        f"ogcproc.{path.stem}"
        for path in PACKAGE.glob("*.py")
        if path.stem not in {"__init__", *WITHOUT_NAMES}
    ),
]
#: The modules whose classes users make, catch and are given.
USED = ["ogcproc.auth", "ogcproc.errors", "ogcproc.models"]


def user(name: str) -> bool:
    """Return whether a name is a class's: what else a module offers is for its siblings."""
    return name[0].isupper() and not name.isupper()


def order(name: str) -> tuple[int, str]:
    """Sort constants first, then classes, then the rest, as the linter does."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def imports_from_siblings() -> Iterator[tuple[str, str]]:
    """Yield (module, name) for what modules of the package take from one another."""
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                for alias in node.names:
                    yield f"ogcproc.{node.module}", alias.name


def imported(*first: str) -> set[str]:
    """Return the modules that importing the package adds in a fresh interpreter."""
    code = (
        "import sys\n"
        "root, *first = sys.argv[1:]\n"
        "sys.path.insert(0, root)\n"
        "for name in first: __import__(name)\n"
        "before = set(sys.modules)\n"
        "import ogcproc\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    # -I and -S: neither the environment nor an installed package's hooks have a say.
    command = [sys.executable, "-I", "-S", "-c", code, str(PACKAGE.parent), *first]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_sorted_and_there(name: str) -> None:
    module = importlib.import_module(name)
    names = module.__all__
    assert names == sorted(set(names), key=order)
    for public in names:
        assert hasattr(module, public), public


def test_what_modules_take_from_one_another_is_public() -> None:
    taken = {
        (module, name)
        for module, name in imports_from_siblings()
        if module in MODULES and name[0] != "_"
    }
    assert ("ogcproc.models", "JobInfo") in taken
    missing = {
        (module, name)
        for module, name in taken
        if name not in importlib.import_module(module).__all__
    }
    assert missing == set()


def test_the_package_offers_all_that_users_need() -> None:
    assert set(ogcproc.__all__) == {
        "__version__",
        "Client",
        "Outcome",
        *(
            name
            for module in USED
            for name in importlib.import_module(module).__all__
            if user(name)
        ),
    }


def test_the_package_offers_the_same_objects_as_its_modules() -> None:
    for module in USED:
        source = importlib.import_module(module)
        for name in filter(user, source.__all__):
            assert getattr(ogcproc, name) is getattr(source, name)


def test_the_version_is_a_literal() -> None:
    assert ogcproc.__version__.count(".") == 2
    assert f'"{ogcproc.__version__}"' in (PACKAGE / "__init__.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_is_documented(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    undocumented = []
    for public in module.__all__:
        value: Any = getattr(module, public)
        if not getattr(value, "__module__", "").startswith("ogcproc"):
            continue
        if not value.__doc__:
            undocumented.append(public)
        for member, attribute in vars(value).items() if inspect.isclass(value) else ():
            is_method = inspect.isroutine(attribute) or isinstance(attribute, property)
            if member[0] != "_" and is_method and not inspect.getdoc(getattr(value, member)):
                undocumented.append(f"{public}.{member}")
    assert undocumented == []


def test_importing_the_package_imports_nothing_else() -> None:
    assert imported() == {"ogcproc"}


def test_the_package_lists_all_its_names_and_has_no_others() -> None:
    assert {*ogcproc.__all__} <= {*dir(ogcproc)}
    with pytest.raises(AttributeError, match="module 'ogcproc' has no attribute 'nope'"):
        getattr(ogcproc, "nope")  # noqa: B009 - a type checker knows that it is not there


def test_each_public_method_of_a_client_has_types_that_resolve() -> None:
    for name, method in inspect.getmembers(ogcproc.Client, inspect.isfunction):
        hints = typing.get_type_hints(method)
        assert name.startswith("__") or "return" in hints, name


def test_a_star_import_gives_what_is_imported_late() -> None:
    names: dict[str, Any] = {}
    exec("from ogcproc import *", names)
    assert names["OAuth2Password"] is ogcproc.OAuth2Password
