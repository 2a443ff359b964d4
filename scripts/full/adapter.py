"""The adapter that runs inside Quay, under gunicorn as Quay runs it and under wsgiref, with real and broken servers."""

import base64
import logging
import os
import pathlib
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from adapter_bodies import bodies, bodies_decided
from adapter_credentials import credentials_read
from adapter_failures import (
    addresses, another_answer, credentials, failures, forked, kept_connections, never_executed, over_tls, raw_target_missing,
    source_address)
from adapter_fixture import CONFIG, PARALLEL, POLICIES, PEOPLE_ISSUER, TIMEOUT, WORKLOAD_ISSUER, Check
from adapter_latency import latency
from adapter_servers import GET, FakeDecisionPoint, Gunicorn, ask, bearer, free_port, jwt
from pdp import Report, Server
from router import HOSTILE_PIECES, MUST_DENY

GEVENT = ("--worker-class", "gevent", "--workers", "2")  # Quay's own
THREADS = ("--worker-class", "gthread", "--workers", "1", "--threads", str(PARALLEL))
SYNC = ("--worker-class", "sync", "--workers", "3")
# What the rows of this check's strings add to those that the router's check denies: method, target, and what is so.
ALLOWED = """
GET /api/v1/repository/acme/app
HEAD /api/v1/repository/acme/app
GET /api/v1/repository/acme%2Fapp
GET /api/v1/repository/acme%2fapp
GET /api/v1/repository/acme/app/tag/
GET /api/v1/repository/acme/app/tag
GET /api/v1/repository/acme/app?includeTags=false
GET /api/v1/organization/acme/robots?token=false
""".strip().splitlines()
DENIED = [*MUST_DENY, *"""
OPTIONS /api/v1/repository/acme/app
POST /api/v1/superusers/users/x/sendrecovery
GET /api/v1/repository/acme/app\t
GET /api/v1/repo\tsitory/acme/app
GET /api/v1/repository/acme/a pp
GET /api%2Fv1/repository/acme/app
GET /api/v1%2Frepository/acme/app
GET /api/v1/repository?namespace=acme&namespace=payroll
POST /api/v1/repository
""".strip("\n").splitlines(), "GET /api/v1/repository/acme/" + "a" * 2500,
          "GET /api/v1/repository/acme/" + "a" * 256, "GET /api/v1/repository/acme" + "/a" * 12]


# What is decided and what passes, under each server.

def decisions(check, port):
    one, two = (bearer(check.tokens[name]) for name in ("svc-one", "svc-two"))
    hostile = ["Cookie: session=abc", "X-CSRF-Token: a", "X-Quay-Auth: a", "X-HTTP-Method-Override: DELETE"]
    answer = ask(port, GET, one, *hostile, "X-Request-ID: mine-1")
    seen = check.executed(answer, "allowed")
    check.expect(seen.get("REQUEST_METHOD") == "GET" and answer.headers["x-request-id"] == "mine-1", f"allowed: {seen}")
    check.executed(ask(port, GET.replace("acme", "beta"), two), "the other account, allowed")
    denied = check.refused(ask(port, GET, two, "X-Request-ID: mine-2"), 403, "denied", cause="no_permit")
    check.expect(denied.get("request_id") == "mine-2" and denied.get("decision_id"), f"denied: {denied}")
    check.refused(ask(port, GET, bearer(check.tokens["svc-one"][:-6] + "AAAAAA")), 401, "forged", cause="invalid_token")
    issuer = check.server.url
    for claimed in (issuer, issuer + "/", issuer + "/quay", WORKLOAD_ISSUER, [PEOPLE_ISSUER, issuer], {"iss": issuer}):
        check.refused(ask(port, GET, bearer(jwt(claimed)), "X-PDP-Account: svc-one"), 401, f"claims {claimed}")
    check.refused(ask(port, GET, "X-PDP-Account: svc-one"), 401, "an account without a token")
    check.refused(ask(port, GET, "X-PDP-Account: svc-one", "Cookie: session=abc"), 401, "an account with a session")
    check.refused(ask(port, "DELETE /api/v1/user/ HTTP/1.1", one), 403, "for people alone")
    for target in ("/oauth/authorizeapp", "/v2/", "/", "/health/instance"):
        check.refused(ask(port, f"GET {target} HTTP/1.1", one), 403, target)
    return duplicates(check, port, check.tokens["svc-one"])


