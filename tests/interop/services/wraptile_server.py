"""Run the service of these tests on wraptile: ``wraptile_server.py PORT [--processes]``."""

# Run in wraptile's own environment: elsewhere its packages are unknown.
# mypy: disable-error-code="import-not-found"

import sys

from wraptile.cli import cli

if __name__ == "__main__":
    port, *options = sys.argv[1:]
    cli(["run", "--port", port, "--", "wraptile_service:service", *options])
