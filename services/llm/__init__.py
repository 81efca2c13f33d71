"""Clients of language models behind an API: questions, answers and retries. They need no torch."""
