"""Which waiting stage runs next: lanes, turns of tenants, tickets."""
