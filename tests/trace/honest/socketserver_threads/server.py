"""CPython's ThreadingTCPServer."""

import os
import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while text := self.request.recv(4096):
            self.request.sendall(text)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 500


with Server(("0.0.0.0", int(os.environ["PORT"])), Echo) as server:
    print(f"READY port={os.environ['PORT']} model=thread", flush=True)
    server.serve_forever()
