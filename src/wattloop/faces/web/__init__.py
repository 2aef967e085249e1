"""What the faces share: the base page, theme, tables, charts."""
