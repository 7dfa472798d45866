"""How fast fidus is, beside what else could stand in its place: `make bench`, docs/performance.md."""
