"""The provider's invoice against the ledger's charges: for every line what it is, and for every cent of the difference why."""
