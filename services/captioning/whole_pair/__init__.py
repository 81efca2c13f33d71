"""The pair as a whole in words: its verdict, what differs everywhere, and what only one image extends to."""
