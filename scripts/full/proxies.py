"""Real proxies with the configuration of docs/gateways let through what /authorize allows, as it came, and nothing else."""

import json
import sys

from pdp import ROOT, Report, Server
from proxy_drivers import (
    POLICIES, QUAY_TOKEN, Caddy, Envoy, Haproxy, Nginx, Traefik, Upstream, access_tokens, callers, send)

TARGETS = json.loads((ROOT / "test-fixtures/forward-auth/targets.json").read_text())
SOUND = "/api/v1/repository/acme/app"
SECRET = "/api/v1/repository/acme/secret"


class Check:
    def __init__(self, server, report):
        self.server, self.report, self.expect = server, report, report.expect
        self.tokens = access_tokens(server, "svc-proxied", "svc-nothing")
        self.proxied = ("Authorization", f"Bearer {self.tokens['svc-proxied']}")

    def authorized(self, method, target):
        """What /authorize says to this very request line."""
        request = {"method": method, "target": target, "body_omitted": True}
        return self.server.ask({"request": request, "token": self.tokens["svc-proxied"]})["decision"]

    # One proxy.

    def of(self, proxy, upstream):
        upstream.taken()
        self.allowed(proxy, upstream)
        self.denied(proxy, upstream)
        self.targets(proxy, upstream)
        self.smuggled(proxy, upstream)
        proxy.stop()
        proxy.start()
        self.allowed(proxy, upstream)

    def allowed(self, proxy, upstream):
        answer = send(proxy.port, "GET", SOUND + "?x=%2f", [
            self.proxied, ("Cookie", "session=1"), ("X-PDP-Principal", "svc-forged"), ("X-PDP-Decision-ID", "forged")])
        came = upstream.taken()
        if not self.expect(answer.status == 200 and len(came) == 1, f"{proxy.name}: allowed, but {answer.status} and {came}"):
            return
        line, headers = came[0]
        values = {name: [value for other, value in headers if other == name] for name, _ in headers}
        self.expect(line == f"GET {SOUND}?x=%2f HTTP/1.1", f"{proxy.name}: forwarded {line}")
        self.expect(values.get("authorization") == [f"Bearer {QUAY_TOKEN}"], f"{proxy.name}: Quay is shown {values.get('authorization')}")
        self.expect(values.get("x-pdp-principal") == ["svc-proxied"], f"{proxy.name}: principal {values.get('x-pdp-principal')}")
        decision = values.get("x-pdp-decision-id", [])
        self.expect(len(decision) == 1 and decision[0] != "forged", f"{proxy.name}: decision {decision}")
        for gone in ("cookie", "x-pdp-caller-token", "x-pdp-account"):
            self.expect(gone not in values, f"{proxy.name}: {gone} reached Quay")

    def denied(self, proxy, upstream):
        nothing = ("Authorization", f"Bearer {self.tokens['svc-nothing']}")
        for what, status, method, target, headers in (
                ("no token", 401, "GET", SOUND, []),
                ("a wrong token", 401, "GET", SOUND, [("Authorization", "Bearer nonsense")]),
                ("no bearer", 401, "GET", SOUND, [("Authorization", "Basic eDp5")]),
                ("no permit", 403, "GET", SOUND, [nothing]),
                ("a forbid", 403, "GET", SECRET, [self.proxied]),
                ("a body", 403, "POST", "/api/v1/repository", [self.proxied, ("Content-Length", "0")])):
            answer = send(proxy.port, method, target, headers)
            self.expect(answer.status == status, f"{proxy.name}: {what}: {answer.status}, not {status}")
            challenge = answer.headers.get("www-authenticate", "")
            self.expect((status == 401) == challenge.startswith("Bearer"), f"{proxy.name}: {what}: challenge {challenge!r}")
            self.expect(not upstream.taken(), f"{proxy.name}: {what}: reached Quay")
        other = send(proxy.port, "GET", "/v2/acme/app/manifests/latest", [self.proxied])
        self.expect(other.status == 404 and not upstream.taken(), f"{proxy.name}: another surface: {other.status}")

    def targets(self, proxy, upstream):
        """Whatever reaches Quay is allowed by /authorize as it reaches Quay; what is allowed does, as it came."""
        for target in TARGETS:
            line = f"{target['method']} {target['target']}"
            shown = f"{proxy.name}: {line[:120]}"
            answer = send(proxy.port, target["method"], target["target"], [self.proxied])
            came = upstream.taken()
            self.expect(self.authorized(target["method"], target["target"]) == target["allow"], f"/authorize: {line[:120]}")
            got = [at.removesuffix(" HTTP/1.1") for at, _ in came]
            if target["allow"]:
                self.expect(answer.status == 200 and len(got) == 1, f"{shown}: {answer.status}, Quay got {got}")
            elif not got:
                self.expect(answer.status is None or answer.status >= 400, f"{shown}: {answer.status}")
            for at in got:
                if at != line:
                    # Read by the proxy as another request, and decided as that.
                    self.expect(target["row"] in proxy.resolved, f"{shown}: Quay got {at}")
                self.expect(self.authorized(*at.split(" ", 1)), f"{shown}: Quay got {at}, which is denied")

    def smuggled(self, proxy, upstream):
        """A client that speaks as the proxy: asks for what is denied and says that it asked for something else."""
        families = (
            ("X-Original-Method", "GET"), ("X-Original-URI", SOUND), ("X-Original-URL", SOUND),
            ("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", SOUND), ("X-Forwarded-Prefix", "/api"),
            ("X-Envoy-Original-Path", SOUND), ("X-Envoy-Original-Method", "GET"), ("X-Rewrite-URL", SOUND),
            ("X_Original_URI", SOUND), ("X-Original_Uri", SOUND), ("X_Forwarded_Uri", SOUND), ("X-HTTP-Method-Override", "GET"),
            ("X-PDP-Caller-Token", "nonsense"), ("X-PDP-Caller-Token", ""), ("X_PDP_Caller_Token", "nonsense"),
            ("X_PDP_Principal", "svc-nothing"),
            ("X-PDP-Account", "svc-proxied"), ("X-PDP-Principal", "svc-proxied"),
            # RFC 9110 §7.6.1: names headers that proxies take out
            ("Connection", "X-Original-URI, X-Original-Method, X-Forwarded-Uri, X-Forwarded-Method, X-PDP-Caller-Token"))
        nothing = ("Authorization", f"Bearer {self.tokens['svc-nothing']}")
        groups = [[one] for one in families] + [[one, one] for one in families] + [
            list(families[0:2]), list(families[3:5]), list(families[0:5]), list(families)]
        for headers in groups:
            what = f"{proxy.name}: with {headers[:3]}"
            for target, token in ((SECRET, self.proxied), (SOUND, nothing)):
                answer = send(proxy.port, "GET", target, [token, *headers])
                self.expect(answer.status in (400, 401, 403, None) and not upstream.taken(), f"{what}: {target}: {answer.status}")
            # And what is allowed stays what it is, or is refused.
            answer = send(proxy.port, "GET", SOUND + "/tag/", [self.proxied, *headers])
            came = upstream.taken()
            self.expect(answer.status in (200, 400, 403, None), f"{what}: allowed: {answer.status}")
            for at, got in came:
                self.expect(at == f"GET {SOUND}/tag/ HTTP/1.1", f"{what}: Quay got {at}")
                principals = [value for name, value in got if name.replace("_", "-") == "x-pdp-principal"]
                self.expect(principals == ["svc-proxied"], f"{what}: Quay got principals {principals}")
        for first, second in ((self.proxied, nothing), (nothing, self.proxied), (self.proxied, self.proxied)):
            answer = send(proxy.port, "GET", SOUND, [first, second])
            self.expect(answer.status in (400, 401, 403) and not upstream.taken(), f"{proxy.name}: two tokens: {answer.status}")

    def without_the_pdp(self, proxy, upstream):
        answer = send(proxy.port, "GET", SOUND, [self.proxied])
        self.expect(answer.status is not None and answer.status >= 400 and not upstream.taken(),
                    f"{proxy.name}: the decision point is down: {answer.status}")


def main(work):
    report = Report()
    peps, config = callers()
    kinds = [Nginx, Caddy, Haproxy, Traefik, Envoy]
    upstream = Upstream()
    proxies = []
    versions = []
    try:
        with Server(work, POLICIES, config) as server:
            check = Check(server, report)
            for kind in kinds:
                proxy = kind(work, server.netloc, upstream.port, peps[kind.face])
                proxies.append(proxy)
                proxy.start()
                check.of(proxy, upstream)
                versions.append(f"{proxy.name} {proxy.version()}")
        for proxy in proxies:
            check.without_the_pdp(proxy, upstream)
    finally:
        for proxy in proxies:
            proxy.stop()
    recorded = server.exported().values()
    seen = {(record["caller"], record["cause"]) for record in recorded}
    for caller in (f"proxy-{face}" for face in peps):
        report.expect((caller, None) in seen and (caller, "forbidden") in seen, f"nothing recorded for {caller}")
    report.finish(f"{', '.join(versions)}: {len(TARGETS)} request lines each")


if __name__ == "__main__":
    main(sys.argv[1])
