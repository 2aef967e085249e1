"""The room `enterprise`: who the enterprise is and who may do what."""
