"""Run the processes of these tests on fastprocesses: ``fastprocesses_server.py PORT``.

Starts a Redis and a Celery worker of its own first. Everything they write goes into the working
directory; whoever runs this ends the process group.
"""

# Run in the environment of fastprocesses: elsewhere its packages are unknown.
# mypy: disable-error-code="import-not-found"

import os
import socket
import subprocess
import sys
import time

#: Seconds Redis and the worker may take until they answer.
START_TIMEOUT = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def start_redis(port: int) -> None:
    subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""])
    end = time.monotonic() + START_TIMEOUT
    while not answers(port):
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


def start_worker() -> None:
    from fastprocesses.common import celery_app  # noqa: PLC0415 - reads the environment

    worker = ["worker", "--concurrency=2", "--without-gossip", "--without-mingle"]
    celery = [sys.executable, "-m", "celery", "-A", "fastprocesses.worker.celery_app"]
    subprocess.Popen([*celery, *worker])
    end = time.monotonic() + START_TIMEOUT
    while not celery_app.control.ping(timeout=0.2):
        if time.monotonic() > end:
            raise TimeoutError


def main(port: int) -> None:
    redis_port = free_port()
    start_redis(redis_port)
    for server in ("FP_RESULT_CACHE", "FP_CELERY_BROKER"):
        os.environ |= {f"{server}_HOST": "127.0.0.1", f"{server}_PORT": str(redis_port)}
    # Seconds after which a call without a job becomes one: short, so that a test can see it.
    os.environ["FP_SYNC_EXECUTION_TIMEOUT_SECONDS"] = "2"
    import fastprocesses_service  # noqa: PLC0415 - registers in the Redis just started
    import uvicorn  # noqa: PLC0415

    start_worker()
    uvicorn.run(fastprocesses_service.app, host="127.0.0.1", port=port)


if __name__ == "__main__":
    main(int(sys.argv[1]))
