"""A PostgreSQL server of the tests' own, thrown away with them."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=120",
    "shared_buffers=128MB",
)


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`; None where there are none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


class Server:
    """A server on a free port of this machine. PostgreSQL refuses to run as root, so root lends it to another user.

    Args:
        durable: as in production, for tests that kill it; otherwise nothing waits for the disk.
    """

    def __init__(self, *, durable: bool = False) -> None:
        found = programs()
        if found is None:
            raise RuntimeError("there is no initdb on this machine; on Debian: apt-get install postgresql")
        self.bin, self.durable = found, durable
        self.folder = Path(tempfile.mkdtemp(prefix="wattloop-pg-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql://wattloop@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Make the cluster and start it."""
        if os.geteuid() == 0:
            owner = self._owner()
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-U", "wattloop", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        told = [] if self.durable else [f"-c {setting}" for setting in _SETTINGS]
        options = " ".join([f"-p {self.port} -h 127.0.0.1 -k {self.folder}", *told])
        self._run("pg_ctl", "-D", str(data), "-l", str(self.folder / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop it and remove what it kept."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *args: str, check: bool = True) -> None:
        told: dict[str, object] = {}
        if os.geteuid() == 0:
            owner = self._owner()
            told = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        done = subprocess.run(
            [str(self.bin / program), *args], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=False, **told,
        )  # fmt: skip
        if check and done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")

    @staticmethod
    def _owner() -> pwd.struct_passwd:
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise RuntimeError("root cannot run PostgreSQL, and there is no user postgres or nobody to lend it to")
