"""Register files → checked rows with their quantities, whole columns at a time on DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from wattloop.library.lake.registers import DEMAND
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import register_names
from wattloop.library.readings.engine import NO_READING, identifier, relation, source_of
from wattloop.library.readings.faults import Finder
from wattloop.library.readings.register_checks import CHECKS
from wattloop.library.readings.register_file import RegisterFile
from wattloop.library.readings.stamps import FORMS, PLAIN, day_sql, micros_sql
from wattloop.library.readings.workbook import text_table

ROWS = "register_rows"
"""The engine's table of what was read: the columns of `lake.registers.SCHEMA` but `revision`, sorted as given."""

_CELLS, _NAMES, _DAYS, _READ = "register_cells", "register_names", "register_days", "registers_read"
_STRAY = " \t\u00a0\u3000"
_HOUR, _SIXTY = r"([01]?\d|2[0-3])", r"[0-5]\d"
_TIME = rf"({_HOUR}:{_SIXTY}(:{_SIXTY}(\.\d+)?)?|{_HOUR}时({_SIXTY}分)?|24:00(:00(\.0+)?)?|24时(00分)?)"
_MIDNIGHT = r"0?0(:00(:00(\.0+)?)?|时(00分)?)"
_END_OF_DAY = r"(24(:00(:00(\.0+)?)?|时(00分)?)|23:59(:\d\d(\.\d+)?)?)"
_NUMBER = r"[+-]?(\d+(\.\d{0,4}0*)?|\.\d{1,4}0*)"


@dataclass
class Read:
    """What was met in a file: register readings, those that stood there twice alike, those whose counter rolled over,
    and those read at another time than midnight."""

    rows: int
    duplicates: int
    rolled: int
    by_day: int


def read_registers(con: duckdb.DuckDBPyConnection, found: RegisterFile, staging: Path) -> Read:
    """Read a file into the table `ROWS` of an engine.

    Args:
        con: from `engine.connect`.
        found: the file.
        staging: a folder for what the engine cannot read as it is.

    Raises:
        Refused: with the file and row of what cannot be taken.
    """
    source = text_table(found.path, found.all_columns, staging) if found.format == "xlsx" else source_of(found, staging)
    finder = Finder(con, found, source)
    try:
        con.execute(f"CREATE TEMP TABLE {_CELLS} AS {_cells_sql(found, relation(found, source, []), finder.first)}")
        _name_registers(con)
        con.execute(f"CREATE TEMP TABLE {_DAYS} AS {_days_sql()}")
        con.execute(f"CREATE TEMP TABLE {_READ} AS {_read_sql(found)}")
        con.execute(f"DROP TABLE {_CELLS}")
        rows = _count(con, _READ)
        if not rows:
            raise Refused("there is no register reading", "Give a file with readings.", file=str(found.path))
        _refuse_wrong(con, found, finder)
        con.execute(f"CREATE TEMP TABLE {ROWS} AS {_distinct_sql()}")
        by_day = _count(con, f"{_READ} WHERE by_day")
        con.execute(f"DROP TABLE {_READ}")
        _refuse_overlaps(con, found, finder)
    except duckdb.Error as error:
        finder.explain(error)
    return Read(rows, rows - _count(con, ROWS), _count(con, f"{ROWS} WHERE rolled"), by_day)


def _cells_sql(found: RegisterFile, table: str, first: int) -> str:
    """The file's cells as text, `ROLE_said`, a row a register; rows with nothing in them are left out."""
    numbered = f"SELECT row_number() OVER () + {first - 1} AS row, * FROM {table}"
    told = {role: _text(found, found.columns.get(role)) for role in register_names.ROLES}
    each = [
        told | {"register": f"'{register}'"} | {side: _text(found, column) for side, column in sides._asdict().items()}
        for register, sides in found.sides.items()
    ] or [told]
    filled = ("last", "this") if found.sides else register_names.ROLES
    parts = (
        f"SELECT row, {', '.join(f'{sql} AS {role}_said' for role, sql in said.items())} FROM numbered"
        f" WHERE coalesce({', '.join(said[role] for role in filled)}) IS NOT NULL"
        for said in each
    )
    return f"WITH numbered AS MATERIALIZED ({numbered}) {' UNION ALL '.join(parts)}"


