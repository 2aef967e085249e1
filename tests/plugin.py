"""Before Django is set up: a home folder of the tests' own, and with `--postgresql` a server of their own."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile

import pytest

from tests.postgres import Server
from wattloop.management import catalogs

OPTION = "--postgresql"


def _own_home() -> None:
    made = tempfile.mkdtemp(prefix="wattloop-tests-")
    os.environ["WATTLOOP_HOME"] = made
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(made, ignore_errors=True))


def _own_server() -> None:
    server = Server()
    server.start()
    os.environ["DATABASE_URL"] = server.url
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and server.stop())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help="test on a PostgreSQL server that is made for it")


# pytest-django reads the settings before any conftest is loaded, so this happens when the plugin is.
os.environ["WATTLOOP_PLAIN_HTTP"] = "1"
os.environ["WATTLOOP_SECOND_FACTOR"] = "optional"  # its own tests require it
os.environ.pop("WATTLOOP_NOW", None)
_own_home()
if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker has its controller's server
    for owner in catalogs.owners():
        catalogs.compile_catalog(owner)
    os.environ.pop("DATABASE_URL", None)
    if OPTION in sys.argv:
        _own_server()
