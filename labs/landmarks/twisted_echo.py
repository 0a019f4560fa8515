"""The echo server of Twisted's tutorial: a protocol object for each client, on its reactor."""

import os

from twisted.internet import protocol, reactor


class Echo(protocol.Protocol):
    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self.transport.write(data)


factory = protocol.Factory.forProtocol(Echo)
reactor.listenTCP(int(os.environ["PORT"]), factory, backlog=int(os.environ["BACKLOG"]))
reactor.run()
