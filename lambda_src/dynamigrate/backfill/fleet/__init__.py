"""A backfill whose segments several processes work on, beside each other."""
