"""Takes the walk with a copy of the core, in a process of its own.

    python core_walk.py PATH PACKAGE URL [CONDITION ...]

PATH is the folder or zip that holds the package, and URL that of the demo service. The conditions
are the functions of ``CONDITIONS``; they change this process before it imports the package.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

OPTIONAL = {
    "auth.netrc": ("NetrcAuth",),
    "auth.oauth2": ("OAuth2ClientCredentials", "OAuth2DeviceCode", "OAuth2Password"),
    "auth.tokens": ("CommandToken", "EnvironmentToken", "FileToken"),
}


def no_threads() -> None:
    """Let no thread start."""
    import _thread  # noqa: PLC0415

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("can't start new thread")

    assert "threading" not in sys.modules, "threading has taken the function already"
    for name in ("start_new_thread", "start_joinable_thread"):  # the second since Python 3.13
        if hasattr(_thread, name):
            setattr(_thread, name, refuse)


def no_ssl() -> None:
    """Be a Python that was built without ssl."""
    assert "ssl" not in sys.modules
    sys.modules["ssl"] = sys.modules["_ssl"] = None  # type: ignore[assignment]


def no_home() -> None:
    """Check that the environment names no home."""
    assert "HOME" not in os.environ


def read_only() -> None:
    """Check that no file can be written."""
    for folder in (sys.path[0], os.getcwd(), "/tmp", "/var/tmp", "/usr/tmp"):  # noqa: PTH109
        try:
            path = Path(folder) / f"core_walk_{os.getpid()}"
            path.write_text("")
        except OSError:
            continue
        path.unlink()
        raise AssertionError(f"{folder} can be written to")


def no_writes() -> None:
    """Refuse to open, make, rename or remove files: the next best to a read-only file system."""
    changes = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink"}
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

    def refuse(event: str, args: tuple[Any, ...]) -> None:
        if event in changes or (event == "open" and args[2] & writing):
            raise OSError(f"this file system is read-only: {event} {args[0]}")

    sys.addaudithook(refuse)


CONDITIONS = {one.__name__: one for one in (no_threads, no_ssl, no_home, read_only, no_writes)}


def walk(ogcproc: Any, url: str) -> str:
    """Return the result of the walk of design.md."""
    with ogcproc.Client(api_url=url) as client:
        assert repr(client) == f"Client(api_url={url!r})"
        assert client.get_capabilities().title == "ogcproc demo"
        assert client.get_conformance().conformsTo
        assert "first_workflow" in [process.id for process in client.get_processes()]
        assert client.get_process(process_id="first_workflow").inputs["id"]
        assert client.get_jobs().jobs == []
        request = ogcproc.ProcessRequest(inputs={"id": "sup"})
        job = client.execute_process(process_id="first_workflow", request=request)
        assert [one.jobID for one in client.get_jobs()] == [job.jobID]
        client.wait_for_job(job)
        assert client.get_job(job.jobID).is_successful
        results = client.get_job_results(job.jobID)
        for one in client.get_jobs().jobs:
            client.dismiss_job(one.jobID)
        assert client.get_jobs().jobs == []
    return repr(dict(results))


def check_rooms(ogcproc: Any) -> int:
    """Check that whatever needs a missing room names it; return how many were checked."""
    client = ogcproc.Client("http://127.0.0.1:1")
    uses = [
        ("_downloads", lambda: client.download_job_results("j", ".")),
        ("_downloads", lambda: client.open_job_result("j")),
        ("batch", lambda: client.run_many("p", [])),
        ("callbacks", client.callbacks),
        ("_progress", lambda: client.wait_for_job("j", progress=True)),
        *((room, lambda name=name: getattr(ogcproc, name)) for room, name in optional_names()),
    ]
    for room, use in uses:
        said = ""
        try:
            use()
        except ImportError as error:
            said = str(error)
        assert f"{ogcproc.__name__}.{room}" in said, (room, said)
    assert not {name for _, name in optional_names()} & {*ogcproc.__all__, *dir(ogcproc)}
    assert ogcproc.Link("a")._repr_html_() is None
    return len(uses)


def optional_names() -> list[tuple[str, str]]:
    """Return the public names that the core lacks, each after its room."""
    return [(room, name) for room, names in OPTIONAL.items() for name in names]


def main(path: str, package: str, url: str, *conditions: str) -> None:
    """Take the walk, and say how the package was found and what came of it."""
    # In place of the folder of this script.
    sys.path[:] = [path, *(one for one in sys.path if one != str(Path(__file__).parent))]
    for condition in conditions:
        CONDITIONS[condition]()
    ogcproc: Any = import_module(package)
    assert ogcproc.__file__.startswith(path), ogcproc.__file__
    print(type(ogcproc.__spec__.loader).__name__, walk(ogcproc, url), check_rooms(ogcproc))
    # Neither an installed package nor an installed urllib3 was taken.
    assert not {"ogcproc", "urllib3"} & sys.modules.keys()


if __name__ == "__main__":
    main(*sys.argv[1:])
