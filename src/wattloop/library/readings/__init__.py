"""Readings: readers of every source format, validation and estimation, import into a lake, export."""

from wattloop.library.lake.folding import fold
from wattloop.library.lake.retention import retain
from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Lake, open_existing, open_lake
from wattloop.library.readings.exporting import export
from wattloop.library.readings.importing import import_file
from wattloop.library.readings.recognise import recognise
from wattloop.library.readings.register_export import export_registers
from wattloop.library.readings.report import ImportReport, RegisterReport
from wattloop.library.readings.rows import day_rows
from wattloop.library.readings.validation import Limits

__all__ = [
    "ImportReport",
    "Lake",
    "Limits",
    "RegisterReport",
    "Snapshot",
    "day_rows",
    "export",
    "export_registers",
    "fold",
    "import_file",
    "open_existing",
    "open_lake",
    "recognise",
    "retain",
]
