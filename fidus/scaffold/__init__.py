"""What helps to add and keep a source; the running hub needs nothing of it."""
