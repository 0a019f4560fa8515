# ruff: noqa: E501 (a line of a spec is one line)
"""Ten own servers in C, in Python and as lines for a shell: in the checkout, beside the spec and
outside of both."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from runner.paths import LABS

ECHO = """\
import os, socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 100


print("an own server prints what it likes", flush=True)
Server(("", int(os.environ.get("MY_PORT") or os.environ["PORT"])), Echo).serve_forever()
"""
WEB = """\
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("", int(sys.argv[1])), Page).serve_forever()
"""
PERL = (
    "exec perl -MIO::Socket -e '$l=IO::Socket::INET->new(LocalAddr=>q(0.0.0.0:).$ENV{PORT},"
    "Listen=>100,ReuseAddr=>1)or die; $SIG{CHLD}=q(IGNORE); while(1){$c=$l->accept or next; "
    "if(!fork){while(sysread($c,$b,65536)){syswrite($c,$b)} exit} close$c}'"
)
"""A process a connection, in one line."""
SPEC = f"""\
version: 1
defaults: {{repeat: 1, max_repeat: 1, warmup: 20ms, duration: 50ms, disturbance: 100%, budget: 0s}}
servers:
  c-in-checkout: {{folder: {LABS}/poll}}
  c-beside: {{folder: beside}}
  c-outside: {{folder: ../Out Side/c}}
  python-outside: {{folder: ../Out Side/python}}
  binary: {{command: [./program]}}
  binary-outside: {{command: ["../Out Side/program"], environment: {{BACKLOG_IS: mine}}}}
  script: {{command: [python3, echo.py], files: [echo.py], ready: {{log: what it likes}}}}
  executable: {{command: [bin/echo], port: 7007, environment: {{MY_PORT: 7007}}}}
  one-liner: {{command: "{PERL.replace('"', "'")}"}}
  web: {{command: [python3, "{{folder}}/site/web.py", "{{port}}"], files: [site], ready: {{http: /}}, protocol: http}}
experiments:
  - id: ten
    title: Do ten own servers serve beside a lab?
    server: {{lab: [epoll, LABS], language: [c]}}
    fleet: {{active: 2, payload: 64B}}
    expect:
      - {{metric: errors, of: {{}}, at_most: 0}}
      - {{metric: cpu_per_request, of: {{}}, at_least: 1us}}
"""
NAMES = (
    "c-in-checkout", "c-beside", "c-outside", "python-outside", "binary", "binary-outside",
    "script", "executable", "one-liner", "web",
)  # fmt: skip


def laid_out(folder: Path) -> Path:
    """The servers, and the spec that names them."""
    own, outside = folder / "spec", folder / "Out Side"
    shutil.copytree(LABS / "epoll", own / "beside", ignore=shutil.ignore_patterns("*.py"))
    shutil.copytree(LABS / "thread", outside / "c", ignore=shutil.ignore_patterns("*.py"))
    (outside / "python").mkdir()
    shutil.copy(LABS / "epoll/server.py", outside / "python")
    program = outside / "program"
    sources = [LABS / "epoll/server.c", LABS / "lab.c"]
    subprocess.run(["cc", "-O1", f"-I{LABS}", "-o", program, *sources], check=True, timeout=60)
    shutil.copy(program, own / "program")
    (own / "echo.py").write_text(ECHO, encoding="utf-8")
    (own / "bin").mkdir()
    (own / "bin/echo").write_text(f"#!/usr/bin/env python3\n{ECHO}", encoding="utf-8")
    (own / "bin/echo").chmod(0o755)
    (own / "site").mkdir()
    (own / "site/web.py").write_text(WEB, encoding="utf-8")
    spec = own / "spec.yaml"
    spec.write_text(SPEC.replace("LABS]", ", ".join(NAMES) + "]"), encoding="utf-8")
    return spec
