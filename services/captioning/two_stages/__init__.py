"""The paper's two caption stages over a writer and a text matcher."""
