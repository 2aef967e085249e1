"""A small county in the database, its readings in the lake of a home folder: what tests of billing bill."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from wattloop.apps.customers.models import (
    Agreement,
    AgreementVersion,
    Customer,
    Transformer,
    TransformerState,
    UsagePoint,
)
from wattloop.apps.enterprise import services as enterprise
from wattloop.apps.enterprise.models import TariffOffer, Unit
from wattloop.apps.records.actors import System
from wattloop.example import ENTERPRISE
from wattloop.example.county import write_county
from wattloop.library import readings
from wattloop.library.rating.agreements.file import read_agreements
from wattloop.library.rating.agreements.model import ABSENT, ALWAYS, BY_INTERVALS, BY_REGISTERS, FOR_EVER, Agreements

MAKER, DECIDER = System("test"), System("decider")
_EPOCH = dt.date(1970, 1, 1)
_SOURCE = {BY_INTERVALS: "intervals", BY_REGISTERS: "registers"}


def make_files(folder: Path, accounts: int, first: dt.date, last: dt.date) -> None:
    """A county's agreements and a lake with its readings, in a folder."""
    write_county(folder, accounts=accounts, first_day=first, last_day=last)
    lake = readings.open_lake(folder / "lake", "Asia/Shanghai")
    readings.import_file(lake, folder / "readings.parquet")
    if (folder / "reactive.parquet").exists():
        readings.import_file(lake, folder / "reactive.parquet", unit="varh", channel="reactive_in")
    if (folder / "registers.csv").exists():
        readings.import_file(lake, folder / "registers.csv")


def take(folder: Path, home: Path) -> Agreements:
    """Put a county into the database and a home folder: enterprise, tariffs in force, agreements, lake."""
    shutil.copytree(folder / "lake", home / "lake")
    enterprise.load_folder(ENTERPRISE, by=MAKER)
    enterprise.decide_tariffs(list(TariffOffer.objects.filter(state="proposed")), accept=True, by=DECIDER)
    known = read_agreements(folder / "agreements")
    enter(known)
    return known


def enter(known: Agreements) -> None:
    """Agreements of the library into the database; every station gets some."""
    stations = list(Unit.objects.filter(kind=Unit.Kind.STATION))
    numbers = known.names.to_pylist()
    customers = [
        Customer(number=f"C{number}", name=f"客户{number[-3:]}", unit=stations[at % len(stations)])
        for at, number in enumerate(numbers)
    ]
    Customer.objects.bulk_create(customers)
    made = [Agreement(number=n, customer=c, unit=c.unit) for n, c in zip(numbers, customers, strict=True)]
    Agreement.objects.bulk_create(made)
    _versions(known, made)
    _points(known, made)
    for at, held in known.transformers.items():
        for one in held:
            row = Transformer.objects.create(
                agreement=made[at], name=one.name, capacity_va=one.capacity, interlock=one.interlock or ""
            )
            TransformerState.objects.bulk_create(
                TransformerState(transformer=row, valid_from=_day(day), state=state)
                for day, state in one.states
                if day != ALWAYS
            )


def _versions(known: Agreements, made: list[Agreement]) -> None:
    held = known.versions
    rows = []
    for at in range(len(held.start)):
        kind = held.kinds[int(held.kind[at])]
        agreement = made[int(held.agreement[at])]
        granted = {name: int(days[at]) for name, days in held.allowances.items() if days[at] != FOR_EVER}
        rows.append(
            AgreementVersion(
                agreement=agreement, customer=agreement.customer,
                valid_from=_day(held.start[at]) if held.start[at] != ALWAYS else dt.date(2020, 1, 1),
                valid_to=None if held.end[at] >= FOR_EVER else _day(held.end[at] - 1),
                tariff=held.tariff[at].as_py(), customer_class=kind.get("class", ""), voltage=kind.get("voltage", ""),
                market=kind.get("market", ""), demand_method=kind.get("demand-method", ""),
                options=" ".join(sorted(kind.get("option", ()))), capacity_va=_told(held.capacity[at]),
                contract_w=_told(held.contract[at]),
                allowances={name: _day(day).isoformat() for name, day in granted.items()},
            )
        )  # fmt: skip
    AgreementVersion.objects.bulk_create(rows)


def _points(known: Agreements, made: list[Agreement]) -> None:
    held = known.points
    rows = [
            UsagePoint(
                number=held.point[at].as_py(), agreement=made[int(held.agreement[at])],
                source=_SOURCE.get(int(held.source[at]), ""), tariff=held.tariff[at].as_py() or "",
                valid_from=None if held.start[at] == ALWAYS else _day(held.start[at]),
                valid_to=None if held.end[at] >= FOR_EVER else _day(held.end[at] - 1),
                fixed_wh=_told(held.fixed[at]), share_millionths=_told(held.share[at]),
                out_of=held.placed[at].as_py() or "",
            )
        for at in range(len(held.point))
    ]  # fmt: skip
    UsagePoint.objects.bulk_create(rows)
    for at, parent in enumerate(held.parent.tolist()):
        if parent != ABSENT:
            UsagePoint.objects.filter(pk=rows[at].pk).update(behind=rows[parent])


def _told(value: int) -> int | None:
    return None if value == ABSENT else int(value)


def _day(number: int) -> dt.date:
    return _EPOCH + dt.timedelta(days=int(number))
