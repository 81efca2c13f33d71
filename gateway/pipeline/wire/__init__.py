"""How a worker speaks to the services: connections that stay open, and calls that end as soon as nobody waits."""
