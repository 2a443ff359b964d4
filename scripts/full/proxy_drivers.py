"""Real proxies with the configuration of docs/gateways, an upstream that records, and a client without opinions."""

import base64
import hashlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

from pdp import ROOT

PAGES = ROOT / "docs/gateways"
SETS = ROOT / "test-fixtures/policy-sets/proxies"
POLICIES = {str(file.relative_to(SETS)): file.read_text() for file in SETS.rglob("*") if file.is_file()}
FACES = ("nginx", "traefik", "envoy")
START_SECONDS = 30
QUAY_TOKEN = "a-token-that-quay-knows"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def callers():
    """A token for a proxy of each kind, and the configuration that knows them."""
    tokens = {}
    for face in FACES:
        made = subprocess.run([ROOT / "scripts/pdp", "secret", "new"], stdout=subprocess.PIPE, text=True, check=True)
        tokens[face] = next(word for word in made.stdout.split() if word.startswith("qpdp_"))
    return tokens, "peps:\n" + "".join(
        f'  - {{name: proxy-{face}, token_sha256: "{hashlib.sha256(token.encode()).hexdigest()}", faces: [{face}]}}\n'
        for face, token in tokens.items())


def posted(url, body, content_type, authorization):
    request = urllib.request.Request(
        url, body.encode(), {"Content-Type": content_type, "Authorization": authorization})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def access_tokens(server, *names):
    """An access token for each account that is declared in Git, from the bootstrap credential."""
    def granted(account, secret):
        basic = base64.b64encode(f"{account}:{secret}".encode()).decode()
        form = urllib.parse.urlencode({"grant_type": "client_credentials"})
        return posted(server.url + "/oauth2/token", form, "application/x-www-form-urlencoded", f"Basic {basic}")["access_token"]

    first = json.loads((server.data / "bootstrap.json").read_text())
    admin = f"Bearer {granted(first['client_id'], first['client_secret'])}"
    return {name: granted(name, posted(
        f"{server.url}/v1/service-accounts/{name}/credentials", '{"kind": "client_secret"}', "application/json",
        admin)["client_secret"]) for name in names}


