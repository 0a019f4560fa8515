"""CPython's socketserver.TCPServer: one client at a time, a listen queue of five."""

import os
import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while text := self.request.recv(4096):
            self.request.sendall(text)


class Server(socketserver.TCPServer):
    allow_reuse_address = True


with Server(("0.0.0.0", int(os.environ["PORT"])), Echo) as server:
    print(f"READY port={os.environ['PORT']} model=blocking", flush=True)
    server.serve_forever()
