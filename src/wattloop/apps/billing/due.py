"""When a bill is due: so many days, or working days, after its own."""

from __future__ import annotations

import datetime as dt

from wattloop.apps.enterprise import queries as enterprise


def due_date(on: dt.date) -> dt.date:
    """The day by which bills of a day are to be paid, as the rules of that day say.

    Raises:
        Refused: where the enterprise's calendar does not reach that far.
    """
    due = enterprise.rule("billing.issue", on).due
    if due.days is not None:
        return on + dt.timedelta(days=due.days)
    calendar, day, left = enterprise.calendar(), on, due.working_days
    while left:
        day += dt.timedelta(days=1)
        left -= calendar.is_working(day)
    return day
