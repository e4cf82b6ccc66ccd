"""Who sits at this machine, for the records and for whoever waits for the lock."""

from __future__ import annotations

import getpass
import os
import socket


def whoever() -> str:
    """Such as ``alice on laptop, process 4242``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # this user's number has no name, as in some containers
        user = "somebody"
    return f"{user} on {socket.gethostname()}, process {os.getpid()}"
