"""From readings to determinants: by intervals and by registers, part by part and bill by bill."""
