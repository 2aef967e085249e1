"""What the area's pages do: parse, ask the gate, call a service or query, render."""
