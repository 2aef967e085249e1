"""What waits for somebody, room by room: each asks its room and says it in words, with a number and a way there.

A room that has nothing for somebody is left out; the one their role works in comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from wattloop.apps.billing import queries as billing
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import Role, TariffOffer
from wattloop.apps.metering import queries as metering
from wattloop.apps.receivables import queries as receivables
from wattloop.apps.records.models import Job
from wattloop.faces.console.frame import address


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits: what, how many, where; an alarm is shown as one."""

    label: str
    count: int
    url: str
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """What waits in a room. `home` is its name in a role's `home`."""

    home: str
    label: str
    icon: str
    items: list[Item]


def sections(user: Any) -> list[Section]:
    """Those with something in them, the rooms of the user's roles first."""
    homes = list(Role.objects.filter(assignments__user=user, active=True).values_list("home", flat=True))
    told = [
        Section(home, label, icon, [item for item in ask(user) if item.count])
        for home, label, icon, ask in (
            ("billing", _("Billing"), "receipt", _billing),
            ("receivables", _("Payments"), "coins", _receivables),
            ("metering", _("Readings"), "gauge", _metering),
            ("tariffs", _("Tariffs"), "chart-line", _tariffs),
            ("records", _("Jobs"), "shield", _jobs),
        )
    ]
    return sorted((section for section in told if section.items), key=lambda section: section.home not in homes)


def _billing(user: Any) -> Iterator[Item]:
    waits = billing.todo(user)
    runs, exceptions = address("billing:runs"), address("billing:exceptions")
    steps: tuple[tuple[list[Any], Callable[[str], str]], ...] = (
        (waits.rate, lambda name: _("Rate %(run)s") % {"run": name}),
        (waits.check, lambda name: _("Check %(run)s") % {"run": name}),
        (waits.approve, lambda name: _("Approve %(run)s") % {"run": name}),
        (waits.issue, lambda name: _("Issue %(run)s") % {"run": name}),
    )
    for some, said in steps:
        for run in some[:5]:
            yield Item(said(str(run)), max(run.planned, 1), f"{runs}runs/{run.pk}" if runs else "")
    yield Item(_("Exceptions that hold bills"), waits.blocking, f"{exceptions}?severity=block", alarm=True)
    yield Item(_("Exceptions to look at"), waits.warning, f"{exceptions}?severity=warn")
    yield Item(_("Exceptions given to you"), waits.mine, f"{exceptions}?assigned={user.actor}")


def _receivables(user: Any) -> Iterator[Item]:
    for one in receivables.todo(user):
        url = address(one.url)
        yield Item(one.what, one.count, f"{url}?{one.query}" if url and one.query else url, one.alarm)


def _metering(user: Any) -> Iterator[Item]:
    waits = metering.todo(user)
    yield Item(_("Sources that are late or in trouble"), len(waits.unwell), address("metering:sources"), alarm=True)
    yield Item(_("Files of readings refused"), waits.refused, address("metering:files") + "?state=refused")


def _tariffs(user: Any) -> Iterator[Item]:
    if gate.may(user, "enterprise.tariff.decide"):
        proposed = TariffOffer.objects.filter(state=TariffOffer.State.PROPOSED).exclude(proposed_by=user.actor)
        yield Item(_("Tariffs to decide"), proposed.count(), address("tariffs:list"))


def _jobs(user: Any) -> Iterator[Item]:
    if gate.may(user, "records.job.view"):
        failed = Job.objects.filter(state=Job.State.FAILED)[:1000].count()
        yield Item(_("Jobs that failed"), failed, f"{address('records:jobs')}?state=failed", alarm=True)
