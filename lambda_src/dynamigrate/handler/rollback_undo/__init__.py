"""A rollback that undoes what its deploy applied: the code that asks for it, and the newer code that does it."""
