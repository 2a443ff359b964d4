"""The gateway and an nginx before the same upstream, under the same load in turns; then one very large answer.

Three upstreams answer two bytes: an nginx, to which a request costs nothing; Quay's own web server, gunicorn with a
gevent worker, around an application that does nothing; and the same around one that waits 10 ms, as for its database.
With the home of a Quay that `scripts/real-quay up` started as second argument, that Quay alone is the upstream: it
takes a tenth of a second and more for each call, so one client asks one call after the other.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import threading
import time

from auth_request import milliseconds
from pdp import Server
from proxy_drivers import POLICIES, access_tokens, free_port

SMALL = "/api/v1/repository/acme/app"
LARGE = "/api/v1/repository/acme/large"
GIBIBYTE = 1 << 30
SECONDS = int(os.environ.get("PDP_FULL_BENCH_SECONDS", "6"))
TURNS = 3
CONNECTIONS = 32
PACE = 16
WARM_UP = 10
CALLS = 300
DENIED = 5_000
DENIED_PATH = "/api/v1/repository/acme/secret"
APPLICATION = """
import gevent

def application(environ, start_response):
    if {wait}:
        gevent.sleep({wait})
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
    return [b"{{}}"]
"""
WAITS = {"gunicorn": 0, "gunicorn, 10 ms": 0.01}
CONFIG = """
federation: {{direct: true}}
tokens: {{lifetime: PT30M}}
audit: {{durability: {durability}}}
# wrk leaves calls behind at the end of each turn
gateway: {{listen: "127.0.0.1:0", limits: {{max_account_calls: 256}}}}
quay:
  base_url: {upstream}
  execute: oauth_token
  credential_file: {credential}
  application: {{organization: pdp-applications}}
"""


class Nginx:
    """One worker, as the page of nginx has it; `server` is what stands in its one server block."""

    def __init__(self, work, server):
        work.mkdir(parents=True)
        os.chmod(work, 0o755)
        self.port = free_port()
        paths = "".join(f"    {kind}_temp_path {work}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (work / "nginx.conf").write_text(
            f"daemon off;\npid {work}/nginx.pid;\nworker_processes 1;\nerror_log stderr crit;\nevents {{ worker_connections 4096; }}\n"
            f"http {{\n    access_log off;\n    keepalive_requests 100000000;\n{paths}{server.replace('PORT', str(self.port))}}}\n")
        self.process = subprocess.Popen(["nginx", "-p", str(work), "-c", str(work / "nginx.conf")])

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def upstream(work):
    files = work / "files"
    files.mkdir(parents=True)
    os.chmod(files, 0o755)
    with (files / "large").open("wb") as file:
        file.truncate(GIBIBYTE)
    os.chmod(files / "large", 0o644)
    return Nginx(work / "upstream", (
        "    server {\n        listen 127.0.0.1:PORT;\n"
        '        location / { default_type application/json; return 200 "{}"; }\n'
        f"        location = {LARGE} {{ alias {files}/large; }}\n    }}\n"))


class Gunicorn:
    """One worker of the kind that Quay has for its API."""

    def __init__(self, work, wait):
        work.mkdir(parents=True)
        (work / "empty.py").write_text(APPLICATION.format(wait=wait))
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-k", "gevent", "-w", "1", "--bind", f"127.0.0.1:{self.port}",
             "--log-level", "error", "empty:application"], cwd=work)
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise SystemExit("error: gunicorn did not start") from None
                time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def plain(work, port):
    return Nginx(work / "plain", (
        f"    upstream quay {{ server 127.0.0.1:{port}; keepalive 64; keepalive_requests 100000000; }}\n"
        "    server {\n        listen 127.0.0.1:PORT;\n        location / { proxy_pass http://quay;"
        ' proxy_http_version 1.1; proxy_set_header Connection ""; }\n    }\n'))


def load(port, token, connections, script=None):
    """p50 and p99 in milliseconds, and requests per second."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-H", f"Authorization: Bearer {token}",
         *(["-s", script] if script else []), f"http://127.0.0.1:{port}{SMALL}"], stdout=subprocess.PIPE, text=True, check=True).stdout
    if "Non-2xx" in done or "Socket errors" in done:
        raise SystemExit(f"error: not every request was answered with 200:\n{done}")
    return tuple(milliseconds(re.search(rf"^\s+{q}%\s+(\S+)\s*$", done, re.MULTILINE)[1]) for q in (50, 99)) + (
        float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1]),)


def turns(ports, token, connections, script=None):
    """For each port the medians of p50, p99 and rate."""
    all_turns = {name: [] for name in ports}
    for _ in range(TURNS):
        for name, port in ports.items():
            all_turns[name].append(load(port, token, connections, script))
    return {name: [statistics.median(column) for column in zip(*rows)] for name, rows in all_turns.items()}


def resident(pid):
    """Bytes in memory."""
    return 1024 * int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def large(port, token, pid):
    """Resident bytes before the large answer and at most while it passes, and seconds."""
    before, most, ended = resident(pid), [0], threading.Event()

    def watch():
        while not ended.wait(0.05):
            most[0] = max(most[0], resident(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    done = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", "-H", f"Authorization: Bearer {token}",
         f"http://127.0.0.1:{port}{LARGE}"], stdout=subprocess.PIPE, text=True, check=True).stdout
    taken = time.monotonic() - begun
    ended.set()
    watcher.join()
    if done != f"200 {GIBIBYTE}":
        raise SystemExit(f"error: the large answer came as {done}")
    return before, most[0], taken


