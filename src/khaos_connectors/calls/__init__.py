"""How any HTTP system is talked to: requests as values, conversations as generators, drivers at the edge."""
