"""The routes of the gateway, one module a resource."""
