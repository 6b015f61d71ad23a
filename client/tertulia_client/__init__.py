"""The Tertulia client: follow channels, write bots, measure servers."""
