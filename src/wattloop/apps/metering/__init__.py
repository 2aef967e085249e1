"""The room `metering`: meters and where readings come from."""