@contextlib.contextmanager
def gateway(work, durability, upstream_url, upstream_token):
    """The running server, its gateway's port, and an account's access token."""
    credential = work / "quay.token"
    credential.write_text(upstream_token)
    config = CONFIG.format(durability=durability, upstream=upstream_url, credential=credential)
    with Server(work, POLICIES, config) as server:
        port = int(server.process.stdout.readline().removeprefix("gateway listening on port "))
        yield server, port, access_tokens(server, "svc-proxied")["svc-proxied"]


def compared(work, kind, durability):
    started = [upstream(work) if kind == "nginx" else Gunicorn(work / "upstream", WAITS[kind])]
    try:
        started.append(plain(work, started[0].port))
        url = f"http://127.0.0.1:{started[0].port}"
        with gateway(work, durability, url, "a-token-of-the-upstream") as (server, port, token):
            ports = {"nginx": started[1].port, "gateway": port}
            for _ in range(WARM_UP):
                load(port, token, CONNECTIONS)  # the JIT compiler's turn
            full = turns(ports, token, CONNECTIONS)
            rate = full["gateway"][2] / 2
            script = work / "pace.lua"
            # between none and twice the mean, or all connections would ask in one moment
            script.write_text(f"function delay() return math.random(0, {2000 * PACE / rate:.0f}) end\n")
            half = turns(ports, token, PACE, script)
            if kind == "nginx":
                before, most, taken = large(port, token, server.process.pid)
                streamed = f"{before >> 20} | {most >> 20} | {taken:.1f}"
            else:
                streamed = "| | "
    finally:
        for process in started:
            process.stop()
    ratio = full["gateway"][2] / full["nginx"][2]
    added = half["gateway"][1] - half["nginx"][1]
    return (f"| {kind} | {durability} | {full['nginx'][2]:.0f} | {full['gateway'][2]:.0f} | {ratio:.2f} |"
            f" {half['gateway'][2]:.0f} | {half['nginx'][0]:.2f} | {half['gateway'][0]:.2f} |"
            f" {half['nginx'][1]:.2f} | {half['gateway'][1]:.2f} | {added:.2f} | {streamed} |")


def asked(connection, token, path, status):
    """Milliseconds."""
    begun = time.perf_counter()
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != status:
        raise SystemExit(f"error: {path} was answered with {answer.status} instead of {status}")
    return 1000 * (time.perf_counter() - begun)


def of_real_quay(work, home):
    """A row of one client's milliseconds. The JIT compiler's turn is calls that are denied, of which Quay sees none."""
    url, own = (home / "url").read_text().strip(), json.loads((home / "first-user.json").read_text())["access_token"]
    proxy = plain(work, int(url.rpartition(":")[2]))
    try:
        with gateway(work, "sync", url, own) as (_, port, token):
            ways = {"nginx": (http.client.HTTPConnection("127.0.0.1", proxy.port), own),
                    "gateway": (http.client.HTTPConnection("127.0.0.1", port), token)}
            for _ in range(DENIED):
                asked(*ways["gateway"], DENIED_PATH, 403)
            taken = {name: [] for name in ways}
            for _ in range(CALLS):
                for name, way in ways.items():
                    taken[name].append(asked(*way, SMALL, 200))
    finally:
        proxy.stop()
    p50, p99 = ({name: statistics.quantiles(values, n=100)[q - 1] for name, values in taken.items()} for q in (50, 99))
    rate = sum(taken["nginx"]) / sum(taken["gateway"])
    return (f"| a real Quay | sync | {p50['nginx']:.1f} | {p50['gateway']:.1f} | {p99['nginx']:.1f} | {p99['gateway']:.1f} |"
            f" {p99['gateway'] - p99['nginx']:.1f} | {rate:.2f} |")


def disk(work):
    """Milliseconds that 4 KiB take to be durable: p50 and p99."""
    taken = []
    with (work / "disk").open("wb") as file:
        for _ in range(500):
            begun = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(1000 * (time.perf_counter() - begun))
    taken.sort()
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100]


def main(work, home=None):
    if home:
        print(f"{os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}; {CALLS} calls each, one after the other; milliseconds")
        print("| upstream | `audit.durability` | p50 nginx | gateway | p99 nginx | gateway | added | ratio of rates |")
        print("|---|---|---|---|---|---|---|---|")
        print(of_real_quay(pathlib.Path(work), pathlib.Path(home)))
        return
    p50, p99 = disk(pathlib.Path(work))
    print(f"{os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}; 4 KiB are durable after {p50:.2f} (p50) or {p99:.2f} (p99);"
          f" {TURNS} turns of {SECONDS} s each, medians; {CONNECTIONS} connections at full load, {PACE} at half the gateway's;"
          " milliseconds, memory in MiB")
    print("| upstream | `audit.durability` | requests/s nginx | gateway | ratio | at half load, requests/s | p50 nginx | gateway |"
          " p99 nginx | gateway | added | resident before 1 GiB | at most | seconds |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for kind in ("nginx", *WAITS):
        for durability in ("batch", "sync"):
            print(compared(pathlib.Path(work) / kind.partition(",")[0] / str(WAITS.get(kind, 0)) / durability, kind, durability), flush=True)
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
