"""The funnel, counted from what the stages stored: nothing is computed again."""
