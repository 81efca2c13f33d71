"""Ways into other platforms: each module needs an extra of its own and talks to a gateway."""
