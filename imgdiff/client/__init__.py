"""The typed client: one core without I/O, and a blocking and an asyncio shell that drive it."""

from imgdiff.client.asynchronous import AsyncClient
from imgdiff.client.blocking import Client
from imgdiff.client.inputs import ImageInput
from imgdiff.client.options import OptionFields, SynthesisArguments
from imgdiff.client.transport.retries import Retries

SynthesisOrder = SynthesisArguments  # the former name, for one version

__all__ = ["AsyncClient", "Client", "ImageInput", "OptionFields", "Retries", "SynthesisArguments", "SynthesisOrder"]
