"""SDXL with Prompt-to-Prompt."""
