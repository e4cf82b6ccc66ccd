"""What a backfill would do, item by item: a sample of its table, before and after."""
