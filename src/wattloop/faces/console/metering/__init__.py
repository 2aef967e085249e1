"""The console's area of metering."""
