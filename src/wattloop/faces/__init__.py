"""The top floor: what people and programs outside see."""
