"""Pages of a long list whose count costs no more on a million rows than on ten thousand."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import QuerySet

CAP = 10_000
SIZES = (25, 50, 100, 200)


class CappedPaginator(Paginator):
    """A paginator that counts up to `CAP` rows and says no more than "more than" beyond.

    Whoever looks further filters: an offset of a million rows would be read to be thrown away.
    """

    @cached_property
    def counted(self) -> int:
        """Rows there are, `CAP` + 1 where there are more than `CAP`."""
        rows: Any = self.object_list
        while not isinstance(rows, QuerySet) and hasattr(rows, "data"):  # a table's rows, and what they are made of
            rows = rows.data
        if isinstance(rows, QuerySet):
            return int(rows.order_by()[: CAP + 1].count())
        return min(len(rows), CAP + 1)

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through."""
        return min(self.counted, CAP)

    @property
    def capped(self) -> bool:
        """Whether there are more rows than are counted."""
        return self.counted > CAP

    def nearest(self, number: Any) -> Any:
        """The page asked for; the first or last where there is no such."""
        try:
            return self.page(number)
        except PageNotAnInteger:
            return self.page(1)
        except EmptyPage:
            return self.page(self.num_pages if str(number).isdigit() else 1)
