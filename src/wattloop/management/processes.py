"""The two programs of a running house: the one that serves pages, and the worker."""

from __future__ import annotations

import socket

from wattloop.library.quantity.refusal import Refused
from wattloop.management.children import Child, python

# Of each of the server's processes: pages wait for the database more than for the processor.
THREADS = 4
# How many seconds the requests in hand have when the server stops.
PATIENCE = 8


def worker(*, quiet: bool = False) -> Child:
    """A worker; what it held when it died is free at once."""
    return Child("the worker", python("wattloop", "worker", *["--quiet"] * quiet), gone=_let_go)


def pages(host: str, port: int, processes: int) -> Child:
    """The server of pages."""
    told = ["--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(processes)]
    kept = ["--blocking-threads", str(THREADS), "--no-ws", "--respawn-failed-workers", "--log-level", "warning"]
    # One that is told to stop while it starts does not hear it.
    kept += ["--workers-kill-timeout", str(PATIENCE)]
    return Child("the server", python("granian", *told, *kept, "wattloop.wsgi:application"), again=False)


def refuse_taken(host: str, port: int) -> None:
    """Refuse a port on which something answers already.

    Raises:
        Refused: naming it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            raise Refused(
                f"{host}:{port} cannot be served: {error.strerror}", "Name another: --port 8001.", field="--port"
            ) from error


def answers(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((reached(host), port), timeout=0.2):
            return True
    except OSError:
        return False


def reached(host: str) -> str:
    """Where this machine reaches a server that listens everywhere."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _let_go(process: int) -> None:
    from django.db import connection

    from wattloop.apps.records.jobs.holding import let_go

    let_go(f"{socket.gethostname()}:{process}")
    connection.close()
