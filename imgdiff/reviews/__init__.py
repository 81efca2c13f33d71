"""Reviews: what people think of what the models said."""
