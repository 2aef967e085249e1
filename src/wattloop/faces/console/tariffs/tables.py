"""The list of tariffs."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wattloop.apps.enterprise import wording
from wattloop.apps.enterprise.models import TariffOffer
from wattloop.faces.web.tables import BadgeColumn, MomentColumn, NumberColumn, Table

TONES = {"proposed": "warn", "in-force": "good", "replaced": "quiet", "refused": "bad", "withdrawn": "quiet"}
STATES = {
    TariffOffer.State.PROPOSED: _("waits for a decision"),
    TariffOffer.State.IN_FORCE: _("in force"),
    TariffOffer.State.REPLACED: _("replaced"),
    TariffOffer.State.REFUSED: _("sent back"),
    TariffOffer.State.WITHDRAWN: _("withdrawn"),
}


def state(offer: TariffOffer) -> str:
    """The state of an offer in words."""
    return str(STATES[TariffOffer.State(offer.state)])


def _link(record: TariffOffer) -> str:
    return str(reverse("tariffs:detail", args=[record.tariff]))


class TariffTable(Table):
    """Tariffs in force, each with how many agreements have it."""

    row_link = staticmethod(_link)
    name = tables.Column(verbose_name=_("Tariff"), accessor="tariff", linkify=_link)
    tariff = tables.Column(verbose_name=_("Id"), attrs={"td": {"class": "mono"}})
    offered = tables.Column(verbose_name=_("On offer to"), empty_values=(), orderable=False)
    agreements = NumberColumn(verbose_name=_("Agreements today"), empty_values=(), orderable=False)
    state = BadgeColumn(verbose_name=_("State"), tones=TONES, orderable=False)
    decided_at = MomentColumn(verbose_name=_("In force since"))
    decided_by = tables.Column(verbose_name=_("Decided by"))

    class Meta:
        model = TariffOffer
        fields = ("name", "tariff", "offered", "agreements", "state", "decided_at", "decided_by")

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        from wattloop.faces.console.tariffs.counting import agreements_of, offered_to

        self.counts, self.offers = agreements_of(request.user), offered_to()
        super().__init__(*args, request=request, **kwargs)

    def render_name(self, record: TariffOffer) -> str:
        """The name in the reader's language."""
        return wording.named(record) or record.tariff

    def value_name(self, record: TariffOffer) -> str:
        """The name, exported."""
        return self.render_name(record)

    def render_offered(self, record: TariffOffer) -> str:
        """Class, voltage and market; a dash where it is offered to nobody new."""
        return self.offers.get(record.tariff, "–")

    def value_offered(self, record: TariffOffer) -> str:
        """The same, exported."""
        return self.offers.get(record.tariff, "")

    def render_agreements(self, record: TariffOffer) -> str:
        """How many have it today."""
        return f"{self.counts.get(record.tariff, 0):,}"

    def value_agreements(self, record: TariffOffer) -> int:
        """The same as a number."""
        return self.counts.get(record.tariff, 0)

    def render_state(self, record: TariffOffer) -> Any:
        """The state as a badge."""
        from wattloop.faces.web import showing

        return showing.badge(TONES[record.state], state(record))

    def value_state(self, record: TariffOffer) -> str:
        """The state in words."""
        return state(record)


class TariffFilter(django_filters.FilterSet):
    """Find a tariff by its name or id."""

    text = django_filters.CharFilter(label=_("Name or id"), method="by_text")

    class Meta:
        model = TariffOffer
        fields = ()

    def by_text(self, rows: QuerySet[TariffOffer], _name: str, value: str) -> QuerySet[TariffOffer]:
        """Those whose name in either language, or id, holds a text."""
        found = Q(tariff__icontains=value) | Q(name_zh__icontains=value) | Q(name_en__icontains=value)
        return rows.filter(found)
