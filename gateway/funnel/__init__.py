"""The funnel, counted from stored results: nothing is computed again."""