def duplicates(check, port, token):
    """`Authorization` in any form but one bearer token is no credential."""
    forms = [
        [bearer(token), bearer(token)], [bearer(token), bearer("opaque")], [bearer("opaque"), bearer(token)],
        ["Authorization: Basic dTpw", bearer(token)], [bearer(f"{token},{token}")], [bearer(f"{token} x")],
        [f"Authorization: {token}"], [f"Authorization: Basic {token}"], [f"Authorization: Bearer\t{token}"],
        [f"Authorization: Bearer x,Bearer {token}"], [f'Authorization: Bearer "{token}"'],
        [bearer("opaque"), "X-PDP-Account: svc-one", bearer(token)],
        *([f"Authorization: Basic {base64.b64encode(f'{user}:{token}'.encode()).decode()}"]
          for user in ("$oauthtoken", "acme+robot", ""))]
    for headers in forms:
        shown = " | ".join(headers).replace(token, "TOKEN")
        check.refused(ask(port, GET, *headers, "Cookie: session=abc"), 401, shown, cause="invalid_token")
    for form in (f"authorization: bearer {token}", f"AUTHORIZATION: BEARER   {token}"):
        check.executed(ask(port, GET, form), form.replace(token, "TOKEN"))
    return len(forms)


def strings(check, port):
    """Every string of the attack table as a raw request line: decided as itself or not served at all."""
    token = check.tokens["svc-one"]
    for line in ALLOWED:
        check.executed(ask(port, line + " HTTP/1.1", bearer(token)), line) if not line.startswith("HEAD") else (
            check.expect(ask(port, line + " HTTP/1.1", bearer(token)).reached, line))
    stopped = 0
    for line in DENIED:
        answer = ask(port, line + " HTTP/1.1", bearer(token))
        check.expect(not answer.reached and answer.status in (400, 401, 403, 404, 405, 414), f"{line!r}: {answer}")
        if b"decision_id" in answer.body:
            stopped += 1
            same_as_authorize(check, line, answer)
    check.expect(stopped >= len(DENIED) - 12, f"only {stopped} of {len(DENIED)} strings came to a decision")
    return len(ALLOWED) + len(DENIED)


def same_as_authorize(check, line, answer):
    """That the adapter says what /authorize says of the bytes of this very line."""
    method, _, target = line.partition(" ")
    raw = target.encode().decode("latin-1")
    direct = check.server.ask({"request": {"method": method, "target": raw}, "token": check.tokens["svc-one"]})
    if answer.reached:
        check.expect(direct["decision"], f"{line!r}: executed, and /authorize says {direct}")
    else:
        said = answer.json().get("cause")
        check.expect(direct["cause"] == said or (direct["decision"] and said in ("ambiguous_route", "not_executable")),
                     f"{line!r}: {said}, and /authorize says {direct}")


def random_targets(check, port, seed, count=200):
    """Whatever is served has been decided, byte for byte."""
    generator = random.Random(seed)
    executed = 0
    for _ in range(count):
        target = "/api/v1/repository/acme/app/tag/latest"[:generator.choice([27, 28, 32, 38])]
        for _ in range(generator.randint(0, 2)):
            cut = generator.randint(0, len(target))
            target = target[:cut] + generator.choice(HOSTILE_PIECES) + target[cut:]
        line = f"{generator.choice(['GET', 'DELETE'])} {target}"
        answer = ask(port, line + " HTTP/1.1", bearer(check.tokens["svc-one"]))
        if answer.reached or b"decision_id" in answer.body:
            same_as_authorize(check, line, answer)
            executed += answer.reached
    return executed


