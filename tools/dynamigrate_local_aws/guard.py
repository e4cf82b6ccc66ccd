"""
Runs a command, and ends it with everything that it started once whoever asked for it is gone.

A script, not a module: `python guard.py COMMAND...`, started as the leader of a new process group, with a pipe as its
standard input. Nothing is ever written there but the word that lets the command outlive its parent: the pipe's end is
the news of the parent's death, and that reaches us however it died, which no signal handler in the parent could
promise.
"""

import os
import signal
import subprocess
import sys
import threading


def end_group() -> None:
    # Nothing here has anything to save: the embedded AWS lives in memory.
    os.killpg(os.getpgrp(), signal.SIGKILL)


def watch_parent() -> None:
    if not os.read(sys.stdin.fileno(), 1):
        end_group()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: end_group())
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=watch_parent, daemon=True).start()
    status = command.wait()
    # What the command left behind goes with it.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(os.getpgrp(), signal.SIGTERM)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
