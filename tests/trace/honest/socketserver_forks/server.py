"""CPython's ForkingTCPServer."""

import os
import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while text := self.request.recv(4096):
            self.request.sendall(text)


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address = True
    request_queue_size = 500
    max_children = 500


with Server(("0.0.0.0", int(os.environ["PORT"])), Echo) as server:
    print(f"READY port={os.environ['PORT']} model=fork", flush=True)
    server.serve_forever()
