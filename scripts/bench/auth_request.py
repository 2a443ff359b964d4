"""nginx before an upstream, with auth_request and without, under the same load in turns."""

import os
import pathlib
import re
import statistics
import subprocess
import sys

from pdp import Server
from proxy_drivers import POLICIES, Nginx, access_tokens, callers, free_port

SOUND = "/api/v1/repository/acme/app"
SECONDS = 10
TURNS = 3
CONNECTIONS = (1, 8)
QUANTILES = ("50", "99")


class Quay(Nginx):
    """In Quay's place: another nginx that only answers."""

    def command(self):
        self.files["/etc/nginx/conf.d/quay-pdp.conf"].write_text(
            f"server {{\n    listen 127.0.0.1:{self.port};\n    keepalive_requests 1000000;\n"
            '    location / {\n        return 200 "ok";\n    }\n}\n')
        return super().command()


class Plain(Nginx):
    """The page's configuration without the question."""

    def command(self):
        file = self.files["/etc/nginx/conf.d/quay-pdp.conf"]
        kept = [line for line in file.read_text().splitlines() if "auth_request" not in line and "$decision_" not in line]
        file.write_text("\n".join(kept) + "\n")
        return super().command()


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def measured(port, token, connections):
    """The latency's quantiles in milliseconds, and requests per second."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-H", f"Authorization: Bearer {token}",
         f"http://127.0.0.1:{port}{SOUND}"], stdout=subprocess.PIPE, text=True, check=True).stdout
    if "Non-2xx" in done or "Socket errors" in done:
        raise SystemExit(f"error: not every request was answered with 200:\n{done}")
    found = {q: milliseconds(re.search(rf"^\s+{q}%\s+(\S+)\s*$", done, re.MULTILINE)[1]) for q in QUANTILES}
    return found | {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1])}


def compared(work, durability):
    tokens, config = callers()
    lines = []
    with Server(work / durability, POLICIES, config + f"audit: {{durability: {durability}}}\ntokens: {{lifetime: PT30M}}\n") as server:
        token = access_tokens(server, "svc-proxied")["svc-proxied"]
        started = []
        try:
            quay = Quay(work / durability / "quay", server.netloc, free_port(), tokens["nginx"])
            started.append(quay)
            quay.start()
            pair = {"plain": Plain, "asking": Nginx}
            for name, kind in pair.items():
                pair[name] = kind(work / durability / name, server.netloc, quay.port, tokens["nginx"])
                started.append(pair[name])
                pair[name].start()
            measured(pair["asking"].port, token, max(CONNECTIONS))  # the JIT compiler's turn
            for connections in CONNECTIONS:
                turns = {name: [] for name in pair}
                for _ in range(TURNS):
                    for name, proxy in pair.items():
                        turns[name].append(measured(proxy.port, token, connections))
                lines.append(row(durability, connections, turns))
        finally:
            for proxy in started:
                proxy.stop()
    return lines


def row(durability, connections, turns):
    def median(name, what):
        return statistics.median(turn[what] for turn in turns[name])

    cells = [durability, str(connections)]
    for quantile in QUANTILES:
        plain, asking = median("plain", quantile), median("asking", quantile)
        cells += [f"{plain:.2f}", f"{asking:.2f}", f"{asking - plain:.2f}", f"{asking / plain:.1f}"]
    cells.append(f"{median('asking', 'rate'):.0f}")
    return "| " + " | ".join(cells) + " |"


def main(work):
    print(f"{os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}; {TURNS} turns of {SECONDS} s each, medians; milliseconds")
    print("| `audit.durability` | connections | p50 plain | p50 asking | added | ratio | p99 plain | p99 asking | added | ratio | decisions/s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for durability in ("sync", "batch"):
        for line in compared(pathlib.Path(work), durability):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
