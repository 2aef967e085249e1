"""A process that ends when the one that began it does, even where that was killed. On Linux; nothing elsewhere."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

# Set by `wattloop serve` for the server's own children, which the server leaves behind when it is killed.
SERVED = "WATTLOOP_SERVED"
_PR_SET_PDEATHSIG = 1


def die_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, by)
        if os.getppid() == 1:  # it has ended already
            os.kill(os.getpid(), by)
