"""Networks and servers that editing may use, one module each; only these import torch."""
