"""The administration API is what /openapi.json says, by the judgement of OpenAPI and JSON Schema tools that we did not write."""

import json
import re
import sys

import jsonschema
import openapi_spec_validator
import requests
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from pdp import ROOT, Report, Server

POLICIES = {"accounts.yaml": "groups: [{name: pdp-admins}]\nservice_accounts: [{name: svc-in-git}]\n"} | {
    f"{directory}/{file.name}": file.read_text()
    for directory in ("admin", "roles") for file in (ROOT / "policies" / directory).glob("*.cedar")}
ACCOUNT = "/v1/service-accounts/svc-checked"
ACME = {"type": "Quay::Organization", "id": "acme"}


class Api:
    def __init__(self, server, report):
        self.server, self.report = server, report
        self.document = requests.get(server.url + "/openapi.json", timeout=30).json()
        self.schemas = Registry().with_resource(
            "urn:document", Resource.from_contents(self.document, default_specification=DRAFT202012))
        self.answered = set()
        first = json.loads((server.data / "bootstrap.json").read_text())
        self.token = self.granted(first["client_id"], first["client_secret"])

    def granted(self, account, secret):
        return requests.post(
            self.server.url + "/oauth2/token", {"grant_type": "client_credentials"}, timeout=30,
            auth=(account, secret)).json()["access_token"]

    def valid(self):
        try:
            openapi_spec_validator.validate(self.document)
        except openapi_spec_validator.OpenAPISpecValidatorError as e:
            self.report.expect(False, f"/openapi.json: {e}")
        else:
            self.report.expect(self.document["openapi"].startswith("3.1."), "/openapi.json is not 3.1")

    def call(self, method, path, body=None, expected=None, token=None, **headers):
        """One request; its answer must be described, and be as described."""
        headers = {"Authorization": f"Bearer {token or self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()}
        if method == "PATCH":
            headers["Content-Type"] = "application/merge-patch+json"
            answer = requests.patch(
                self.server.url + path, data=json.dumps(body), timeout=30, headers=headers)
        else:
            answer = requests.request(method, self.server.url + path, json=body, timeout=30, headers=headers)
        what = f"{method} {path}: {answer.status_code}"
        self.report.expect(expected is None or answer.status_code == expected,
                           f"{what} instead of {expected}: {answer.text[:300]}")
        template, operation = self.described(method, path)
        self.answered.add((method, template))
        response = self.response(operation["responses"], answer.status_code)
        if not self.report.expect(response is not None, f"{what} is not described"):
            return answer
        content = response.get("content", {})
        if not answer.content:
            self.report.expect(not content or answer.status_code in (204, 304), f"{what} should have a body")
            return answer
        media = answer.headers["Content-Type"].split(";")[0]
        if self.report.expect(media in content, f"{what}: {media} is not described"):
            self.fits(answer.json(), content[media]["schema"], what)
        return answer

    def described(self, method, path):
        for template, operations in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path.split("?")[0]):
                return template, operations[method.lower()]
        raise SystemExit(f"error: {method} {path} is not described")

    def response(self, responses, status):
        found = responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")
        if found and "$ref" in found:
            for step in found["$ref"].removeprefix("#/").split("/"):
                found = (self.document if found.get("$ref") else found)[step]
        return found

    def fits(self, value, schema, what):
        anchored = json.loads(json.dumps(schema).replace('"#/', '"urn:document#/'))
        validator = jsonschema.Draft202012Validator(
            anchored, registry=self.schemas, format_checker=jsonschema.FormatChecker())
        errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(value)]
        self.report.expect(not errors, f"{what}: {errors[:3]}")


