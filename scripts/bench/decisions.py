"""POST /authorize under the policies that ship: the same question again, and others that were never asked, in turns
with an endpoint of the same server that does nothing."""

import os
import pathlib
import re
import statistics
import subprocess
import sys

from auth_request import milliseconds
from pdp import ROOT, Server
from proxy_drivers import access_tokens

SECONDS, TURNS, WARM_SECONDS, WARM_CONNECTIONS = 6, 3, 15, 16
CONNECTIONS = (1, 8)
ACCOUNT = "svc-terraform"
POLICIES = {
    str(file.relative_to(ROOT / "policies")): file.read_text()
    for file in (ROOT / "policies").rglob("*") if file.is_file() and "tests" not in file.parts}


def loaded(arguments, connections, seconds):
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *arguments],
        stdout=subprocess.PIPE, text=True, check=True).stdout
    if "Non-2xx" in done or "Socket errors" in done:
        raise SystemExit(f"error: not every request was answered with 200:\n{done}")
    found = {q: milliseconds(re.search(rf"^\s+{q}%\s+(\S+)\s*$", done, re.MULTILINE)[1]) for q in ("50", "99")}
    return found | {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1])}


def kinds(server, token):
    """What wrk is told for each row."""
    def asking(target):
        script = str(ROOT / "scripts/bench/decisions.lua")
        return ["-s", script, server.url, "--", server.token, token, "GET", target]

    def allowed(target):
        answer = server.ask({"request": {"method": "GET", "target": target}, "token": token})
        if not answer["decision"]:
            raise SystemExit(f"error: {target} is denied: {answer}")

    allowed("/api/v1/repository/acme/app")
    return {
        "an empty endpoint": [server.url + "/livez"],
        "a repeated question": asking("/api/v1/repository/acme/app"),
        "a question never asked before": asking("/api/v1/repository/acme/r%d")}


def compared(work, durability):
    config = f"audit: {{durability: {durability}}}\ntokens: {{lifetime: PT30M}}\n"
    with Server(work / durability, POLICIES, config) as server:
        rows = kinds(server, access_tokens(server, ACCOUNT)[ACCOUNT])
        for arguments in rows.values():
            loaded(arguments, WARM_CONNECTIONS, WARM_SECONDS)  # the JIT compiler's turn
        for connections in CONNECTIONS:
            turns = {name: [] for name in rows}
            for _ in range(TURNS):
                for name, arguments in rows.items():
                    turns[name].append(loaded(arguments, connections, SECONDS))
            yield from told(durability, connections, turns)


def told(durability, connections, turns):
    middle = {
        name: {what: statistics.median(turn[what] for turn in each) for what in each[0]}
        for name, each in turns.items()}
    anew = middle["a question never asked before"]
    for name, figures in middle.items():
        cells = [durability, connections, name, f"{figures['50']:.2f}", f"{figures['99']:.2f}",
                 f"{figures['rate']:.0f}", f"{anew['50'] / figures['50']:.1f}"]
        yield "| " + " | ".join(map(str, cells)) + " |"


def main(work):
    print(f"{os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}; {TURNS} turns of {SECONDS} s each, medians; milliseconds")
    print("| `audit.durability` | connections | asked | p50 | p99 | requests/s | p50 of one never asked, against this |")
    print("|---|---|---|---|---|---|---|")
    for durability in ("batch", "sync"):
        for line in compared(pathlib.Path(work), durability):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
