"""The room `customers`: whom the enterprise supplies."""
