"""Time and amounts: slots, day-rows, clock changes, business calendars, units, exact money, the clock."""
