"""Results of stages used again for the same request, within a tenant and while the service is the same (ADR 0044)."""
