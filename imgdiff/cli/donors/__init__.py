"""Reading donors from folders, and sending them to a gateway."""
