"""The room `billing`: bill runs and bills."""
