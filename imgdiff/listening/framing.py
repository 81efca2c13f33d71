"""Where a request ends must be beyond doubt: one that could be read in two ways is refused.

A proxy that reads it the other way would take the end of one client's body for the next client's request (request
smuggling; RFC 9112, section 6.3).
"""

import h11


class StrictConnection(h11.Connection):
    """h11's connection, which lets chunks win over a length and goes on with what follows."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """The next event; raises h11.RemoteProtocolError for a head with both, or with chunks in HTTP/1.0."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if b"transfer-encoding" in names and (b"content-length" in names or event.http_version < b"1.1"):
                raise h11.RemoteProtocolError("Content-Length or HTTP/1.0 together with Transfer-Encoding")
        return event
