"""HTTP for all routes: bodies, headers, problems, metrics, dependencies. No resource of its own."""
