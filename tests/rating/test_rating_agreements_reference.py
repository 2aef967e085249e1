"""Agreements, meters and tariffs that change, drawn at random: every bill is what the slow reference works out."""

from collections import Counter
from decimal import Decimal

import yaml
from drawn_agreements import case
from hypothesis import HealthCheck, Phase, event, given, settings
from reference_document import DAY

from wattloop.library import rating
from wattloop.library.rating.agreements.columns import from_documents
from wattloop.library.rating.agreements.documents import read_documents

# A drawing prints small as it is, and takes a second to work out: not shrunk.
phases = (Phase.explicit, Phase.reuse, Phase.generate)
few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)


def agreements(drawn, folder):
    file = folder / "agreement.yaml"
    file.write_text(yaml.safe_dump(drawn.document()), encoding="utf-8")
    return from_documents(read_documents([file]))


def rated(drawn, folder):
    """{(bill, point, kind, component, tou, tier): amount}, and the bills that are held back."""
    start, end = drawn.span
    run = rating.run(
        drawn.rows(), drawn.compiled(), start, end, agreements=agreements(drawn, folder),
        bill="span" if drawn.whole else "month",
    )  # fmt: skip
    number = {} if drawn.whole else {day: n for n, day in enumerate(months_of(start, end))}
    of = lambda day: 0 if drawn.whole else max(n for first, n in number.items() if first <= day)  # noqa: E731
    found = Counter()
    for row in run.lines.to_pylist():
        key = (of(row["period_start"]), *(row[name] for name in ("point", "kind", "component", "tou", "tier")))
        found[key] += row["amount"]
    known = ("incomplete readings", "no readings", "incomplete history", "no agreement")
    held = {of(row["period_start"]) for row in run.exceptions.to_pylist() if row["what"] not in known}
    return found, held


def months_of(start, end):
    days = [start + n * DAY for n in range((end - start).days)]
    return [day for day in days if day == start or day.day == 1]


@few
@given(case())
def test_every_bill_of_an_agreement_is_what_the_reference_works_out(tmp_path_factory, drawn):
    found, held = rated(drawn, tmp_path_factory.getbasetemp())
    event("held back" if held else "billed")
    slow, slow_held = drawn.reference().bills(*drawn.span, whole=drawn.whole)
    assert held == slow_held
    wanted = {key: amount for key, amount in slow.items() if amount and key[0] not in held}
    assert {key: amount for key, amount in found.items() if amount} == wanted
    assert sum(found.values()) == sum(wanted.values(), Decimal(0))
