"""The deployments of docs/quay-integration.md, with the files of that page: nothing of the API gets past the decision."""

import http.client
import json
import os
import pathlib
import random
import re
import secrets
import subprocess
import sys
import urllib.parse
import urllib.request

import jwt
import yaml

from deployment_drivers import ISSUER, PAGE, HaproxySplit, NginxSplit, Quay, QuaysNginx, Tls, WebApplication, executing, placed
from deployment_lines import CLOSED, HIDDEN, OF_BROWSERS, PAGES, under_api
from pdp import Report, Server
from proxies import FORGED, SECRET, SOUND, TARGETS
from proxy_drivers import POLICIES, QUAY_TOKEN, Upstream, access_tokens, callers, files_of, free_port, send
from quay_router import QuayRouter
from router import HOSTILE_PIECES

SEED = int(os.environ.get("PDP_FULL_SEED", secrets.randbits(32)))
MUTATED = 400
SESSION = ("Cookie", "session=of-a-person")
OPAQUE = ("Authorization", "Bearer QuaysOwnTokenOfFortyLettersAndDigits0000")
# What a client may not tell a decided call's Quay.
FOREIGN = ("x-forwarded-", "x-pdp-", "x-quay-", "x-csrf-", "x-real-ip", "forwarded", "cookie", "x-evil")
SPOKEN = [*FORGED, ("X-PDP-Principal", "svc-forged"), ("X-PDP-Decision-ID", "forged"), ("X_PDP_Principal", "svc-forged"),
          ("X-Forwarded-Prefix", "/api/v1"), ("X-Quay-Bootstrap-Renewal-Location", "local")]


