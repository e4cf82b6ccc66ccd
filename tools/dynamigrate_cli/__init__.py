"""The command line: what authors and operators type. It is never part of a function."""