def _text(found: RegisterFile, column: str | None) -> str:
    """SQL for a cell as text without spaces around it; null where there is none, or nothing in it."""
    if column is None:
        return "NULL::VARCHAR"
    name = identifier(column)
    if found.kinds[column] == "number":
        # As many digits as binary holds: 0.1 + 0.2 is 0.3.
        double = f"format('{{:.15g}}', {name}::DOUBLE)"
        return f"NULLIF(CASE typeof({name}) WHEN 'DOUBLE' THEN {double} ELSE {name}::VARCHAR END, 'nan')"
    text = f"{name}::VARCHAR"
    # Looking at both ends costs a third of trimming every cell.
    stray = " OR ".join(f"{text} LIKE '{c}%' OR {text} LIKE '%{c}'" for c in _STRAY)
    nothing = ", ".join(f"'{word}'" for word in NO_READING)
    return f"CASE WHEN {stray} THEN NULLIF(trim({text}, '{_STRAY}'), '') WHEN {text} NOT IN ({nothing}) THEN {text} END"


def _name_registers(con: duckdb.DuckDBPyConnection) -> None:
    """The table of the names that registers have in this file, few as they are, and which they are."""
    said = [row[0] for row in con.execute(f"SELECT DISTINCT register_said FROM {_CELLS}").fetchall() if row[0]]
    known = pa.table(
        {
            "said": pa.array(said, pa.string()),
            "register": pa.array([register_names.register_of(text) for text in said], pa.string()),
        }
    )
    con.register(_NAMES, known)


def _days_sql() -> str:
    """The days that the file names, few as they are, and the day at whose beginning a reading counts.

    24:00 is the next day's beginning; another time of day is dropped, as spans are of whole days.
    """
    date, time = f"regexp_replace(said, '[ T]*{_TIME}$', '')", f"regexp_extract(said, '[ T日]({_TIME})$', 1)"
    late = f"regexp_full_match({time}, '{_END_OF_DAY}')"
    return (
        f"SELECT said, CAST({day_sql(date)} + CASE WHEN {late} THEN 1 ELSE 0 END AS DATE) AS day,"
        f" {time} <> '' AND NOT {late} AND NOT regexp_full_match({time}, '{_MIDNIGHT}') AS by_day"
        f" FROM (SELECT DISTINCT unnest([from_said, to_said]) AS said FROM {_CELLS}) WHERE said IS NOT NULL"
    )


def _read_sql(found: RegisterFile) -> str:
    """Cells, and what they say: days, exact numbers, quantities; null where a cell says no such thing."""
    numbers = ", ".join(
        f"coalesce(regexp_full_match({text}, '{_NUMBER}'), false) AS {role}_fits,"
        f" TRY_CAST({text} AS DECIMAL({places},4)) AS {role}_number"
        for role, places in (("last", 18), ("this", 18), ("multiplier", 12))
        for text in (_with_point(found, f"{role}_said"),)
    )
    moments = ", ".join(micros_sql("at_said", form, [], zoned=False) for form in (PLAIN, *FORMS))
    read = (
        f"SELECT c.*, n.register, starts_with(n.register, '{DEMAND}') AS is_demand, f.day AS from_day, t.day AS to_day,"
        f" {numbers},"
        # 6.2 is six places before the point and two after it.
        " TRY_CAST(regexp_extract(digits_said, '^(\\d{1,2})([.]\\d)?$', 1) AS TINYINT) AS digits,"
        f" CASE WHEN at_said IS NOT NULL AND is_demand THEN make_timestamp(coalesce({moments})) END AS moment,"
        f" f.by_day OR t.by_day AS by_day FROM {_CELLS} c LEFT JOIN {_NAMES} n ON register_said = n.said"
        f" LEFT JOIN {_DAYS} f ON from_said = f.said LEFT JOIN {_DAYS} t ON to_said = t.said"
    )
    # Numbers of 18 places times one of 12 have room in 38; so has the power of ten of a roll-over.
    counted = "this_number::DECIMAL(38,4) - last_number + CASE WHEN rolled THEN capacity ELSE 0 END"
    shown = f"CASE WHEN is_demand THEN this_number::DECIMAL(38,4) ELSE {counted} END"
    return (
        f"SELECT *, TRY_CAST(round(({shown}) * multiplier_number * 1000) AS BIGINT) AS quantity FROM ("
        " SELECT *, CAST(pow(10, digits) AS DECIMAL(38,4)) AS capacity,"
        f" NOT is_demand AND this_number < last_number AND digits IS NOT NULL AS rolled FROM ({read}))"
    )


