"""A server of the Model Context Protocol, through which assistants use a gateway."""
