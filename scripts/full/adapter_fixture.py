"""What the parts of the adapter's check share: a real decision point with accounts, and what answers must look like."""

import json

import requests

from adapter_servers import ask, bearer, jwt
from pdp import ROOT

POLICIES = {"accounts.yaml": "groups: [{name: pdp-admins}]\n"} | {
    f"{directory}/{file.name}": file.read_text()
    for directory in ("admin", "roles") for file in (ROOT / "policies" / directory).glob("*.cedar")}
CONFIG = "audit: {durability: batch}\n"
QUAYS_TOKEN = "tokenOfQuaysOwn"
PEOPLE_ISSUER, WORKLOAD_ISSUER = "https://sso.example.com", "https://kubernetes.example.com"
TIMEOUT = 1.5
PARALLEL = 32


class Check:
    """A real decision point with two accounts, each administrator of an organization."""

    def __init__(self, server, work, report):
        self.server, self.work, self.report, self.expect = server, work, report, report.expect
        self.admin = self.grant(*json.loads((server.data / "bootstrap.json").read_text()).values())
        self.api("/v1/service-accounts", {"name": "svc-admin", "groups": ["pdp-admins"]})
        self.admin = self.grant("svc-admin", self.secret("svc-admin"))
        self.tokens = {name: self.account(name, org) for name, org in (("svc-one", "acme"), ("svc-two", "beta"))}
        (work / "caller").write_text(server.token)
        (work / "quay-token").write_text(QUAYS_TOKEN + "\n")
        self.people = [
            [], ["Cookie: session=abc"], ["Authorization: Bearer opaqueTokenOfQuay", "Cookie: session=abc"],
            ["Authorization: Basic dTpw"], [bearer(jwt(PEOPLE_ISSUER))], ["Authorization: Bearer a.b.c"],
            ["Authorization: Bearer"], [bearer("x"), bearer("y")]]

    def config(self, url=None, **more):
        return {
            "url": url or self.server.url, "caller": str(self.work / "caller"), "issuers": [self.server.url],
            "workload_issuers": [WORKLOAD_ISSUER], "credential": str(self.work / "quay-token"), "timeout": 20} | more

    def post(self, path, **more):
        response = requests.post(self.server.url + path, timeout=30, **more)
        if response.status_code not in (200, 201):
            raise SystemExit(f"error: POST {path} answered {response.status_code}: {response.text[:500]}")
        return response.json()

    def api(self, path, body):
        return self.post(path, json=body, headers={"Authorization": f"Bearer {self.admin}"})

    def grant(self, name, secret, *_):
        return self.post(
            "/oauth2/token", data={"grant_type": "client_credentials"}, auth=(name, secret))["access_token"]

    def secret(self, name):
        return self.api(f"/v1/service-accounts/{name}/credentials", {"kind": "client_secret"})["client_secret"]

    def account(self, name, organization):
        self.api("/v1/service-accounts", {"name": name})
        self.api(f"/v1/service-accounts/{name}/grants",
                 {"role": "organization-admin", "resource": {"type": "Quay::Organization", "id": organization}})
        return self.grant(name, self.secret(name))

    def refused(self, answer, status, what, **members):
        """That Quay never saw the request, and an answer of Quay's own shape."""
        kinds = {401: "invalid_token", 403: "insufficient_scope", 503: "downstream_issue"}
        try:
            body = answer.json()
        except ValueError:
            body = {}
        should = {"status": status, "error_type": kinds.get(status, "invalid_request")} | members
        sound = (
            answer.status == status and not answer.reached and should.items() <= body.items()
            and body["detail"] == body["error_message"] != "" and body["title"] == body["error_type"]
            and body["request_id"] == answer.headers.get("x-request-id"))
        self.expect(sound, f"{what}: {answer}, not {should}")
        return body

    def executed(self, answer, what):
        """That Quay saw the request with its own credential and with nothing of the client's."""
        if not self.expect(answer.reached and answer.status == 200, f"{what}: {answer}"):
            return {}
        seen = answer.json()["environ"]
        left = {name: seen.get(name) for name in ("HTTP_COOKIE", "HTTP_X_CSRF_TOKEN", "HTTP_X_PDP_ACCOUNT",
                                                  "HTTP_X_QUAY_AUTH", "HTTP_X_HTTP_METHOD_OVERRIDE")}
        self.expect(
            seen["HTTP_AUTHORIZATION"] == "Bearer " + QUAYS_TOKEN and not any(left.values())
            and seen["HTTP_X_REQUEST_ID"] == answer.headers["x-request-id"] and "x-pdp-decision-id" in answer.headers
            and "set-cookie" not in answer.headers and "x-next-csrf-token" not in answer.headers,
            f"{what}: {seen} {answer.headers}")
        return seen

    def untouched(self, port, plain_port, what):
        """People's requests arrive with the adapter as they do without it."""
        for headers in self.people:
            for target in ("GET /api/v1/user/", "POST /api/v1/repository", "GET //api/v1/x%2Fy?a=%20", "GET /"):
                line = target + " HTTP/1.1"
                body = b'{"a": 1}' if line.startswith("POST") else b""
                more = [*headers, f"Content-Length: {len(body)}", "X-Request-ID: a"] if body else headers
                with_it, without = (ask(p, line, *more, body=body) for p in (port, plain_port))
                here, there = (with_it.json(), without.json())
                for seen in (here, there):
                    for name in ("REMOTE_PORT", "SERVER_PORT"):
                        seen["environ"].pop(name, None)
                kept = ("set-cookie", "x-next-csrf-token", "content-type")
                same = here == there and all(with_it.headers.get(n) == without.headers.get(n) for n in kept)
                self.expect(same, f"{what}: {line} {headers}: {here}, not {there}")