def use_everything(api):
    made = api.call("POST", "/v1/service-accounts", {"name": "svc-checked", "owner": "acme", "labels": {"a": "b"}},
                    201, Idempotency_Key="one")
    api.call("POST", "/v1/service-accounts", {"name": "svc-checked"}, 409)
    api.call("POST", "/v1/service-accounts", {"name": "NO", "colour": "red"}, 422)
    api.call("GET", ACCOUNT, expected=200)
    api.call("GET", ACCOUNT, expected=304, If_None_Match=made.headers["ETag"])
    api.call("GET", "/v1/service-accounts?owner=acme&page_size=1", expected=200)
    api.call("GET", "/v1/service-accounts/svc-in-git", expected=200)
    api.call("GET", "/v1/service-accounts/svc-none", expected=404)
    api.call("PUT", ACCOUNT, {"owner": "acme", "description": "d"}, 200)
    api.call("PUT", ACCOUNT, {"owner": "acme"}, 412, If_Match='"999"')
    api.call("PATCH", ACCOUNT, {"labels": {"c": "d"}}, 200)
    secret = api.call("POST", ACCOUNT + "/credentials", {"kind": "client_secret"}, 201).json()
    one = f"{ACCOUNT}/credentials/{secret['id']}"
    api.call("GET", one, expected=200)
    api.call("GET", ACCOUNT + "/credentials", expected=200)
    rotated = api.call("POST", one + "/rotate", {"overlap": "PT1H"}, 201).json()
    api.call("POST", one + "/rotate", {"overlap": "PT1H"}, 409)
    grant = api.call("POST", ACCOUNT + "/grants", {"role": "repository-reader", "resource": ACME}, 201).json()
    api.call("GET", ACCOUNT + "/grants", expected=200)
    api.call("GET", f"{ACCOUNT}/grants/{grant['id']}", expected=200)
    token = api.granted("svc-checked", rotated["client_secret"])
    api.call("POST", "/v1/service-accounts", {"name": "svc-more"}, 403, token=token)
    api.call("GET", "/v1/policies", expected=401, token="nonsense")
    explained = {"principal": "svc-checked", "request": {"method": "GET", "target": "/api/v1/repository/acme/web"}}
    api.call("POST", "/v1/explain", explained, 200)
    api.server.ask({"request": {"method": "GET", "target": "/api/v1/repository/acme/web"}, "token": token})
    decision = api.call("GET", "/v1/decisions", expected=200).json()["items"][0]
    api.call("GET", f"/v1/decisions/{decision['id']}", expected=200)
    for path in ("events", "roles", "policies", "operations", "issuers", "signing-keys"):
        api.call("GET", f"/v1/{path}", expected=200)
    revocation = api.call("POST", "/v1/revocations", {"account": "svc-checked"}, 201).json()
    api.call("GET", "/v1/revocations", expected=200)
    api.call("GET", f"/v1/revocations/{revocation['id']}", expected=200)
    api.call("POST", "/v1/signing-keys/rotate", {}, 403)
    api.call("DELETE", f"{ACCOUNT}/grants/{grant['id']}", expected=204)
    api.call("DELETE", one, expected=204)
    api.call("DELETE", ACCOUNT, expected=204)
    api.call("POST", "/v1/service-accounts", {"name": "svc-admin", "groups": ["pdp-admins"]}, 201)
    admin = api.call("POST", "/v1/service-accounts/svc-admin/credentials", {"kind": "client_secret"}, 201).json()
    token = api.granted("svc-admin", admin["client_secret"])
    api.call("POST", "/v1/signing-keys/rotate", {}, 200, token=token)
    api.call("POST", "/v1/suspensions/confirm", {"organization": "acme"}, 404, token=token)
    api.call("POST", "/v1/suspensions/confirm", {"organization": "a c"}, 422, token=token)
    api.call("POST", "/v1/enrolments/approve", {"account": "svc-in-git", "organization": "acme"}, 404, token=token)
    api.call("POST", "/v1/enrolments/approve", {"account": "svc-in-git"}, 422, token=token)


def main(work):
    report = Report()
    with Server(work, POLICIES, "{}\n") as server:
        api = Api(server, report)
        api.valid()
        use_everything(api)
        described = {(method.upper(), path) for path, operations in api.document["paths"].items()
                     for method in operations if method in ("get", "put", "post", "patch", "delete")
                     and path.startswith("/v1/")}
        missing = sorted(described - api.answered)
        report.expect(not missing, f"described, but not tried: {missing}")
    report.finish(f"{len(api.answered)} operations of the administration API answered as described")


if __name__ == "__main__":
    main(sys.argv[1])
