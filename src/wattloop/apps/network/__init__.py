"""The room `network`: the grid places of supply."""
