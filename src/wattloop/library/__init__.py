"""The ground floor: functions over Arrow tables and Ibis expressions; no Django, no settings."""
