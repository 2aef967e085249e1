"""How fast pages answer: each by itself, and sixteen people at once while bills are rated and customers taken in.

Everything runs as in production: a server of its own processes, a worker, the database that is there.
"""

from __future__ import annotations

import http.client
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
STARTS_WITHIN = 60


@dataclass
class Seen:
    """What one page answered.

    Args:
        name: the page.
        seconds: of each answer.
        failed: statuses and what went wrong.
    """

    name: str
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Seconds within which that share of the answers came."""
        if len(self.seconds) < 2:
            return self.seconds[0] if self.seconds else 0.0
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[round(share * 100) - 1]


@contextmanager
def served(home: Path, port: int, workers: int = 2) -> Iterator[None]:
    """The pages and a worker, as `wattloop serve` runs them, until the block ends.

    Raises:
        RuntimeError: where nothing answers within a minute.
    """
    told = {"WATTLOOP_HOME": str(home), "WATTLOOP_PLAIN_HTTP": "1", "WATTLOOP_SECOND_FACTOR": "optional"}
    command = [sys.executable, "-m", "wattloop", "serve", "--port", str(port), "--workers", str(workers)]
    with subprocess.Popen(command, env={**os.environ, **told}, stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(STARTS_WITHIN * 5):
                if _answers(port):
                    break
                time.sleep(0.2)
            else:
                raise RuntimeError("the server did not answer within a minute")
            yield
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/accounts/login/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def session_of(user: Any) -> str:
    """A session in which a user has signed in, by its key."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from wattloop.faces.web.sign_in.sessions import BEGAN, SEEN
    from wattloop.library.quantity import clock

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[BEGAN] = session[SEEN] = int(clock.now().timestamp())
    session.create()
    return str(session.session_key)


class Browser:
    """One person's browser: a connection that is kept, and a session."""

    def __init__(self, port: int, session: str) -> None:
        self.port, self.headers = port, {"Cookie": f"sessionid={session}"}
        self.connection = http.client.HTTPConnection(HOST, port, timeout=60)

    def look(self, path: str, seen: Seen) -> None:
        """Ask for a page and note what came."""
        began = time.perf_counter()
        try:
            self.connection.request("GET", path, headers=self.headers)
            answer = self.connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            seen.failed.append(f"{path}: {error}")
            return
        seen.seconds.append(time.perf_counter() - began)
        if answer.status != 200:
            seen.failed.append(f"{path}: {answer.status}")


def alone(port: int, session: str, pages: dict[str, list[str]], rounds: int) -> list[Seen]:
    """Every page by itself, some rounds after a first that warms it up."""
    browser, found = Browser(port, session), []
    for name, paths in pages.items():
        browser.look(paths[0], Seen(name))
        seen = Seen(name)
        for turn in range(rounds):
            browser.look(paths[turn % len(paths)], seen)
        found.append(seen)
    return found


def together(
    port: int, session: str, pages: dict[str, list[str]], *, clients: int, while_: Callable[[], object]
) -> list[Seen]:
    """Many people at once on all pages, as long as something else goes on.

    Args:
        port, session, pages: as for `alone`.
        clients: how many.
        while_: what goes on; when it ends, so do they.
    """
    found = {name: Seen(name) for name in pages}
    ended = threading.Event()
    chosen = [(name, path) for name, paths in pages.items() for path in paths]

    def visit(seed: int) -> None:
        browser, drawn = Browser(port, session), random.Random(seed)  # noqa: S311 - which page is next is no secret
        while not ended.is_set():
            name, path = drawn.choice(chosen)
            browser.look(path, found[name])

    threads = [threading.Thread(target=visit, args=(seed,), daemon=True) for seed in range(clients)]
    for thread in threads:
        thread.start()
    try:
        while_()
    finally:
        ended.set()
        for thread in threads:
            thread.join(timeout=90)
    return list(found.values())
