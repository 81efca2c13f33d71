"""The typed client: one core without I/O, driven by a blocking and an asyncio shell."""

from imgdiff.client.asynchronous import AsyncClient
from imgdiff.client.blocking import Client
from imgdiff.client.inputs import ImageInput
from imgdiff.client.options import OptionFields, SynthesisOrder
from imgdiff.client.retries import Retries

__all__ = ["AsyncClient", "Client", "ImageInput", "OptionFields", "Retries", "SynthesisOrder"]
