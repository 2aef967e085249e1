"""Rows kept on disk until it is their turn: an Arrow file, written and read back at the speed of copying."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa


class Spool:
    """Tables of one schema set down in a file, and read back in their order without holding them in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pa.ipc.RecordBatchFileWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Set some rows down."""
        if self._writer is None:
            self._writer = pa.ipc.new_file(self.path, table.schema)
        self._writer.write_table(table)

    def close(self) -> bool:
        """Finish the file; whether there are rows in it."""
        if self._writer is not None:
            self._writer.close()
        return self._writer is not None

    def drop(self) -> None:
        """Forget what was set down so far."""
        self.close()
        self._writer = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """What was set down, after `close`."""
        if self._writer is None:
            return
        with pa.memory_map(str(self.path)) as source:
            reader = pa.ipc.open_file(source)
            for at in range(reader.num_record_batches):
                yield reader.get_batch(at)