def _with_point(found: RegisterFile, text: str) -> str:
    """SQL for a number's text with a decimal point; null where a point stands in a file of decimal commas."""
    return text if found.decimal == "." else f"CASE WHEN NOT contains({text}, '.') THEN replace({text}, ',', '.') END"


def _refuse_wrong(con: duckdb.DuckDBPyConnection, found: RegisterFile, finder: Finder) -> None:
    """Refuse the first row that fails a check, with the first check that it fails."""
    firsts = con.execute(
        f"SELECT {', '.join(f'min(row) FILTER (WHERE {check.wrong})' for check in CHECKS)} FROM {_READ}"
    ).fetchall()[0]
    failed = [(row, at) for at, row in enumerate(firsts) if row is not None]
    if not failed:
        return
    row, at = min(failed)
    check = CHECKS[at]
    cells = f"SELECT register, digits, COLUMNS('.*_said') FROM {_READ}"
    [said] = con.sql(f"{cells} WHERE row = {row} AND {check.wrong} LIMIT 1").to_arrow_table().to_pylist()
    raise Refused(
        check.what.format(**said), check.mend, file=str(found.path), row=finder.line(int(row)),
        field=_column(found, said["register"], check.field),
    )  # fmt: skip


def _column(found: RegisterFile, register: str | None, role: str) -> str:
    """The file's column for a role."""
    sides: Any = found.sides.get(register or "")
    return (getattr(sides, role, None) if sides else None) or found.columns.get(role, role)


def _distinct_sql() -> str:
    """Each reading once, with the first row that it stands in."""
    columns = (
        'point_said AS point, meter_said AS meter, register, from_day AS "from", to_day AS "to",'
        " CASE WHEN NOT is_demand THEN last_number END AS last, this_number AS this, multiplier_number AS multiplier,"
        ' digits, quantity, rolled, moment AS "at"'
    )
    return f"SELECT {columns}, min(row) AS row FROM {_READ} GROUP BY ALL"


def _refuse_overlaps(con: duckdb.DuckDBPyConnection, found: RegisterFile, finder: Finder) -> None:
    """Refuse the first row whose span overlaps that of another row of its point, meter and register."""
    order = 'PARTITION BY point, meter, register ORDER BY "from", "to", row'
    # In order of their beginnings, spans that overlap at all have neighbours that do.
    first = con.execute(
        f"SELECT greatest(row, other), least(row, other), point, register FROM (SELECT *, lag(row) OVER ({order}) AS"
        f' other, lag("to") OVER ({order}) AS ended FROM {ROWS}) WHERE "from" < ended ORDER BY 1, 2 LIMIT 1'
    ).fetchall()
    for row, other, point, register in first:
        there = f"row {finder.line(int(other))}" if row != other else "another column"
        raise Refused(
            f"{register} of {point} overlaps in time with {there}",
            "Keep one reading of a meter's register for any day; a meter in exchange has a number of its own.",
            file=str(found.path), row=finder.line(int(row)), field=_column(found, register, "from"),
        )  # fmt: skip


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
