"""Run a command until it ends or standard input closes; then end all it started.

The test holds the other end of standard input, so that a server outlives neither its test nor a
test run that was killed. This must lead a process group of its own.
"""

import os
import signal
import subprocess
import sys
import threading
import time

GRACE = 3.0


def end_on_eof() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


def main(command: list[str]) -> None:
    # A handler, not SIG_IGN: the command would inherit that and ignore the signal too.
    signal.signal(signal.SIGTERM, lambda *_: None)
    threading.Thread(target=end_on_eof, daemon=True).start()
    subprocess.call(command, stdin=subprocess.DEVNULL)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