def in_parallel(check, port):
    """Everybody gets the answer to their own question."""
    def one(i):
        name, organization = [("svc-one", "acme"), ("svc-two", "beta")][i % 2]
        asked = organization if i % 3 else ("beta" if organization == "acme" else "acme")
        line = f"GET /api/v1/repository/{asked}/app{i} HTTP/1.1"
        answer = ask(port, line, bearer(check.tokens[name]), f"X-Request-ID: parallel-{i}")
        right = answer.reached == (asked == organization) and answer.headers.get("x-request-id") == f"parallel-{i}"
        return answer.headers.get("x-pdp-decision-id") if right else None

    with ThreadPoolExecutor(PARALLEL) as pool:
        ids = list(pool.map(one, range(20 * PARALLEL)))
    check.expect(None not in ids and len(set(ids)) == len(ids), f"{ids.count(None)} of {len(ids)} answers are wrong")
    return ids


def misled(check, port):
    """A server that takes the path from a header of its proxy: what would be served is not what was decided."""
    # decided: a repository with a long name; served, if nobody compared: another organization's
    target = "/api/v1/repository/acme/api/v1/repository/beta/app"
    line, token = f"GET {target} HTTP/1.1", bearer(check.tokens["svc-one"])
    answer = ask(port, line, token, "SCRIPT_NAME: /api/v1/repository/acme")
    check.refused(answer, 403, "SCRIPT_NAME", cause="ambiguous_route")
    check.executed(ask(port, line, token), "without SCRIPT_NAME")


def under_each_server(check, seed):
    told = {}
    for name, options in {"gevent": GEVENT, "gthread": THREADS, "sync": SYNC}.items():
        with Gunicorn(check.work, check.config(), *options) as server, \
                Gunicorn(check.work, check.config(), *options, application="plain") as plain:
            told["duplicates"] = decisions(check, server.port)
            check.untouched(server.port, plain.port, name)
            told["strings"] = strings(check, server.port)
            bodies_decided(check, server.port)
            if name == "gevent":
                print(f"  {random_targets(check, server.port, seed)} random targets executed as decided, seed {seed}")
            told[name] = in_parallel(check, server.port)
            misled(check, server.port)
    return told


def restarted(check, server, gunicorn):
    """The real decision point stops and starts again at its address, with its data."""
    one = bearer(check.tokens["svc-one"])
    check.executed(ask(gunicorn.port, GET, one), "before the restart")
    server.stop()
    check.refused(ask(gunicorn.port, GET, one), 503, "while the decision point is down")
    check.expect(ask(gunicorn.port, GET, "Cookie: session=a").reached, "a person while the decision point is down")
    server.__enter__()
    check.executed(ask(gunicorn.port, GET, one), "after the restart")


def main(work):
    work = pathlib.Path(work)
    report = Report()
    logging.getLogger("quay_pdp").addHandler(logging.FileHandler(work / "adapter.log"))
    seed = int(os.environ.get("PDP_FULL_SEED", time.time_ns() % 10 ** 6))
    with Server(work, POLICIES, CONFIG, listen=f"127.0.0.1:{free_port()}") as server:
        check = Check(server, work, report)
        fake = FakeDecisionPoint()
        told = under_each_server(check, seed)
        forked(check)
        raw_target_missing(check)
        headers = credentials_read(check, seed)
        with Gunicorn(work, check.config(fake.url, timeout=TIMEOUT), *GEVENT) as adapted, \
                Gunicorn(work, check.config(), *GEVENT, application="plain") as plain:
            read, unread = bodies(check, adapted.port, fake)
            broken = failures(check, adapted.port, plain.port, fake)
        kept_connections(check, fake)
        addresses(check)
        another_answer(check, fake)
        over_tls(check)
        credentials(check, fake)
        never = never_executed(check, fake)
        source_address(check, fake)
        fake.stop()
        took = latency(check)
        with Gunicorn(work, check.config(), *GEVENT) as adapted:
            restarted(check, server, adapted)
    records = server.exported()
    ids = [each for name in ("gevent", "gthread", "sync") for each in told[name]]
    report.expect(set(ids) <= set(records), "decisions of the adapter are missing in the log")
    report.finish(
        f"{told['strings']} raw targets under 3 kinds of worker, {read} bodies read as decided and {unread} refused,"
        f" {broken} kinds of broken decision points, {len(ids)} parallel requests with their own answers,"
        f" {never} operations on the caller refused, {headers} headers seen in which Quay reads a token of ours,"
        f" {took['own']:.2f} ms in the adapter besides {took['authorize']:.2f} ms of /authorize")


if __name__ == "__main__":
    main(sys.argv[1])
