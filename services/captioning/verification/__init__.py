"""The check of every sentence about a region, whoever wrote it, against what the two images show."""

from services.captioning.verification.check import checked
from services.captioning.verification.witness import ImageNumber, Witness

__all__ = ["ImageNumber", "Witness", "checked"]
