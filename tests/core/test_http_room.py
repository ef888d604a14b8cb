"""ogcproc._http as a whole: what its modules import, and which types they name."""

from __future__ import annotations

import ast
import importlib
import inspect
import typing
from pathlib import Path

import pytest

import ogcproc

ROOM = Path(ogcproc.__file__).parent / "_http"
MODULES = sorted(path.stem for path in ROOM.glob("*.py") if path.stem != "__init__")


def imported(name: str) -> set[str]:
    """Return what a module imports relatively, such as ``.urls`` or ``..errors``."""
    tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    return {"." * node.level + (node.module or "") for node in nodes}


def test_the_room_uses_nothing_of_the_package_but_errors_and_models() -> None:
    outside = {one for name in MODULES for one in imported(name) if one.startswith("..")}
    assert outside == {"..errors", "..models", "..models.names"}


def test_one_line_alone_imports_urllib3() -> None:
    lines = [
        (name, line)
        for name in MODULES
        for line in (ROOM / f"{name}.py").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("import urllib3", "from urllib3"))
    ]
    assert lines == [("_urllib3", "import urllib3")]


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_there_and_typed_and_classes_documented(name: str) -> None:
    module = importlib.import_module(f"ogcproc._http.{name}")
    assert module.__doc__
    for public in module.__all__:
        value = getattr(module, public)
        if getattr(value, "__module__", None) != module.__name__:
            continue
        assert value.__doc__ or not inspect.isclass(value), public
        typing.get_type_hints(value)
        for method in vars(value).values() if inspect.isclass(value) else ():
            found = method.fget if isinstance(method, property) else method
            if inspect.isfunction(found):
                typing.get_type_hints(found)
