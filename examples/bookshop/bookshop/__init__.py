"""The bookshop's stacks."""
