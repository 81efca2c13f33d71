"""Prompt-to-Prompt (Hertz et al., arXiv 2208.01626) without a network: which attention goes where, and when."""