def files_of(page):
    """The files that a page shows: each fenced block behind a paragraph that begins with its path."""
    text = (PAGES / page).read_text()
    found = dict(re.findall(r"^`(/[^`]+)`[^\n]*\n```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    if not found:
        raise SystemExit(f"error: docs/gateways/{page} shows no files")
    return found


def read_head(stream):
    """The lines of a message's head, as bytes, and its headers; None at the end of the stream."""
    lines = []
    while True:
        line = stream.readline(65536)
        if not line:
            return None, None
        line = line.rstrip(b"\r\n")
        if not line:
            break
        lines.append(line)
    headers = []
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        headers.append((name.decode("latin-1").lower(), value.strip().decode("latin-1")))
    return lines[0], headers


class Upstream:
    """In Quay's place: answers 200 to everything and keeps what came, byte for byte."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.received = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            while True:
                try:
                    line, headers = read_head(stream)
                    if line is None:
                        return
                    with self.lock:
                        self.received.append((line.decode("latin-1"), headers))
                    length = dict(headers).get("content-length", "0")
                    stream.read(int(length))
                    body = b"" if line.startswith(b"HEAD ") else b"ok"
                    connection.sendall(
                        b"HTTP/1.1 200 OK\r\nSet-Cookie: session=quay\r\nX-Next-CSRF-Token: quay\r\n"
                        b"Content-Length: 2\r\n\r\n" + body)
                except OSError:
                    return

    def taken(self):
        """What has come since the last call: pairs of a request line and its headers."""
        with self.lock:
            taken, self.received = self.received, []
        return taken


class Answer:
    def __init__(self, status, headers):
        self.status, self.headers = status, headers


def send(port, method, target, headers, host="quay.example", seconds=20):
    """One request as these very bytes (header names and values are pairs); None when there is no answer."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers] + ["Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall("\r\n".join(lines).encode())
        with connection.makefile("rb") as stream:
            try:
                line, received = read_head(stream)
            except (ConnectionResetError, TimeoutError):
                return Answer(None, {})
    return Answer(int(line.split()[1]), dict(received)) if line else Answer(None, {})


class Proxy:
    """A real proxy, configured by its page."""

    page = None
    face = None
    executable = None
    # Rows of the fixture that the proxy reads as another request before it asks and forwards.
    resolved = frozenset()
    # How long the proxy waits for a decision point that says nothing.
    patience = 5
    # Prefixes of headers that the proxy cannot take away.
    unstripped = ()

    def __init__(self, work, pdp, upstream, pep_token):
        self.work = pathlib.Path(work) / type(self).__name__.lower()
        self.port = free_port()
        self.work.mkdir(parents=True)
        self.process = None
        places = {
            "http://:8000": f"http://:{self.port}", "127.0.0.1:8180": pdp, "127.0.0.1:8080": f"127.0.0.1:{upstream}", "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "port_value: 8180": f"port_value: {pdp.split(':')[1]}", "port_value: 8080": f"port_value: {upstream}",
            "port_value: 8000": f"port_value: {self.port}",
            "PEP-TOKEN": pep_token, "QUAY-TOKEN": QUAY_TOKEN}
        shown = files_of(self.page)
        self.files = {path: self.work / pathlib.Path(path).name for path in shown}
        places |= {path: str(file) for path, file in self.files.items()}
        spelled = re.compile("|".join(re.escape(place) for place in sorted(places, key=len, reverse=True)))
        for path, text in shown.items():
            self.files[path].write_text(spelled.sub(lambda found: places[found[0]], text))

    @property
    def name(self):
        return type(self).__name__

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    def start(self):
        log = (self.work / "log").open("ab")
        self.process = subprocess.Popen(
            self.command(), stdout=log, stderr=log, cwd=self.work,
            env=os.environ | {"HOME": str(self.work)} | self.environment())
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"error: {self.name} did not start: {(self.work / 'log').read_text(errors='replace')[-2000:]}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def version(self):
        raise NotImplementedError

    def asked(self, *arguments):
        done = subprocess.run([self.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return re.search(r"\d+\.\d+\.\d+", done.stdout)[0]


class Nginx(Proxy):
    page, face, executable = "nginx.md", "nginx", "nginx"

    def command(self):
        main = self.work / "nginx.conf"
        paths = "".join(f"    {kind}_temp_path {self.work}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        main.write_text(
            f"daemon off;\npid {self.work}/nginx.pid;\nworker_processes 1;\nerror_log stderr;\nevents {{}}\n"
            f"http {{\n    access_log off;\n{paths}    include {self.files['/etc/nginx/conf.d/quay-pdp.conf']};\n}}\n")
        # its workers run as another user
        os.chmod(self.work, 0o755)
        return [self.executable, "-p", str(self.work), "-c", str(main)]

    def version(self):
        return self.asked("-v")


class Caddy(Proxy):
    page, face, executable = "caddy.md", "traefik", "caddy"
    resolved = frozenset({55, 58})

    def command(self):
        return [self.executable, "run", "--adapter", "caddyfile", "--config", str(self.files["/etc/caddy/Caddyfile"])]

    def environment(self):
        lines = self.files["/etc/caddy/environment"].read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def version(self):
        return self.asked("version")


class Haproxy(Proxy):
    page, face, executable = "haproxy.md", "nginx", "haproxy"

    def command(self):
        return [self.executable, "-db", "-f", str(self.files["/etc/haproxy/haproxy.cfg"])]

    def version(self):
        return self.asked("-v")


class Envoy(Proxy):
    page, face = "envoy.md", "envoy"
    patience = 1
    resolved = frozenset({55, 58})
    executable = str(pathlib.Path(sys.executable).with_name("envoy"))

    def command(self):
        return [self.executable, "-c", str(self.files["/etc/envoy/envoy.yaml"]), "--concurrency", "1",
                "--use-dynamic-base-id", "--log-level", "warn"]

    def version(self):
        return self.asked("--version")


class Traefik(Proxy):
    page, face = "traefik.md", "traefik"
    resolved = frozenset({11, 16, 55, 58})
    patience = 30
    unstripped = ("x-quay-",)
    executable = str(pathlib.Path(sys.executable).with_name("traefik"))

    def command(self):
        return [self.executable, f"--configFile={self.files['/etc/traefik/traefik.yaml']}"]

    def start(self):
        """Traefik listens before it knows its routes."""
        super().start()
        end = time.monotonic() + START_SECONDS
        while send(self.port, "GET", "/api/v1/", []).status == 404:
            if time.monotonic() > end:
                raise SystemExit("error: Traefik serves no route")
            time.sleep(0.1)

    def version(self):
        return self.asked("version")
