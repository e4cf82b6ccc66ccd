"""
What the CDK CLI runs in place of `python3 PROGRAM`: it has the program run in the process that listens at an address.

A script for a bare Python (`-I -S client.py ADDRESS PROGRAM ARGUMENT...`). The program gets this process's environment,
working directory, standard output and standard error; its exit status becomes this script's.
"""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    socket.send_fds(connection, [b"."], [1, 2])
    request = {"argv": sys.argv[2:], "cwd": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109
    connection.sendall(json.dumps(request).encode())
    connection.shutdown(socket.SHUT_WR)
    status = connection.recv(1)
if not status:
    sys.exit(f"the process that was to run {sys.argv[2]} has ended")
sys.exit(status[0])
