"""A handler in the place of a simulated system, so that a test calls it without a network or over a loopback port."""

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.inbound.messages import Handler, InboundRequest

__all__ = ["HandlerUnderTest"]


class HandlerUnderTest:
    """Answers requests from *handler*; ``simulators.routes`` hands it to a transport or serves it over HTTP.

    What the handler raises is a 500, as behind a web server, and stays in *failures*.
    """

    def __init__(self, handler: Handler, runner: Runner | None = None) -> None:
        self.handler = handler
        self.runner = runner if runner is not None else Runner({})
        self.failures: list[Exception] = []

    def handle(self, request: Request) -> Response:
        """The handler's answer."""
        most = self.handler.max_body_bytes
        inbound = InboundRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=request.body[:most],
            cut=len(request.body) > most,
        )
        try:
            answer = self.runner.run(self.handler.handle(inbound))
        except Exception as failure:  # whatever it is, a web server answers 500 and goes on
            self.failures.append(failure)
            return Response(status=500)
        return Response(status=answer.status, headers=answer.headers, body=answer.body)
