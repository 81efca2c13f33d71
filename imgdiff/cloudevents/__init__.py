"""What happened, as CloudEvents: the body that a gateway answers with, and that a receiver parses."""
