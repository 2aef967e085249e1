"""What the county's agreements say: a row each in a table for most, a document each for the factories."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from wattloop.example import works as of
from wattloop.example.accounts import class_of, point_name
from wattloop.example.classes import CLASSES
from wattloop.example.works import Works

_GRANTED = {"allowance-large-household": 0.03, "allowance-low-income": 0.02}  # of households
_PLACES = ("东江", "西塘", "南湖", "北港", "新河", "长桥", "青石")
_TRADES = ("机械厂", "纺织厂", "食品厂", "铸造厂", "塑料厂")


def county_table(accounts: int, seed: int, found: list[Works]) -> pa.Table:
    """Everybody's agreement but the factories': `agreement, point, tariff, class, voltage, market, source` and grants.

    Args:
        accounts, seed: the county's.
        found: its works.
    """
    tariff = np.array([CLASSES[number].tariff for number in class_of(accounts, seed)], object)
    names = np.array([point_name(index) for index in range(accounts)], object)
    large = np.zeros(accounts, bool)
    large[[one.index for one in found if one.turn < 0]] = True
    tariff[large] = of.COMMERCE
    home = tariff == "residential-yearly"
    living = home | (tariff == "residential-shared")
    terms = np.where(living, "residential", np.where(tariff == "agricultural", "agricultural", "industrial-commercial"))
    voltage = np.where(large | (tariff == "ev-charging"), "10kV", "<1kV")
    drawn = np.random.default_rng([seed, 6]).random((accounts, 2))
    granted = {
        name: [
            dt.date(2024, 1, 15) + dt.timedelta(days=int(day * 600)) if at_home and chance < share else None
            for at_home, chance, day in zip(home, drawn[:, number], drawn[:, 1 - number], strict=True)
        ]
        for number, (name, share) in enumerate(_GRANTED.items())
    }
    made = pa.table(
        {
            "agreement": names.tolist(),
            "point": names.tolist(),
            "tariff": tariff.tolist(),
            "class": terms.tolist(),
            "voltage": voltage.tolist(),
            "market": np.where(terms == "industrial-commercial", "agency-purchase", "").tolist(),
            "source": np.where(large, "registers", "").tolist(),
            **{name: pa.array(days, pa.date32()) for name, days in granted.items()},
        }
    )
    return made.filter(pa.array(tariff != of.FACTORY))


def factory_documents(found: list[Works], month: dt.date) -> str:
    """The factories' agreements as a YAML document.

    Args:
        found: the county's works.
        month: the first of the month in which what changes does.
    """
    head = f"# The county's factories: what was agreed with each, and what changes in {month:%Y-%m}.\n"
    return head + "".join(_document(one, month) for one in found if one.turn >= 0)


def _document(one: Works, month: dt.date) -> str:
    lines = [
        f'- agreement: "{one.point}"',
        f"  customer: {_PLACES[one.turn % 7]}{_TRADES[one.turn % 5]}",
        "  points:",
        *(f"    - {point}" for point in _points(one)),
        "  transformers:",
        *(f"    - {transformer}" for transformer in _transformers(one, month)),
        "  versions:",
    ]
    for start, terms in _versions(one, month):
        lines += [
            f"    - valid_from: {start}",
            f"      tariff: {of.FACTORY}",
            "      class: industrial-commercial",
            "      voltage: 10kV",
            *(f"      {name}: {value}" for name, value in terms.items()),
        ]
    return "\n".join(lines) + "\n"


def _points(one: Works) -> list[str]:
    main = f'{{point: "{one.point}", source: {"registers" if one.by_registers else "intervals"}}}'
    if one.particular == of.LIGHTING:
        fixed = f"fixed: {one.capacity * 2} kWh/month, out-of: flat"
        light = f'{{point: "{one.lighting}", behind: "{one.point}", tariff: commercial-single-part, {fixed}}}'
        return [main, light]
    if one.particular == of.TWO_FEEDS:
        return [main, f'{{point: "{one.second}", source: registers}}']
    return [main]


def _transformers(one: Works, month: dt.date) -> list[str]:
    running = "{from: 2024-03-01, is: running}"
    whole, larger, smaller = one.capacity, of.size_of(one.capacity * 0.6), of.size_of(one.capacity * 0.4)
    if one.particular == of.SEALED:
        sealed = f"states: [{running}, {{from: {month.replace(day=9)}, is: sealed}}]"
        return [f"{{id: T1, capacity: {larger} kVA}}", f"{{id: T2, capacity: {smaller} kVA, {sealed}}}"]
    if one.particular == of.EXCHANGED:
        return [f"{{id: T{n}, capacity: {whole} kVA, interlock: A}}" for n in (1, 2)]
    if one.particular == of.GROWN:
        new = f"states: [{{from: {month.replace(day=18)}, is: running}}]"
        return [f"{{id: T1, capacity: {larger} kVA}}", f"{{id: T2, capacity: {smaller} kVA, {new}}}"]
    return [f"{{id: T1, capacity: {whole} kVA}}"]


def _versions(one: Works, month: dt.date) -> list[tuple[dt.date, dict[str, str]]]:
    begin = dt.date(2024, 3, 1)
    agency, direct = {"market": "agency-purchase"}, {"market": "direct"}
    by_capacity, by_actual = {"demand-method": "by-capacity"}, {"demand-method": "by-actual"}
    by_contract = {"demand-method": "by-contract", "contract": f"{one.capacity * 13 // 200 * 10} kW"}
    match one.particular:
        case of.CONTRACT:
            return [(begin, agency | by_contract)]
        case of.LIGHTING | of.TWO_FEEDS:
            return [(begin, agency | by_actual)]
        case of.MARKET:
            return [(begin, agency | by_capacity), (month.replace(day=16), direct | by_capacity)]
        case of.INTENSIVE:
            return [(begin, agency | {"options": "energy-intensive"} | by_contract)]
        case of.GROWN:
            owner = {"customer": "新县工业园"}
            return [(begin, agency | by_capacity), (month.replace(day=18), owner | agency | by_capacity)]
        case _:
            return [(begin, agency | by_capacity)]
