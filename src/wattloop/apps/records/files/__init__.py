"""Stored files: kept under `WATTLOOP_HOME/files` by what they hold, judged by what they hold."""

from wattloop.apps.records.files.checking import Findings, check
from wattloop.apps.records.files.storing import LIMIT, path, store

__all__ = ["LIMIT", "Findings", "check", "path", "store"]
