"""The engine alone under load: gateway, worker, Redis and a database, with services that answer at once."""
