"""For each source the client that anyone would write first, by the usual library: it asks and reads what it
needs, and checks nothing of what an adapter checks beyond that."""
