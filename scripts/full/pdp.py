"""Starts and asks a policy decision point for one check."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 120
STOP_SECONDS = 30


class Server:
    """`scripts/pdp serve` over policies written for the check, on a free port unless it needs a certain one."""

    def __init__(self, work, policies, config, listen="127.0.0.1:0"):
        self.work, self.listen = pathlib.Path(work), listen
        self.data = self.work / "data"
        for name, text in policies.items():
            file = self.work / "policies" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.config = self.work / "pdp.yaml"
        self.config.write_text(config)
        self.log = self.work / "pdp.log"
        self.local = threading.local()

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [ROOT / "scripts/pdp", "serve", "--listen", self.listen,
                 "--config", self.config, "--data", self.data,
                 "--policies", self.work / "policies", "--schema", ROOT / "schema"],
                # the server refuses variables of PDP_ that it does not know: those of a run are the run's
                env={name: value for name, value in os.environ.items() if not name.startswith("PDP_FULL_")},
                stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            watchdog = threading.Timer(START_SECONDS, self.process.kill)
            watchdog.start()
            line = self.process.stdout.readline()
            watchdog.cancel()
            if not line.startswith("listening on "):
                raise SystemExit(f"error: the server did not start: {self.tail()}")
            self.url = line.removeprefix("listening on ").strip()
            self.netloc = urlsplit(self.url).netloc
            self.token = json.loads((self.data / "pep.json").read_text())["token"]
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise SystemExit("error: the server did not stop after SIGTERM") from None

    def tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    def log_shows_token(self):
        """Whether the log holds a part of a JWT; the checkpoints of the audit, signed as JWS, are meant to be there."""
        lines = self.log.read_text(errors="replace").splitlines()
        return any("eyJ" in line and '"io.quay.pdp.store.AuditCheckpoints"' not in line for line in lines)

    def headers(self):
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def ask(self, question):
        """One question over this thread's own kept connection: the answer's context."""
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = http.client.HTTPConnection(self.netloc, timeout=30)
        connection.request("POST", "/authorize", json.dumps(question), self.headers())
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise AssertionError(f"status {response.status} for {question}: {body[:300]!r}")
        answer = json.loads(body)
        return answer["context"] | {"decision": answer["decision"]}

    def rest(self, seconds):
        """Sleeps without this thread's connection, which the server would close for being idle."""
        connection = getattr(self.local, "connection", None)
        if connection is not None:
            connection.close()
        time.sleep(seconds)

    def ask_all(self, questions, threads=4):
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self.ask, questions))

    def exported(self):
        """The decision log of the stopped server by decision id."""
        lines = subprocess.run(
            [ROOT / "scripts/pdp", "audit", "export", "--data", self.data],
            stdout=subprocess.PIPE, stderr=sys.stderr, text=True, check=True).stdout
        records = (json.loads(line) for line in lines.splitlines())
        return {record["id"]: record for record in records}


class Report:
    """Counts what was checked and keeps what went wrong."""

    SHOWN = 40

    def __init__(self):
        self.checked = 0
        self.failures = []

    def expect(self, holds, message):
        self.checked += 1
        if not holds:
            self.failures.append(message() if callable(message) else message)
        return holds

    def finish(self, summary):
        """Prints the failures and, last, the line for the summary of the run."""
        for failure in self.failures[: self.SHOWN]:
            print(f"FAIL {failure}")
        if len(self.failures) > self.SHOWN:
            print(f"... and {len(self.failures) - self.SHOWN} more")
        print(f"{summary}; {self.checked} expectations, {len(self.failures)} failed")
        sys.exit(1 if self.failures else 0)
