"""`make dashboard`: the order service's dashboard on this machine, with one migration that failed, one that runs, one held."""
