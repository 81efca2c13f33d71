"""What the three services share: app factory, micro-batching, health, metrics. No model and no domain logic."""
