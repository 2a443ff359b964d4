"""Ten thousand idle, half-said and slow connections: the gateway's memory stays bounded, and others are served."""

import pathlib
import re
import resource
import socket
import sys

from pdp import Report, Server
from proxy_drivers import POLICIES, QUAY_TOKEN, Upstream, access_tokens, send

SOUND = "/api/v1/repository/acme/app"
CONNECTIONS = 10_000
SLOW_BODIES = 300  # more than are decided at once: of one account, which may do nothing
IDLE_SECONDS = 20
GROWTH = 64 << 20
PATIENCE = 60
CONFIG = """
gateway:
  listen: "127.0.0.1:0"
  limits: {{idle_timeout: PT{idle}S, body_timeout: PT{idle}S}}
quay:
  base_url: http://127.0.0.1:{upstream}
  execute: oauth_token
  credential_file: {credential}
  application: {{organization: pdp-applications}}
"""


def resident(pid):
    """Bytes in memory."""
    return 1024 * int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def opened(port, said):
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    if said:
        connection.sendall(said)
    return connection


def closed(connection):
    """Whether the other side has closed it, whatever it said before."""
    connection.settimeout(PATIENCE)
    try:
        while connection.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def main(work):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < CONNECTIONS + 1_000:
        raise SystemExit(f"error: only {hard} files may be open: raise it (ulimit -Hn {CONNECTIONS * 2})")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    report = Report()
    upstream = Upstream()
    credential = pathlib.Path(work) / "quay.token"
    credential.write_text(QUAY_TOKEN)
    config = CONFIG.format(idle=IDLE_SECONDS, upstream=upstream.port, credential=credential)
    with Server(work, POLICIES, config) as server:
        port = int(server.process.stdout.readline().removeprefix("gateway listening on port "))
        tokens = access_tokens(server, "svc-proxied", "svc-nothing")
        token = tokens["svc-proxied"]

        asked = []

        def served(when):
            answer = send(port, "GET", SOUND, [("Authorization", f"Bearer {token}")])
            asked.append(report.expect(answer.status == 200, f"{when}: {answer.status}"))

        for _ in range(200):
            served("before")
        before = most = resident(server.process.pid)
        slow = (f"PUT {SOUND} HTTP/1.1\r\nHost: q\r\nAuthorization: Bearer {tokens['svc-nothing']}\r\nContent-Type: application/json\r\n"
                "Content-Length: 1000000\r\n\r\n{").encode()
        connections = []
        for number in range(CONNECTIONS):
            said = slow if number < SLOW_BODIES else b"GET /api/v1/us" if number % 2 else b""
            connections.append(opened(port, said))
            if number % 500 == 0:
                served(f"with {number} idle connections")
                most = max(most, resident(server.process.pid))
        served("with all of them")
        most = max(most, resident(server.process.pid))
        report.expect(most - before < GROWTH, f"{CONNECTIONS} connections took {(most - before) >> 20} MiB")
        left = sum(not closed(connection) for connection in connections)
        report.expect(left == 0, f"{left} connections were still open {PATIENCE} s later")
        served("after")
        report.expect(len(upstream.taken()) == len(asked), "what was not a whole request reached Quay")
    report.finish(f"{CONNECTIONS} connections, {SLOW_BODIES} of them with a body that does not come:"
                  f" {before >> 20} MiB before, at most {most >> 20} MiB")


if __name__ == "__main__":
    main(sys.argv[1])