class Check:
    def __init__(self, server, gateway, report):
        self.server, self.gateway, self.expect = server, gateway, report.expect
        self.router = QuayRouter()
        self.tokens = access_tokens(server, "svc-proxied", "svc-nothing")
        self.proxied = ("Authorization", f"Bearer {self.tokens['svc-proxied']}")

    def permitted(self, method, target):
        request = {"method": method, "target": target, "body_omitted": True}
        return self.server.ask({"request": request, "token": self.tokens["svc-proxied"]})["decision"]

    # Splits: `people` is Quay as it is reached directly, `quay` the same as the gateway reaches it.

    def of(self, split, people, quay):
        self.decided(split, people, quay)
        self.passed(split, people, quay)
        self.closed(split, people, quay)
        for target in TARGETS:
            self.kept(split, people, quay, target["method"], target["target"])
        for target in HIDDEN + CLOSED:
            self.kept(split, people, quay, "GET", target)
        self.mutated(split, people, quay)

    def decided(self, split, people, quay):
        for spoken in ([], SPOKEN, *([one] for one in SPOKEN)):
            what = f"{split.name}: with {[name for name, _ in spoken]}"
            answer = send(split.port, "GET", SOUND, [self.proxied, *spoken], host="forged.example")
            came = quay.taken()
            if not self.expect(answer.status == 200 and len(came) == 1 and not people.taken(), f"{what}: {answer.status}, {came}"):
                continue
            line, headers = came[0]
            values = dict(headers)
            self.expect(line == f"GET {SOUND} HTTP/1.1", f"{what}: Quay got {line}")
            claims = executing(headers) or {}
            self.expect(claims.get("preferred_username") == "svc-proxied", f"{what}: Quay is shown {values.get('authorization')}")
            self.expect(values.get("x-forwarded-for") == "127.0.0.1", f"{what}: for {values.get('x-forwarded-for')}")
            told = [name for name in values if name.replace("_", "-").startswith(FOREIGN)
                    and name not in ("x-forwarded-for", "x-forwarded-proto")]
            self.expect(not told, f"{what}: Quay got {told}")
            self.expect("x-pdp-decision" in answer.headers and "set-cookie" not in answer.headers, f"{what}: {answer.headers}")
        for what, status, target, headers in (
                ("no token", 401, SOUND, []), ("a wrong token", 401, SOUND, [("Authorization", "Bearer a.b.c")]),
                ("two tokens", (400, 401), SOUND, [self.proxied, OPAQUE]), ("a forbid", 403, SECRET, [self.proxied]),
                ("a session beside it", 403, SECRET, [self.proxied, SESSION]),
                ("no permit", 403, SOUND, [("Authorization", f"Bearer {self.tokens['svc-nothing']}")])):
            answer = send(split.port, "GET", target, headers)
            wanted = status if isinstance(status, tuple) else (status,)
            self.expect(answer.status in wanted and not quay.taken() and not people.taken(), f"{split.name}: {what}: {answer.status}")

        connection = http.client.HTTPConnection("127.0.0.1", split.port, timeout=20)
        for namespace in ("acme", "other"):
            body = json.dumps({"namespace": namespace, "repository": "web", "visibility": "private", "description": ""})
            connection.request("POST", "/api/v1/repository", body, {"Content-Type": "application/json"} | dict([self.proxied]))
            answer = connection.getresponse()
            answer.read()
            came = quay.taken()
            self.expect(answer.status == 200 and len(came) == 1 and dict(came[0][1]).get("content-length") == str(len(body))
                        and not people.taken(), f"{split.name}: createRepo: {answer.status}, {came}")
        connection.close()

    def passed(self, split, people, quay):
        """People: their pages go to Quay as they came, their calls of the API to the gateway."""
        for target in PAGES:
            answer = send(split.port, "GET", target, [SESSION, ("X-Forwarded-For", "203.0.113.7")])
            came = people.taken()
            self.expect(answer.status == 200 and [line for line, _ in came] == [f"GET {target} HTTP/1.1"] and not quay.taken(),
                        f"{split.name}: the page {target}: {answer.status}, Quay got {came}")
            for _, headers in came:
                self.expect(dict(headers).get("cookie") == SESSION[1], f"{split.name}: {target} lost its session")
                self.expect([value for name, value in headers if name == "x-forwarded-for"] == ["127.0.0.1"],
                            f"{split.name}: {target}: a forged address")
        for credential in (SESSION, OPAQUE):
            answer = send(split.port, "GET", "/api/v1/user/?x=%2f", [credential])
            came = quay.taken()
            self.expect(answer.status == 200 and [line for line, _ in came] == ["GET /api/v1/user/?x=%2f HTTP/1.1"]
                        and (credential[0].lower(), credential[1]) in came[0][1] and not people.taken(),
                        f"{split.name}: a person's call with {credential[0]}: {answer.status}, {came}")

    def closed(self, split, people, quay):
        for credential in ([], [SESSION], [OPAQUE], [self.proxied]):
            for target in CLOSED:
                answer = send(split.port, "POST", target, [*credential, ("Content-Length", "0")])
                self.expect(answer.status in (400, 401, 403) and not people.taken() and not quay.taken(),
                            f"{split.name}: {target}: {answer.status}")
        for target in OF_BROWSERS:
            for credential in (OPAQUE, self.proxied, ("Authorization", "Basic eDp5"), ("Authorization", "0")):
                answer = send(split.port, "POST", target, [SESSION, credential, ("Content-Length", "0")])
                self.expect(answer.status == 403 and not people.taken() and not quay.taken(), f"{split.name}: {target}: {answer.status}")
            answer = send(split.port, "GET", target, [SESSION])
            self.expect(answer.status == 200 and len(people.taken()) == 1 and not quay.taken(), f"{split.name}: {target} of a person")

    def kept(self, split, people, quay, method, target):
        """With our token and with a person's session: nothing of the API goes past the gateway, whatever its spelling."""
        for credential in (self.proxied, SESSION):
            answer = send(split.port, method, target, [credential])
            shown = f"{split.name}: {method} {target[:100]} with {credential[0]}: {answer.status}"
            direct, through = people.taken(), quay.taken()
            for line, _ in direct:
                verb, at = line.encode("latin-1").decode().removesuffix(" HTTP/1.1").split(" ", 1)
                self.expect(not under_api(at), f"{shown}: {at} went past the gateway")
                self.expect(self.router.route(verb, at).row is None, f"{shown}: {at}, which Quay routes, went past the gateway")
                self.expect((verb, at) == (method, target), f"{shown}: went on as {at}")
            for line, headers in through:
                verb, at = line.removesuffix(" HTTP/1.1").split(" ", 1)
                if credential is SESSION:
                    self.expect("authorization" not in dict(headers), f"{shown}: executed for a session")
                    continue
                self.expect(executing(headers), f"{shown}: {at} reached Quay with another credential")
                self.expect(self.permitted(verb, at), f"{shown}: {at} is denied and reached Quay")
            if not direct and not through:
                self.expect(answer.status is None or answer.status == 308 or answer.status >= 400, shown)

    def mutated(self, split, people, quay):
        chance = random.Random(SEED)
        seeds = [target["target"] for target in TARGETS if len(target["target"]) < 200] + HIDDEN
        pieces = [piece for piece in HOSTILE_PIECES if piece not in (" ",)] + ["api", "/api/v1", "v1/", "/../api"]
        for _ in range(MUTATED):
            text = chance.choice(seeds)
            for _ in range(chance.randint(1, 3)):
                at = chance.randint(1, len(text))
                text = text[:at] + chance.choice(pieces) + text[chance.choice((at, min(at + 1, len(text)))):]
            self.kept(split, people, quay, "GET", text)

    def without_the_gateway(self, split, people, quay):
        for credential in (self.proxied, SESSION, OPAQUE):
            answer = send(split.port, "GET", SOUND, [credential])
            self.expect(answer.status in (502, 503) and not people.taken() and not quay.taken(),
                        f"{split.name}: no gateway: {answer.status}")
        answer = send(split.port, "GET", PAGES[1], [SESSION])
        self.expect(answer.status == 200 and len(people.taken()) == 1, f"{split.name}: no gateway: a page: {answer.status}")

    # Quay's own nginx.

    def asked(self, nginx, web):
        """Decided by its request line, or exactly what Quay had before."""
        answer = send(nginx.port, "GET", SOUND + "?x=%2f", [self.proxied, *SPOKEN])
        came = web.taken()
        if self.expect(answer.status == 200 and len(came) == 1, f"{nginx.name}: allowed, but {answer.status}, {came}"):
            line, headers = came[0]
            self.expect(line.startswith(f"GET {SOUND}?x=%2f HTTP/1."), f"{nginx.name}: Quay got {line}")
            values = dict(headers)
            self.expect([value for name, value in headers if name == "authorization"] == [f"Bearer {QUAY_TOKEN}"],
                        f"{nginx.name}: Quay is shown {values.get('authorization')}")
            told = [name for name in values if name.replace("_", "-").startswith(FOREIGN)
                    and name not in ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")]
            self.expect(not told and values.get("x-forwarded-host") == "quay.example.com", f"{nginx.name}: Quay got {headers}")
            self.expect("x-pdp-decision-id" in answer.headers and "set-cookie" not in answer.headers, f"{nginx.name}: {answer.headers}")
        ours = self.proxied[1].split()[1]
        for what, statuses, method, target, headers in (
                ("a forbid", (403,), "GET", SECRET, [self.proxied]),
                ("no permit", (403,), "GET", SOUND, [("Authorization", f"Bearer {self.tokens['svc-nothing']}")]),
                ("a body", (403,), "POST", "/api/v1/repository", [self.proxied, ("Content-Length", "2")]),
                ("a wrong token", (401,), "GET", SOUND, [("Authorization", "Bearer a.b.c")]),
                ("two tokens", (400,), "GET", SOUND, [OPAQUE, self.proxied]),
                ("as a password", (401,), "GET", SOUND, [("Authorization", f"Basic {ours}")]),
                ("an account beside a session", (401,), "GET", SOUND, [SESSION, ("X-PDP-Account", "svc-proxied")]),
                ("the question itself", (404, 200), "GET", "/_pdp_decision", [self.proxied])):
            answer = send(nginx.port, method, target, headers)
            came = web.taken()
            self.expect(answer.status in statuses and not any(SOUND in line or "/api/" in line for line, _ in came),
                        f"{nginx.name}: {what}: {answer.status}, Quay got {came}")
        # read by the decision point as it is by some: then it is the account's call, and never the client's token
        send(nginx.port, "GET", SOUND, [("Authorization", f"bearer  {ours}")])
        for _, headers in web.taken():
            self.expect(("authorization", f"Bearer {QUAY_TOKEN}") in headers, f"{nginx.name}: two spaces: Quay got {headers}")
        for target, credential in (("/api/v1/user/?x=%2f", SESSION), ("/api/v1/user/", OPAQUE), ("/api/v1/discovery", ("Accept", "*/*")),
                                   ("/csrf_token", SESSION), ("/api/v1/bootstrap/renew", OPAQUE), ("//api/v1/user/", SESSION)):
            answer = send(nginx.port, "GET", target, [credential])
            came = web.taken()
            self.expect(answer.status == 200 and [line.split()[1] for line, _ in came] == [target]
                        and (credential[0].lower(), credential[1]) in came[0][1], f"{nginx.name}: {target}: {answer.status}, {came}")
        targets = [(each["method"], each["target"]) for each in TARGETS] + [("GET", target) for target in HIDDEN + CLOSED]
        for method, target in targets:
            answer = send(nginx.port, method, target, [self.proxied])
            for line, headers in web.taken():
                verb, at = line.rsplit(" ", 1)[0].split(" ", 1)
                shown = f"{nginx.name}: {method} {target[:100]}: {answer.status}, Quay got {at}"
                if ("authorization", f"Bearer {QUAY_TOKEN}") in headers:
                    self.expect(self.permitted(verb, at), f"{shown}, which is denied")
                    self.expect((verb, at) == (method, target) or "://" in target, shown)
                else:
                    # another location of Quay's: as the client sent it, and our token is worth nothing there
                    self.expect(("authorization", self.proxied[1]) in headers, f"{shown} with {headers}")

    def unasked(self, nginx, web, why):
        for credential, status in ((self.proxied, 500), (SESSION, 200), (OPAQUE, 200)):
            answer = send(nginx.port, "GET", SOUND, [credential])
            self.expect(answer.status == status and bool(web.taken()) == (status == 200), f"{nginx.name}: {why}: {answer.status}")

    # Direct tokens.

    def direct(self, work, people):
        """The page's curl: a token for Quay, and refused for an account without the policy."""
        script = placed(work, {"https://pdp.example.com": self.server.url, "https://quay.example.com": f"http://127.0.0.1:{people.port}"},
                        "/etc/quay-pdp/direct.sh")["/etc/quay-pdp/direct.sh"]
        secret = secret_of(self.server, "svc-mirror")
        run = subprocess.run(["bash", "-euo", "pipefail", script], env=os.environ | {"SECRET": secret}, stdout=subprocess.PIPE, text=True)
        came = people.taken()
        self.expect(run.returncode == 0 and len(came) == 1, f"direct: {run.returncode}, Quay got {came}")
        token = next((value.removeprefix("Bearer ") for _, headers in came for name, value in headers if name == "authorization"), "")
        with urllib.request.urlopen(self.server.url + "/quay/jwks", timeout=30) as answer:
            keys = {key["kid"]: jwt.PyJWK(key) for key in json.load(answer)["keys"]}
        try:
            claims = jwt.decode(token, keys[jwt.get_unverified_header(token)["kid"]], algorithms=["RS256"], audience="quay",
                                issuer=ISSUER)
        except (jwt.InvalidTokenError, KeyError) as e:
            self.expect(False, f"direct: the token: {e!r}")
            return
        self.expect(claims["preferred_username"] == "svc-mirror" and claims["exp"] - claims["iat"] <= 300, f"direct: {claims}")
        answer = send(self.gateway, "GET", SOUND, [("Authorization", f"Bearer {token}")])
        self.expect(answer.status == 401 and not people.taken(), f"direct: at the gateway: {answer.status}")
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "audience": "quay", "client_id": "svc-nothing",
                                       "client_secret": secret_of(self.server, "svc-nothing")}).encode()
        try:
            urllib.request.urlopen(self.server.url + "/oauth2/token", form, timeout=30)
            self.expect(False, "direct: a token without the policy")
        except urllib.error.HTTPError as e:
            self.expect(e.code == 400 and json.load(e)["error"] == "invalid_target", f"direct: without the policy: {e.code}")


