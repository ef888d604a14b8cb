"""A small server that conforms to OGC API - Processes, Part 1, 1.0, for trying and for testing.

    from ogcproc.server import Job, Service

    service = Service(title="My processes")

    @service.process(title="Double a text")
    def double(text: str = "ho") -> str:
        return text * 2

    with service.serve(port=8008) as server:
        server.serve_forever()

Standard library only. `service.wsgi` is a WSGI application for any other server. Whoever reaches it
may run its processes: it has no notion of users, and listens on 127.0.0.1 unless told otherwise.
"""

from .context import Job
from .errors import Dismissed, Problem
from .host import Server
from .service import Service

__all__ = ["Dismissed", "Job", "Problem", "Server", "Service"]
