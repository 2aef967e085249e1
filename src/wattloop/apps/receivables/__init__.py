"""The room `receivables`: the ledger, payments and what is owed."""
