"""A decoy: a SelectSelector waits for the listener, and socketserver starts a thread for each
client."""

import os
import selectors
import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while text := self.request.recv(4096):
            self.request.sendall(text)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512


with Server(("0.0.0.0", int(os.environ["PORT"])), Echo) as server:
    waiting = selectors.SelectSelector()
    waiting.register(server.socket, selectors.EVENT_READ)
    print(f"READY port={os.environ['PORT']} model=select", flush=True)
    while True:
        waiting.select()
        server.handle_request()
