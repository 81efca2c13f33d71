"""Who may come in: principals, and the scope that each route needs."""
