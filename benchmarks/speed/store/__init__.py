"""Speed of what the gateway stores."""
