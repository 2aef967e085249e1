"""Compiles a tariff document into the form that rating uses: names resolved, prices exact, days decided."""

from __future__ import annotations

from dataclasses import replace

from wattloop.library.quantity import clock
from wattloop.library.tariffs.calendar import compile_calendar
from wattloop.library.tariffs.cells import grid
from wattloop.library.tariffs.compile_basic import compile_basic
from wattloop.library.tariffs.compile_charges import ChargeCompiler
from wattloop.library.tariffs.compile_checks import check_examples, check_names
from wattloop.library.tariffs.compile_energy import EnergyCompiler, energy_trees
from wattloop.library.tariffs.compile_options import OptionCompiler
from wattloop.library.tariffs.compile_shares import ShareCompiler
from wattloop.library.tariffs.compiled import Calendar, Segments, Tariff
from wattloop.library.tariffs.dated import EARLIEST_YEAR, LATEST_YEAR
from wattloop.library.tariffs.days import Span, validity_span
from wattloop.library.tariffs.document import Document
from wattloop.library.tariffs.price_list import with_lists
from wattloop.library.tariffs.problems import Findings, Path
from wattloop.library.tariffs.versions import versions_of


def compile_document(document: Document, findings: Findings) -> list[tuple[Tariff, dict[Path, Path]]]:
    """Compile every version of a document; whatever makes the result unusable is noted in `findings`.

    The tariffs returned are only to be used where `findings` holds no error. With each stands
    how its paths lead to the document's (`Findings.moved`).
    """
    document = with_lists(_with_dates_checked(document, findings), findings)
    versions = versions_of(document, findings)
    end, over = versions[-1].document.valid_to, document.tiers.over if document.tiers else None
    span = validity_span(document.valid_from, end, clock.today(), over)
    # One calendar for all versions: a price that changes inside a month changes no hours.
    calendar = compile_calendar(document.calendar, span, findings)
    found = []
    for version in versions:
        findings.moved = version.moved
        found.append((_compile(version.document, calendar, span, findings), version.moved))
    findings.moved = {}
    return found


def _with_dates_checked(document: Document, findings: Findings) -> Document:
    """The document, without the dates that cannot be meant."""
    start, end = document.valid_from, document.valid_to
    if start is not None and end is not None and end < start:
        findings.error(("valid_to",), f"The tariff ends ({end}) before it begins ({start}).", "Exchange the dates.")
        end = None
    for key, day in (("valid_from", start), ("valid_to", end)):
        if day is not None and not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            findings.error(
                (key,), f"{day} is beyond any tariff.", f"Write a year from {EARLIEST_YEAR} to {LATEST_YEAR}."
            )
            start = end = None
    return document.model_copy(update={"valid_from": start, "valid_to": end})


def _compile(document: Document, plain: Calendar, span: Span, findings: Findings) -> Tariff:
    at = grid(plain, document.calendar, energy_trees(document))
    components, tiers = EnergyCompiler(document, at, findings).compile()
    check_names(document, findings)
    charges = ChargeCompiler(document, at, span, findings)
    demand, fixed = charges.demand(), charges.fixed()
    basic = compile_basic(document, at, findings)
    own = [one.name for one in components] + [one.name for one in demand] + [one.name for one in fixed]
    own += [one.name for one in tiers.allowances if one.free] if tiers is not None else []
    names = frozenset([*own, *basic.names])
    shares = ShareCompiler(document, findings)
    power_factor = shares.power_factor(names)
    percentages = shares.percentages(names)
    check_examples(document, at, names | {one.name for one in percentages}, findings)
    tariff = Tariff(
        id=document.id,
        name=document.name,
        currency=document.currency,
        valid_from=document.valid_from,
        valid_to=document.valid_to,
        calendar=at.calendar,
        components=components,
        tiers=tiers,
        demand=demand,
        capacity=basic.capacity,
        contract=basic.contract,
        actual=basic.actual,
        intensive=basic.intensive,
        suspension=basic.suspension,
        fixed=fixed,
        power_factor=power_factor,
        minimums=charges.minimums(),
        percentages=percentages,
        taxes=shares.taxes(names | {item.name for item in percentages}),
        rounding=charges.rounding(),
        segments=Segments(document.segments.registers),
        scope=document.scope,
        source=document.source,
        document=document,
    )
    options = OptionCompiler(document, at, tariff, findings)
    tariff = replace(tariff, options=options.compile())
    if not findings.errors:
        options.try_each(tariff)
    return tariff
