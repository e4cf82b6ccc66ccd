"""What can be told of a folder of migrations from its files' text and names alone. Needs the standard library only."""
