"""Real WSGI servers in front of the adapter, a raw client, and decision points that misbehave."""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import socket
import socketserver
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

import adapter_app

START_SECONDS = 30
GET = "GET /api/v1/repository/acme/app HTTP/1.1"
HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gunicorn:
    """gunicorn with workers forked from one that has the application loaded already, as Quay runs it."""

    def __init__(self, work, config, *options, application="adapted"):
        self.port = free_port()
        self.log = pathlib.Path(work) / f"gunicorn-{self.port}.log"
        self.command = [
            sys.executable, "-m", "gunicorn", "--preload", "--graceful-timeout", "2",
            "--bind", f"127.0.0.1:{self.port}", "--chdir", HERE, *options, f"adapter_app:{application}"]
        self.environment = os.environ | {adapter_app.CONFIG: json.dumps(config)}

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                ask(self.port, "GET / HTTP/1.1")
                return self
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.process.kill()
                    raise SystemExit(f"error: gunicorn did not start: {self.log.read_text()[-2000:]}") from None
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


class WsgirefServer(socketserver.ThreadingMixIn, WSGIServer):
    """wsgiref with a thread for each connection. It gives no raw target by itself; `raw` adds it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, application, raw=True):
        class Handler(WSGIRequestHandler):
            def get_environ(self):
                environ = super().get_environ()
                return environ | {"REQUEST_URI": self.path} if raw else environ

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.set_app(application)
        self.port = self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


ServerHandler.http_version = "1.1"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.body = response.read()
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.reached = "x-reached" in self.headers

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {'reached ' if self.reached else ''}{self.body[:300]!r}"


def ask(port, line, *headers, body=b"", host=True, more=True, timeout=30):
    """One request, its line and headers byte for byte; `body` goes as it is, so that chunks can be written by hand.

    Without `more` the client tells that nothing follows, whatever it has announced.
    """
    lines = [line, *(["Host: quay.example.com"] if host else []), "Connection: close", *headers, "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout) as sock:
        sock.sendall("\r\n".join(lines).encode() + body)
        if not more:
            sock.shutdown(socket.SHUT_WR)
        with contextlib.closing(http.client.HTTPResponse(sock, method=line.partition(" ")[0])) as response:
            response.begin()
            return Answer(response)


def bearer(token):
    return f"Authorization: Bearer {token}"


def jwt(issuer, **claims):
    """A token that claims an issuer; nobody has signed it."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'ES256', 'typ': 'at+jwt'})}.{part({'iss': issuer, 'sub': 'svc-one'} | claims)}.c2ln"


def allow(**context):
    """An answer of /authorize."""
    return {"decision": True, "context": {
        "id": "01TEST", "principal": {"type": "Quay::ServiceAccount", "id": "svc-one"}, "action": "getRepo",
        "resource": {"type": "Quay::Repository", "id": "acme/app"}, "reasons": [], "policy_version": "1",
        "cause": None} | context}


class FakeDecisionPoint:
    """Answers as told, well or badly: `behave` is called with the handler and the question. Keeps every question."""

    def __init__(self, port=0, tls=None):
        self.tls = tls
        self.questions, self.connections = [], 0
        self.behave = answering(allow())
        self.open = set()
        self.start(port)

    def start(self, port):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                fake.connections += 1
                fake.open.add(self.connection)

            def do_POST(self):
                question = self.rfile.read(int(self.headers["Content-Length"]))
                fake.questions.append((question, dict(self.headers.items())))
                fake.behave(self, question)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        if self.tls is not None:
            self.server.socket = self.tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def asked(self, count):
        """Waits for so many questions."""
        deadline = time.monotonic() + START_SECONDS
        while len(self.questions) < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"error: {len(self.questions)} questions came, not {count}")
            time.sleep(0.01)

    def stop(self):
        """As a process that ends: every connection closes."""
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self.open.clear()

    def restart(self):
        self.stop()
        self.start(self.port)


def answering(document, status=200, request_id=None, **headers):
    """Behaviour: this JSON (or text), over a connection that stays open."""
    def behave(handler, _question):
        body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        handler.send_response(status)
        handler.send_header("X-Request-ID", request_id or handler.headers["X-Request-ID"])
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def ending(document):
    """Behaviour: this JSON, its head and its halves apart, and the end of the connection announced."""
    def behave(handler, _question):
        body = json.dumps(document).encode()
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("X-Request-ID", handler.headers["X-Request-ID"])
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        for half in body[:len(body) // 2], body[len(body) // 2:]:
            time.sleep(0.05)
            handler.wfile.write(half)

    return behave


def writing(data, pause=0.0):
    """Behaviour: these bytes, one by one when there is a pause, then the end of the connection."""
    def behave(handler, _question):
        handler.close_connection = True
        for piece in ([data] if not pause else [data[i:i + 1] for i in range(len(data))]):
            handler.wfile.write(piece)
            time.sleep(pause)

    return behave


def hanging(handler, _question):
    """Behaviour: no answer for as long as anybody waits."""
    handler.connection.settimeout(20)
    with contextlib.suppress(OSError):
        handler.rfile.read(1)
    handler.close_connection = True
