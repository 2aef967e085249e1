"""What may be done with grid places, for roles to grant."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "network.place.view": _("see feeders, transformer areas and supplies"),
    "network.place.change": _("change feeders, transformer areas and supplies"),
}
