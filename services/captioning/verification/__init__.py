"""Verification: every sentence and every finding about a region is checked against the evidence."""
