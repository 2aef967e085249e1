"""Addresses of tariffs, with the example's tariffs in force, a proposal that waits, and a month of readings."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import Max
from tests.cast import Cast
from tests.console.places import Place

from wattloop.apps.enterprise.models import FolderVersion, Rule, TariffOffer
from wattloop.example import ENTERPRISE
from wattloop.library import readings, tariffs
from wattloop.library.quantity import clock
from wattloop.library.quantity.dayrows import from_matrix

VIEW, TRY, PROPOSE, DECIDE = (f"enterprise.tariff.{verb}" for verb in ("view", "try", "propose", "decide"))
MONTH = dt.date(2026, 3, 1)
SINGLE, YEARLY = "commercial-single-part", "residential-yearly"


def at(tariff: str) -> Any:
    return lambda _made: [tariff]


PLACES = [
    Place("tariffs:list", get=VIEW),
    Place("tariffs:detail", get=VIEW, args=at("industrial-demand"), queries=25),
    Place("tariffs:detail", get=VIEW, args=at(YEARLY), query="year=2026", queries=25),
    Place("tariffs:detail", get=VIEW, args=at("industrial-two-part-10kv"), query="on=2026-02-01", queries=25),
    Place("tariffs:file", get=VIEW, args=at(SINGLE), page=False),
    Place("tariffs:proposal", get=VIEW, args=lambda made: [made["proposal"].pk]),
    Place("tariffs:decide", post=DECIDE, args=lambda made: [made["proposal"].pk], data={"do": "refuse", "note": "no"}),
    Place("tariffs:try", get=TRY, post=TRY, args=at(YEARLY), query="month=2026-03", queries=25),
    Place("tariffs:try", get=TRY, args=at(SINGLE), query="month=2026-03&span=12", queries=25),
    Place("tariffs:answer", post=TRY, args=at(YEARLY), data={"month": "2026-03"}),
    Place("tariffs:sums", post=TRY, args=at(SINGLE), data={"month": "2026-03"}),
    Place("tariffs:summing", get=TRY, args=at(SINGLE), page=False),
    Place("tariffs:exact", post=TRY, args=at(YEARLY), data={"month": "2026-03"}),
    Place("tariffs:exact_found", get=TRY, args=lambda made: [YEARLY, made["exact"].pk], page=False),
    Place("tariffs:draft", post=TRY, args=at(YEARLY), data={"month": "2026-03", "do": "show"}),
]


def prepare(cast: Cast) -> dict[str, Any]:
    number = put_in_force(cast)
    (settings.HOME / "lake").symlink_to(_kept() / "lake")
    (settings.HOME / "trials").symlink_to(_kept() / "trials")
    return {"proposal": propose(cast, number), "exact": _exact(cast)}


def put_in_force(cast: Cast) -> int:
    """The example's tariffs are in force: proposed by the designer, decided by the chief."""
    number = (FolderVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    shutil.copytree(ENTERPRISE, settings.HOME / "enterprise" / str(number))
    told = {"currency": "CNY", "minor_digits": 2, "zone": "Asia/Shanghai", "languages": ["zh-hans", "en"],
            "name_zh": cast.company.name_zh, "name_en": cast.company.name_en}  # fmt: skip
    now = clock.now()
    version = FolderVersion.objects.create(
        number=number, loaded_at=now, loaded_by="admin", digest=f"{number}", rules={"enterprise": told}
    )
    Rule.objects.create(section="offers", version=version, file="offers.yaml", digest="of the example")
    held = set(TariffOffer.objects.filter(state="in-force").values_list("tariff", flat=True))
    TariffOffer.objects.bulk_create(
        TariffOffer(
            tariff=one.id, name_zh=one.name.get("zh", ""), name_en=one.name.get("en", ""),
            file=f"tariffs/{path.name}", digest=hashlib.sha256(path.read_bytes()).hexdigest(), version=version,
            state="in-force", proposed_by="designer", proposed_at=now, decided_by="chief", decided_at=now,
        )
        for path, one in _tariffs() if one.id not in held
    )  # fmt: skip
    return number


@cache
def _tariffs() -> list[tuple[Path, Any]]:
    return [(path, tariffs.load_versions(path)[-1]) for path in sorted((ENTERPRISE / "tariffs").glob("*.yaml"))]


def propose(cast: Cast, number: int) -> TariffOffer:
    """A dearer peak from next year on waits for a decision."""
    folder = settings.HOME / "enterprise" / str(number + 1)
    shutil.copytree(settings.HOME / "enterprise" / str(number), folder)
    file = folder / "tariffs" / f"{SINGLE}.yaml"
    text = file.read_text(encoding="utf-8").replace("valid_from: 2025-01-01", "valid_from: 2027-01-01")
    text = text.replace("month: 2026-10", "month: 2027-10").replace("total: 2260.56", "total: 2387.40")
    file.write_text(text.replace("{peak: 1.6,", "{peak: 1.8,"), encoding="utf-8")
    before, now = FolderVersion.objects.get(pk=number), clock.now()
    version = FolderVersion.objects.create(
        number=number + 1, loaded_at=now, loaded_by="designer", digest=f"{number + 1}", rules=before.rules
    )
    held = TariffOffer.objects.filter(tariff=SINGLE, state="proposed").first()
    return held or TariffOffer.objects.create(
        tariff=SINGLE, name_zh="工商业单一制 不满1千伏", name_en="Commercial single-part, below 1 kV",
        file=f"tariffs/{SINGLE}.yaml", digest=hashlib.sha256(file.read_bytes()).hexdigest(), version=version,
        proposed_by="designer", proposed_at=now,
    )  # fmt: skip


@cache
def _kept() -> Path:
    """A lake of the cast's points with a month of readings, and its sums under the tariff of households."""
    from wattloop.library.rating.agreements.table import from_table
    from wattloop.library.rating.comparison.summing import sum_month

    home = Path(tempfile.mkdtemp(prefix="wattloop-tariffs-"))
    points = [f"320010{number:04}" for number in (1, 2, 3)]
    days = np.arange(np.datetime64("2026-03-01"), np.datetime64("2026-04-01"))
    values = np.random.default_rng(5).integers(0, 900, (len(points) * len(days), 96), np.int32)
    rows = from_matrix(np.repeat(points, len(days)).tolist(), np.tile(days, len(points)), values)
    pq.write_table(rows.drop_columns(["channel"]), home / "rows.parquet")
    lake = readings.open_lake(home / "lake", "Asia/Shanghai")
    readings.import_file(lake, home / "rows.parquet")
    import pyarrow as pa

    who = from_table(pa.table({"agreement": [points[0], points[2]], "point": [points[0], points[2]],
                               "tariff": [YEARLY] * 2, "class": ["residential"] * 2}))  # fmt: skip
    known = [one for _path, one in _tariffs() if one.id == YEARLY]
    sum_month(lake, known, YEARLY, MONTH, who, home / "trials" / YEARLY / "2026-03" / "all" / "20260401T000000000000")
    return home


def _exact(cast: Cast) -> Any:
    """An exact computation that each of those who may try asked for is in the making."""
    from wattloop.apps.records.models import Job

    now = clock.now()
    fields = {"task": "billing.trial-exact", "args": [YEARLY, ["2026-03"], None, {}, ""], "made_at": now,
              "run_after": now, "state": Job.State.RUNNING, "total": 3, "done": 1}  # fmt: skip
    return Job.objects.create(by="designer", **fields)
