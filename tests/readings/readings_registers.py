"""What the tests of register readings share: a plain file of them, and what a lake then holds."""

import datetime as dt

HEADER = "point,meter,register,from,to,last,this,multiplier,digits,at"


def file_of(path, *rows, header=HEADER):
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def held(lake, first=dt.date(1990, 1, 1), last=dt.date(2190, 1, 1), version=None, **more):
    """The final rows of a lake, as dictionaries."""
    return lake.snapshot(version).registers(first, last, **more).to_pylist()


def said(rows):
    """Rows without the version that wrote them."""
    return [{name: value for name, value in row.items() if name != "revision"} for row in rows]
