"""A run's results in other shapes than the workbook: the same rows, from the ledger alone."""
