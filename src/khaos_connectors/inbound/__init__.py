"""The receiving side: systems that call us. A request comes in as a value, an answer goes out as a value.

A *handler* turns an ``InboundRequest`` into a flow of its ``InboundResponse``; it knows nothing of sockets, threads or
frameworks. ``asgi.asgi_app`` puts a handler behind any ASGI server; in a test a driver runs the flow directly.
"""

from khaos_connectors.inbound.messages import Doorkeeper, Handler, InboundRequest, InboundResponse

__all__ = ["Doorkeeper", "Handler", "InboundRequest", "InboundResponse"]
