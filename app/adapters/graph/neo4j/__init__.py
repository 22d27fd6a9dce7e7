"""The graph store on Neo4j: one server or cluster, any number of processes."""
