"""The first floor: the enterprise, as Django applications."""
