"""What the adapter costs: side by side, in turns, so that whatever else runs meets all alike.

The adapter's own cost is measured within its worker: the time from the request's arrival there until Quay is called,
without the waiting for /authorize's answer. That has a limit. What /authorize takes is the decision point's, and what
a client sees added is the sum of both: these are reported.
"""

import http.client
import json
import statistics
import time

from adapter_servers import Gunicorn

ROUNDS, EACH = 5, 150
TARGET = "/api/v1/repository/acme/app"
ONE_WORKER = ("--worker-class", "gevent", "--workers", "1", "--keep-alive", "30")
LIMIT_MILLIS = 1.0


class Kept:
    """One kind of request over one kept connection."""

    def __init__(self, netloc, status, method, path, body=None, headers=None):
        self.connection = http.client.HTTPConnection(netloc, timeout=30)
        self.status, self.request = status, (method, path, body, headers or {})
        self.seconds, self.told = [], []

    def send(self):
        started = time.perf_counter()
        self.connection.request(*self.request)
        response = self.connection.getresponse()
        body = response.read()
        self.seconds.append(time.perf_counter() - started)
        self.told.append(response.getheader("X-Timed"))
        if response.status != self.status:
            raise SystemExit(f"error: {self.request[:2]} answered {response.status}: {body[:300]!r}")

    def forget(self):
        self.seconds.clear()
        self.told.clear()

    def within(self, which):
        """What the worker told of itself, in seconds: 0 its own, 1 what it waited."""
        return [float(each.split()[which]) / 1e6 for each in self.told]


def medians(seconds):
    """Of each round, in milliseconds."""
    return [1000 * statistics.median(seconds[i:i + EACH]) for i in range(0, len(seconds), EACH)]


def latency(check):
    """Milliseconds that a decided request costs in the adapter itself: less than one."""
    account = {"Authorization": "Bearer " + check.tokens["svc-one"]}
    question = json.dumps({"request": {"method": "GET", "target": TARGET}, "token": check.tokens["svc-one"]})
    with Gunicorn(check.work, check.config(), *ONE_WORKER) as around, \
            Gunicorn(check.work, check.config(timed=True), *ONE_WORKER, application="timed") as timed, \
            Gunicorn(check.work, check.config(), *ONE_WORKER, application="plain") as plain:
        here, within, there = (f"127.0.0.1:{each.port}" for each in (around, timed, plain))
        asked = {
            "without": Kept(there, 200, "GET", TARGET, headers=account),
            "decided": Kept(here, 200, "GET", TARGET, headers=account),
            "within": Kept(within, 200, "GET", TARGET, headers=account),
            "authorize": Kept(check.server.netloc, 200, "POST", "/authorize", question, check.server.headers())}
        for warm in (True, False):
            for _ in range(2 * EACH if warm else ROUNDS * EACH):
                for each in asked.values():
                    each.send()
            if warm:
                for each in asked.values():
                    each.forget()
    seconds = {name: each.seconds for name, each in asked.items()}
    seconds |= {"own": asked["within"].within(0), "waited": asked["within"].within(1)}
    return told(check, {name: medians(values) for name, values in seconds.items()})


def told(check, rounds):
    middle = {name: statistics.median(values) for name, values in rounds.items()}
    own, added = rounds["own"], [a - b for a, b in zip(rounds["decided"], rounds["without"])]
    print(f"  medians of {ROUNDS} x {EACH} requests, ms: the adapter itself {middle['own']:.3f}"
          f" ({min(own):.3f} to {max(own):.3f}), besides waiting {middle['waited']:.2f} for /authorize, which"
          f" alone takes {middle['authorize']:.2f}; a client sees {middle['decided']:.2f}, without the adapter"
          f" {middle['without']:.2f}, added {statistics.median(added):.2f} ({min(added):.2f} to {max(added):.2f})")
    # the best round: what else the machine does can only add to it
    check.expect(min(own) < LIMIT_MILLIS, f"the adapter itself takes {min(own):.3f} ms, not less than {LIMIT_MILLIS}")
    return middle
