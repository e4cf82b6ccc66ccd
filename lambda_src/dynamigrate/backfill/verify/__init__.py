"""A further look at the items of a backfill: what it would still change, and passes that settle it."""
