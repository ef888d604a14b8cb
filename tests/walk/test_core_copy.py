"""A copy of the core inside another package takes the walk wherever Python code may have to run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3
from core_copy import PACKAGE, ROOMS, copy, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator

WALK = Path(__file__).with_name("core_walk.py")
DONE = "{'final': 'supsup'}"
#: The calls and names that name the room they lack.
CHECKED = 12

#: Makes the folder $0, and where a process may write in general, read-only for "$@".
READ_ONLY = """
mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit 1
for place in / /tmp /var/tmp; do
    ! mountpoint -q "$place" || mount -o remount,bind,ro "$place" || exit 1
done
exec "$@"
"""


def vendor(folder: Path, *rooms: str) -> Path:
    """Make a package acme that carries ogcproc and urllib3; return its folder."""
    vendored = folder / "acme" / "_vendor"
    package = copy(vendored, *rooms)
    source = Path(urllib3.__file__).parent
    shutil.copytree(source, vendored / "urllib3", ignore=shutil.ignore_patterns("__pycache__"))
    for init in (vendored / "__init__.py", vendored.parent / "__init__.py"):
        init.touch()
    line = package / "_http" / "_urllib3.py"
    rewritten, times = re.subn(
        r"^import urllib3$",
        "from acme._vendor import urllib3",
        line.read_text("utf-8"),
        flags=re.MULTILINE,
    )
    assert times == 1
    line.write_text(rewritten, "utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package acme, which carries the core."""
    return vendor(tmp_path_factory.mktemp("core"))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Return the URL of ``ogcproc serve``, which runs from the checkout and has no other jobs."""
    command = [sys.executable, "-m", "ogcproc", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=PACKAGE.parent, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            yield re.findall(r"http://\S+", server.stderr.readline())[0]
        finally:
            server.terminate()


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Return what a command prints; it has no environment and warnings are errors."""
    env = {"PATH": os.defpath, "PYTHONWARNINGS": "error"}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


def walked(path: Path, url: str, *conditions: str, options: tuple[str, ...] = ()) -> list[str]:
    """Return the command that takes the walk with the package in a folder or zip."""
    package = "acme._vendor.ogcproc"
    return [sys.executable, *options, str(WALK), str(path), package, url, *conditions]


@pytest.mark.parametrize("options", [(), ("-I", "-S")], ids=" ".join)
@pytest.mark.parametrize("condition", [(), ("no_threads",), ("no_ssl",)], ids=" ".join)
def test_the_core_takes_the_walk(
    folder: Path, url: str, condition: tuple[str, ...], options: tuple[str, ...]
) -> None:
    said = run(*walked(folder, url, *condition, options=options))
    assert said == f"SourceFileLoader {DONE} {CHECKED}"


def test_the_core_takes_the_walk_from_a_zip(folder: Path, url: str, tmp_path: Path) -> None:
    archive = tmp_path / "acme.zip"
    archive.write_bytes(zipped(sorted(folder.rglob("*")), folder))
    assert run(*walked(archive, url)) == f"zipimporter {DONE} {CHECKED}"


def test_the_core_takes_the_walk_on_a_read_only_file_system_without_home(
    url: str, tmp_path: Path
) -> None:
    folder = vendor(tmp_path)  # nothing of it is compiled yet
    unshare = shutil.which("unshare") or "false"
    user = () if os.name == "posix" and os.getuid() == 0 else ("--map-root-user",)
    mounted = [unshare, *user, "--mount", "sh", "-c", READ_ONLY, str(folder)]
    is_real = subprocess.run([*mounted, "true"], capture_output=True, check=False).returncode == 0
    if is_real:
        how = "a read-only file system, mounted"
        said = run(*mounted, *walked(folder, url, "no_home", "read_only"), cwd=folder)
    else:
        how = "NO READ-ONLY MOUNT IS ALLOWED HERE: an audit hook refuses what writes"
        said = run(*walked(folder, url, "no_home", "no_writes", "read_only"), cwd=folder)
    print(f"\nthe walk without HOME: {how}")
    assert said == f"SourceFileLoader {DONE} {CHECKED}"


def test_an_audit_hook_refuses_what_writes(folder: Path, url: str) -> None:
    said = run(*walked(folder, url, "no_writes", "read_only"), cwd=folder)
    assert said == f"SourceFileLoader {DONE} {CHECKED}"


def test_a_folder_that_can_be_written_to_is_noticed(folder: Path, url: str) -> None:
    with pytest.raises(AssertionError, match="can be written to"):
        run(*walked(folder, url, "read_only"), cwd=folder)


def test_the_whole_package_runs_inside_another(tmp_path: Path) -> None:
    whole = vendor(tmp_path, *ROOMS)
    said = run(sys.executable, "-S", "-m", "acme._vendor.ogcproc", "demo", cwd=whole)
    assert "job_0" in said
    assert DONE in said
