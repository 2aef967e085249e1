"""Files of customers and what belongs to them: read, compared with what is there, taken in chunks, written again."""
