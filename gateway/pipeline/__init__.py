"""How jobs run through their stages. The database holds their state; Redis only delivers messages."""
