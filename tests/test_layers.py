"""The rooms of the package: which may import which, and how large they may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core_copy import PACKAGE, ROOMS, files_of

#: From left to right: a room imports rooms of earlier lines only. Rooms on one line import nothing
#: of one another.
LAYERS = [
    ["errors"],
    ["models"],
    ["_http"],
    ["auth", "_protocol", "_types", "_waiting"],
    ["_resources"],
    ["_progress"],
    ["_execution"],
    ["_locks"],
    ["_downloads", "callbacks"],
    ["client"],
    ["batch", "views"],
    ["cli"],
    ["__main__"],
]
#: The imports that go the other way, inside functions: each is of a room that may be missing.
UPWARD = {("client", "batch"), ("models", "views")}
#: Imports for annotations that go the other way.
FOR_ANNOTATIONS = {("errors", "models"), ("errors", "_http")}
#: What the command line alone imports, when it serves.
SERVER = "server"
#: The package's own names: its version, and the table of its public names.
TOP = "__init__"


@dataclass(frozen=True)
class Import:
    """One import of another module of the package."""

    importer: tuple[str, ...]
    imported: tuple[str, ...]
    #: ``run`` when the module is imported, ``call`` when a function is called, or ``check`` for
    #: type checkers alone.
    when: str
    line: int

    @property
    def rooms(self) -> tuple[str, str]:
        return self.importer[0], self.imported[0]


def module_of(path: Path) -> tuple[str, ...]:
    return path.relative_to(PACKAGE).with_suffix("").parts


#: The modules of each room that a copy may lack.
OPTIONAL = {room: {module_of(path) for path in files_of(room)} for room in ROOMS}
SOURCES = {module_of(path): path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {module: ast.parse(source) for module, source in SOURCES.items()}


def import_statements(tree: ast.AST, when: str = "run") -> Iterator[tuple[ast.stmt, str]]:
    """Yield the import statements of a module, and when each is carried out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, when
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from import_statements(node, "check")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from import_statements(node, "call")
        else:
            yield from import_statements(node, when)


def file_of(name: tuple[str, ...]) -> tuple[str, ...]:
    """Return the module of a name: a room's own names stand in its ``__init__``."""
    return name if name in TREES else (*name, TOP)


def imports_of(module: tuple[str, ...]) -> Iterator[Import]:
    """Yield what a module imports from the package."""
    for node, when in import_statements(TREES[module]):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = (*module[: len(module) - node.level], *(node.module or "").split("."))
        base = tuple(part for part in base if part)
        for alias in node.names:
            name = (*base, alias.name)
            yield Import(module, name if name in TREES else file_of(base), when, node.lineno)


IMPORTS = [one for module in TREES for one in imports_of(module)]


def layer_of(room: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if room in rooms)


def test_every_room_has_its_place() -> None:
    placed = [room for rooms in LAYERS for room in rooms]
    assert sorted([*placed, SERVER, TOP]) == sorted({module[0] for module in TREES})


def test_imports_run_one_way() -> None:
    wrong = {
        one.rooms
        for one in IMPORTS
        if len(set(one.rooms) - {TOP, SERVER}) == 2
        and layer_of(one.rooms[0]) <= layer_of(one.rooms[1])
        and not (one.when == "call" and one.rooms in UPWARD)
        and not (one.when == "check" and one.rooms in FOR_ANNOTATIONS)
    }
    assert wrong == set()


def test_the_exceptions_are_still_needed() -> None:
    assert {one.rooms for one in IMPORTS if one.when == "call"} >= UPWARD
    assert {one.rooms for one in IMPORTS if one.when == "check"} >= FOR_ANNOTATIONS


def test_the_server_uses_nothing_of_the_package_and_only_the_command_line_uses_it() -> None:
    pairs = {one.rooms for one in IMPORTS if SERVER in one.rooms}
    assert pairs == {(SERVER, SERVER), ("cli", SERVER)}


def test_the_package_does_not_import_itself_by_its_name() -> None:
    named = [
        module
        for module, tree in TREES.items()
        for node, _ in import_statements(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
        if name.partition(".")[0] == PACKAGE.name
    ]
    assert named == []


def loaded_by(module: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the modules that are imported with a module: with one of another room, its room."""
    found = set()
    for one in IMPORTS:
        if one.importer == module and one.when == "run":
            found.add(one.imported)
            if one.rooms[0] != one.rooms[1] and len(one.imported) > 1:
                found.add((one.imported[0], TOP))
    return found


def test_no_modules_import_one_another_in_a_circle() -> None:
    left = {module: loaded_by(module) for module in TREES}
    while ready := [module for module, imported in left.items() if not imported & left.keys()]:
        for module in ready:
            del left[module]
    assert left == {}


def test_the_core_and_each_room_can_be_imported_without_the_other_rooms() -> None:
    core = {module_of(path) for path in files_of()}
    wrong = {
        (one.importer, one.imported)
        for one in IMPORTS
        if one.when == "run" and one.imported not in core
        for modules in [core, *OPTIONAL.values()]
        if one.importer in modules and one.imported not in modules
    }
    assert wrong == set()


def test_a_function_imports_only_rooms_that_may_be_missing_or_says_why() -> None:
    optional = set().union(*OPTIONAL.values())
    of_rooms = {(one.importer, one.line) for one in IMPORTS if one.imported in optional}
    unexplained = []
    for module, tree in TREES.items():
        lines = SOURCES[module].splitlines()
        for node, when in import_statements(tree):
            # One reason may stand for two imports, even with an ``except`` between them.
            reasons = "".join(lines[max(node.lineno - 3, 0) : node.lineno])
            is_explained = (module, node.lineno) in of_rooms or "PLC0415 - " in reasons
            if when == "call" and not is_explained:
                unexplained.append((*module, node.lineno))
    assert unexplained == []


def test_the_top_of_the_package_stays_small() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 12
    assert len(SOURCES["client",].splitlines()) <= 760
