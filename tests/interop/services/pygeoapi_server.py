"""Run the processes of these tests on pygeoapi: ``pygeoapi_server.py PORT tinydb|none``.

Everything pygeoapi writes goes into the working directory.
"""

# Run in pygeoapi's own environment: elsewhere its packages are unknown.
# mypy: disable-error-code="import-not-found, import-untyped"

import json
import os
import sys
from pathlib import Path
from typing import Any

from pygeoapi.openapi import generate_openapi_document
from waitress import serve

PROCESSES = {
    "hello-world": "HelloWorld",
    "fail": "pygeoapi_processes.Fail",
    "many": "pygeoapi_processes.Many",
    "png": "pygeoapi_processes.Png",
    "scalar": "pygeoapi_processes.Scalar",
    "slow": "pygeoapi_processes.Slow",
    "text": "pygeoapi_processes.Text",
}


def configuration(port: int, manager: str) -> dict[str, Any]:
    """As small a configuration as pygeoapi starts with."""
    there = {"url": "https://example.org/"}
    server: dict[str, Any] = {
        "bind": {"host": "127.0.0.1", "port": port},
        "url": f"http://127.0.0.1:{port}",
        "mimetype": "application/json; charset=UTF-8",
        "encoding": "utf-8",
        "language": "en-US",
        "pretty_print": True,
        "limits": {"default_items": 100, "max_items": 100},
        "map": {"url": "https://example.org/{z}/{x}/{y}.png", "attribution": "none"},
    }
    if manager == "tinydb":
        # Without output_dir pygeoapi runs jobs and forgets their results.
        here = Path.cwd()
        server["manager"] = {
            "name": "TinyDB",
            "connection": str(here / "jobs.db"),
            "output_dir": str(here),
        }
    return {
        "server": server,
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "Processes for the tests",
                "description": "Probe processes",
                "keywords": ["test"],
                "keywords_type": "theme",
                "terms_of_service": "none",
                **there,
            },
            "license": {"name": "none", **there},
            "provider": {"name": "none", **there},
            "contact": {"name": "nobody", "email": "nobody@example.org", **there},
        },
        "resources": {
            process_id: {"type": "process", "processor": {"name": name}}
            for process_id, name in PROCESSES.items()
        },
    }


def main(port: int, manager: str) -> None:
    config, openapi = Path("config.yml"), Path("openapi.json")
    config.write_text(json.dumps(configuration(port, manager)), "utf-8")
    os.environ |= {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    openapi.write_text(generate_openapi_document(config, "json"), "utf-8")

    # Reads both files while it is imported.
    from pygeoapi.flask_app import APP  # noqa: PLC0415

    serve(APP, host="127.0.0.1", port=port, threads=8)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