def secret_of(server, name):
    """Another client secret of an account."""
    first = json.loads((server.data / "bootstrap.json").read_text())
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": first["client_id"],
                                   "client_secret": first["client_secret"]}).encode()
    with urllib.request.urlopen(server.url + "/oauth2/token", form, timeout=30) as answer:
        admin = json.load(answer)["access_token"]
    request = urllib.request.Request(
        f"{server.url}/v1/service-accounts/{name}/credentials", b'{"kind": "client_secret"}',
        {"Content-Type": "application/json", "Authorization": f"Bearer {admin}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["client_secret"]


def shown_files(work, expect):
    """What is not run here can at least be read."""
    shown = files_of(PAGE)
    documents = list(yaml.safe_load_all(shown["/etc/quay-pdp/openshift.yaml"]))
    routes = {each["spec"]["path"]: each["spec"]["to"]["name"] for each in documents
              if each["kind"] == "Route" and each["spec"]["host"] == "quay.example.com"}
    expect(routes == {"/api": "quay-pdp", "/": "quay-app"}, f"openshift.yaml: routes {routes}")
    for each in documents:
        expect({"apiVersion", "kind", "metadata", "spec"} == set(each), f"openshift.yaml: {each.get('kind')}")
    # the adapter's change to Quay's supervisor
    line = "  gunicorn -c %(ENV_QUAYCONF)s/gunicorn_web.py web:application\n"
    supervisor = work / "supervisord.conf.jnj"
    supervisor.write_text(line + line.replace("_web.py web:", "_registry.py registry:"))
    run = re.search(r"^RUN (sed .*?)\nENV", shown["/etc/quay-pdp/adapter/Containerfile"], re.MULTILINE | re.DOTALL)[1]
    subprocess.run(["sh", "-c", run.replace("/quay-registry/conf/supervisord.conf.jnj", str(supervisor))], check=True)
    expect(supervisor.read_text().splitlines() == [line.rstrip().replace(" web:", " pdp_web:"),
                                                   line.rstrip().replace("_web.py web:", "_registry.py registry:")],
           "the adapter's sed: " + supervisor.read_text())


def main(work):
    work = pathlib.Path(work)
    report = Report()
    people, quay = Upstream(), Quay()
    gateway = free_port()
    peps, known = callers()
    mint, server_file = "/etc/quay-pdp/policies/admin/quay-tokens.cedar", "/etc/quay-pdp/pdp.yaml"
    files = placed(work / "conf", {"127.0.0.1:8080": f"127.0.0.1:{quay.port}", "127.0.0.1:8443": f"127.0.0.1:{gateway}"},
                   mint, server_file)
    policies = POLICIES | {
        "admin/quay-tokens.cedar": files[mint].read_text(),
        "accounts.yaml": POLICIES["accounts.yaml"] + "\n  - name: svc-mirror\n    description: has tokens for Quay itself\n"}
    shown_files(work, report.expect)
    running = []
    try:
        with Server(work, policies, files[server_file].read_text() + known) as server:
            check = Check(server, gateway, report)
            check.direct(work / "direct", people)
            splits = [kind(work, people.port, gateway) for kind in (NginxSplit, HaproxySplit)]
            tls, stranger = Tls(work, server.netloc, "pdp.example.com"), Tls(work, server.netloc, "stranger.example.com")
            web = WebApplication(work / "web.sock")
            nginx = QuaysNginx(work, tls.certificate, f"127.0.0.1:{tls.port}", work / "web.sock", peps["nginx"], QUAY_TOKEN)
            misled = QuaysNginx(work / "misled", stranger.certificate, f"127.0.0.1:{stranger.port}", work / "web.sock", peps["nginx"], QUAY_TOKEN)
            for each in (*splits, tls, stranger, nginx, misled):
                running.append(each)
                each.start()
            for split in splits:
                check.of(split, people, quay)
            check.asked(nginx, web)
            check.unasked(misled, web, "another certificate")
        for split in splits:
            check.without_the_gateway(split, people, quay)
        check.unasked(nginx, web, "no decision point")
    finally:
        for each in running:
            each.stop()
    report.finish(f"{splits[0].version()} nginx, {splits[1].version()} HAProxy, seed {SEED}: "
                  f"{len(TARGETS) + len(HIDDEN) + len(CLOSED) + MUTATED} request lines through each split")


if __name__ == "__main__":
    main(sys.argv[1])
