"""The rules: one value each, by what they are about."""
