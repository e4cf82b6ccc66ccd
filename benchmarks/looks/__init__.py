"""What it costs to look at all items of a table once more, beside the backfill that wrote them."""
