"""Where a run's lines go: into a Parquet file, made whole or not at all, or into memory."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


class LineWriter:
    """Takes tables of lines, in a `with` block.

    Args:
        path: the file; None keeps the lines in memory.
        lines: the schema of all of them.
    """

    def __init__(self, path: Path | None, lines: pa.Schema) -> None:
        self.path, self.schema = path, lines
        self.kept: list[pa.Table] = []
        self.partial = path.with_name(f".{path.name}.partial") if path else None
        self.writer: pq.ParquetWriter | None = None

    def __enter__(self) -> LineWriter:
        if self.partial is not None:
            self.partial.parent.mkdir(parents=True, exist_ok=True)
            self.writer = pq.ParquetWriter(self.partial, self.schema, compression="zstd")
        return self

    def __call__(self, table: pa.Table) -> None:
        """Take some lines."""
        if self.writer is not None:
            self.writer.write_table(table)
        else:
            self.kept.append(table)

    def __exit__(self, kind: object, *_: object) -> None:
        if self.writer is None or self.partial is None or self.path is None:
            return
        try:
            # A disk that filled while writing fills again while closing: the first failure is the one to tell.
            with contextlib.suppress(*([OSError, pa.ArrowException] if kind else [])):
                self.writer.close()
            if kind is None:
                self.partial.replace(self.path)
        finally:
            self.partial.unlink(missing_ok=True)

    def table(self) -> pa.Table | None:
        """The lines kept in memory; None where they went to a file."""
        if self.path is not None:
            return None
        return pa.concat_tables(self.kept).unify_dictionaries() if self.kept else self.schema.empty_table()
