"""Programs that a command runs beside each other: started again when they die, stopped together."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wattloop.parenting import die_with_parent

LOOK_EVERY = 0.2
# One that dies as soon as it starts is not started in a tight circle.
WAIT_BEFORE_AGAIN = 2.0


@dataclass
class Child:
    """A program and the process it runs as.

    Args:
        name: as messages call it.
        command: its command line.
        again: whether it is started again when it dies; without, its end is the end of all.
        gone: told the process id of one that died.
    """

    name: str
    command: Sequence[str]
    again: bool = True
    gone: Callable[[int], object] = lambda _: None
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0


@dataclass
class Children:
    """All of them, until told to stop."""

    say: Callable[[str], object]
    patience: float = 30.0
    all: list[Child] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, each: Callable[[], None] = lambda: None) -> int:
        """Start all and stay until SIGTERM, Ctrl-C, or the end of one that is not started again; the exit code.

        Args:
            each: called a few times a second.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        code = 0
        for child in self.all:
            _start(child)
        while not self.stopping.wait(LOOK_EVERY):
            each()
            for child in self.all:
                ended = child.process.poll() if child.process else None
                if child.process is None or ended is None:
                    continue
                child.gone(child.process.pid)
                if not child.again:
                    self.say(f"{child.name} ended with {ended}")
                    code = ended or 1
                    self.stopping.set()
                    break
                if time.monotonic() - child.began > WAIT_BEFORE_AGAIN:
                    self.say(f"{child.name} ended with {ended}; it is started again")
                    _start(child)
        self._stop()
        return code

    def _stop(self) -> None:
        for child in self.all:
            if child.process and child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + self.patience
        for child in self.all:
            if child.process is None:
                continue
            try:
                child.process.wait(max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} does not stop, and is killed")
                child.process.kill()
                child.process.wait()


def python(*args: str) -> list[str]:
    """The command line of a module of this Python."""
    return [sys.executable, "-m", *args]


def _start(child: Child) -> None:
    child.began = time.monotonic()
    # In the terminal's group it would hear Ctrl-C twice: from the terminal, and from us. This process has one thread.
    child.process = subprocess.Popen(
        child.command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509
    )
