"""What a backfill costs: looked at before it begins, and counted while it goes on."""
