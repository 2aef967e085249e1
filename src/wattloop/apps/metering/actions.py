"""What may be done with meters and readings, for roles to grant."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "metering.meter.view": _("see meters"),
    "metering.meter.exchange": _("hang, exchange and take down meters"),
    "metering.readings.view": _("see readings and their coverage"),
    "metering.readings.import": _("give files of readings"),
    "metering.source.change": _("say which folders are watched for readings"),
}
