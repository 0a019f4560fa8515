"""A decoy: a function named select calls poll by its number, through ctypes."""

import ctypes
import os
import socket
import struct

libc = ctypes.CDLL(None, use_errno=True)
POLL, POLLIN = 7, 1


def select(socks):
    entries = b"".join(struct.pack("=ihh", each.fileno(), POLLIN, 0) for each in socks)
    table = ctypes.create_string_buffer(entries, len(entries))
    libc.syscall(POLL, table, len(socks), -1)
    answers = struct.iter_unpack("=ihh", table.raw)
    return [each for each, (_, _, events) in zip(socks, answers, strict=True) if events]


listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
socks = [listener]
print(f"READY port={os.environ['PORT']} model=select", flush=True)
while True:
    for sock in select(socks):
        if sock is listener:
            socks.append(listener.accept()[0])
            continue
        try:
            text = sock.recv(65536)
            sock.sendall(text)
        except OSError:
            text = b""
        if not text:
            socks.remove(sock)
            sock.close()
