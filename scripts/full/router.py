"""Whatever the PDP decides, Quay's own router reads in the same way; and no real spelling is refused."""

import json
import os
import random
import re
import secrets
import sys
from collections import Counter
from urllib.parse import quote

import requests

from pdp import ROOT, Report, Server
from quay_router import BY_NAME, OPERATIONS, QuayRouter

ACCOUNT = "svc-router"
ROUNDS = 3
MUTATED = 5000
WORDS = 5000  # paths of routes' words and names in any order
POLICIES = {
    "accounts.yaml": f"service_accounts:\n  - name: {ACCOUNT}\n",
    "access/everything.cedar": f"""@id("everything")
@waive("classified-operations: this tests how requests are read, not who may make them")
permit (principal == Quay::ServiceAccount::"{ACCOUNT}", action, resource);
"""}
# trust_path: an id that is not bound to the path is no reason to refuse a spelling
CONFIG = "decisions: {unbound_ids: trust_path}\naudit: {durability: batch}\n"

METHODS = ["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "get", "CONNECT"]
TAIL_WORDS = sorted({
    word for row in OPERATIONS for word in row["path"].partition("{repository}")[2].split("/")
    if word and not word.startswith("{")})
HOSTILE_PIECES = [
    "/", "//", "%2F", "%2f", "%252F", "%25252F", "..", ".", "/../", "/./", "%2e", "%2e%2e", "..;/",
    ";", ";a=b", "%3B", "%3b", "\\", "%5C", "%00", "%0a", "%0d%0a", "%09", "\t", " ", "%20", "+",
    "%2B", "@", "%40", ":", "%3A", "=", ",", "%2C", "%", "%2", "%zz", "%u002f", "#", "#x", "%23",
    "?", "??", "%3F", "&", "$", "!", "'", "(", ")", "*", "~", "|", "<", ">", '"', "{", "}", "^",
    "`", "[", "]", "\u00e9", "%C3%A9", "%E9", "%c0%af", "%E2%80%A4", "%E2%84%96", "%E2%85%B7",
    "%CC%81", "%D0%B0", "\u0430", "\uff0f", "%EF%BC%8F", "%EF%BC%8E", "\u2024", "\u200b", "%E2%80%8B",
    "%F0%9F%98%80", "\u0130", "A", "%61", "%41", "acme", "x/y", "http://evil", "-", "_", "..%2f",
]
# Spellings that Quay would serve and that must still be denied: who reads them as they stand
# sees another request.
MUST_DENY = """
GET /api/v1/repository/acme/app/
GET /api/v1/repository/acme//app
GET //api/v1/repository/acme/app
GET /api//v1/repository/acme/app
DELETE /api/v1/repository/acme%2Fapp%2Ftag%2Flatest
GET /api/v1/organization/acme%2Frobots%2Fci
DELETE /api/v1/organization/acme%2Frobots%2Fci
GET /api/v1/repository/%61cme/app
GET /api/v1/repository/acme/../other/app
DELETE /api/v1/repository/acme/app/../../other/app
GET /api/v1/repository/acme/app;x=1
GET /api/v1;x=/repository/acme/app
GET /api/v1/repository/acme\\app
GET /api/v1/repository/acme%5Capp
GET /api/v1/repository/acme/app%20
GET /api/v1/repository/acme/app+
GET /api/v1/repository/acme/app%09
GET /api/v1/repository/acme/app%3Fpublic=true
GET /api/v1/repository/acme/app%23x
GET /api/v1/repository/acme/app#x
GET /api/v1/repository/\u00e1cme/app
GET /api/v1/repository/%C3%A1cme/app
DELETE /api/v1/repository/acme/%D0%B0pp
GET /api/v1/repository/ac%E2%80%A4me/app
GET /api/v1/repository/%E2%84%96/app
GET /api/v1/repository/%E2%85%B7/app
GET /api/v1/repository/acme/a%CC%81pp
GET /API/v1/repository/acme/app
GET /api/V1/repository/acme/app
GET /api/v1/Repository/acme/app
GET /api/v1/repository/Acme/App
GET /api/v1/repository/acme/app/tag/latest
PUT /api/v1/repository/acme/app/changevisibility
DELETE /api/v1/repository/acme/app/build
DELETE /api/v1/repository/acme/app/permissions
DELETE /api/v1/repository/acme/app/changevisibility
GET /api/v1/repository/acme/app/manifest/latest
DELETE /api/v1/repository/acme/app/tag/a/tag/b
DELETE /api/v1/repository/mirror/health
GET /api/v1/repository/acme/app/build
GET http://quay/api/v1/repository/acme/app
GET *
GET /v2/acme/app/manifests/latest
PUT /v1/repositories/acme/app
POST /oauth/authorizeapp
GET /api/suconfig
GET /_storage_proxy/abc
TRACE /api/v1/repository/acme/app
PATCH /api/v1/repository/acme/app
CONNECT /api/v1/repository/acme/app
PROPFIND /api/v1/repository/acme/app
""".strip().splitlines()


# How clients write a parameter into a path.

def raw(value):
    return value


def go_path_escape(value):
    """Go's url.PathEscape: of the reserved characters $ & + = : @ stay."""
    return quote(value, safe="$&+=:@")


def python_quote_all(value):
    """quote(value, safe=''), encodeURIComponent."""
    return quote(value, safe="")


def python_quote_all_lower(value):
    return re.sub("%..", lambda match: match[0].lower(), quote(value, safe=""))


def python_quote(value):
    """quote(value): slashes stay."""
    return quote(value)


def go_by_segment(value):
    """url.PathEscape on each part of a repository."""
    return "/".join(go_path_escape(part) for part in value.split("/"))


SPELLINGS = [raw, go_path_escape, python_quote_all, python_quote_all_lower, python_quote, go_by_segment]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, alphabet, low, high):
        return "".join(self.random.choices(alphabet, k=self.random.randint(low, high)))

    def name(self):
        """A name of Quay's that is no word of a route: it ends in a digit."""
        middle = self.text("abcdefghijklmnopqrstuvwxyz0123456789._-", 0, 12)
        return self.text("abcdefghijklmnopqrstuvwxyz0123456789", 1, 1) + middle + str(self.random.randint(0, 9))

    def repository(self):
        names = [self.name() for _ in range(self.random.choice([2, 2, 2, 3, 4, 5]))]
        if self.random.random() < 0.1:
            # at this place a word of a route is a plain name
            names[1] = self.random.choice([w for w in TAIL_WORDS if re.fullmatch("[a-z]+", w)])
        return "/".join(names)

    def value(self, parameter, template):
        robot = f"{self.name()}+{self.name()}"
        match parameter:
            case "repository":
                return self.repository()
            case "manifestref":
                return self.random.choice(["sha256:", "sha512:"]) + self.text("0123456789abcdef", 64, 64)
            case "email":
                return f"{self.name()}+ci@{self.name()}.example.com"
            case "tag":
                return "v" + self.text("ABCXYZabc0123456789._-", 1, 20)
            case "membername":
                return self.random.choice([self.name(), robot])
            case "username" if "/permissions/user/" in template:
                return self.random.choice([self.name(), robot])
            case "uuid" | "policy_uuid" | "build_uuid" | "trigger_uuid" | "token_uuid":
                h = "0123456789abcdef"
                return "-".join(self.text(h, n, n) for n in (8, 4, 4, 4, 12))
            case "kid":
                return self.text("ABCDEFabcdef0123456789_-", 43, 43)
            case _:
                return self.name()

    def query(self, row):
        pairs = []
        for name, kind in row.get("query_params", {}).items():
            if self.random.random() < 0.3:
                value = {"boolean": "true", "integer": "10"}.get(kind) or self.name()
                pairs.append(f"{name}={value}")
        return "?" + "&".join(pairs) if pairs else ""

    def valid(self, row, spelling):
        path = {}
        for name in re.findall(r"{(\w+)}", row["path"]):
            path[name] = self.value(name, row["path"])
        target = re.sub(r"{(\w+)}", lambda match: spelling(path[match[1]]), row["path"])
        return target + self.query(row), path

    def mutated(self, target):
        target = target if self.random.random() < 0.8 else target.partition("?")[0]
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            target = self.mutated_once(target)
        return target

    def mutated_once(self, target):
        pick = self.random
        if not target:
            return "/"
        at = pick.randint(1, len(target))
        piece = pick.choice(HOSTILE_PIECES)
        segments = target.split("/")
        match pick.choice([0, 1, 2, 3, 4, 4, 5, 5, 5, 6, 7, 8]):
            case 0 | 1:
                return target[:at] + piece + target[at:]
            case 2:
                return target[:at] + piece + target[at + pick.randint(1, 3):]
            case 3:
                return target[:at] + target[at + pick.randint(1, 3):]
            case 4:
                a, b = pick.randrange(len(segments)), pick.randrange(len(segments))
                segments[a], segments[b] = segments[b], segments[a]
                return "/".join(segments)
            case 5:
                word = pick.choice(TAIL_WORDS)
                segments.insert(pick.randint(1, len(segments)), word)
                return "/".join(segments)
            case 6:
                slashes = [m.start() for m in re.finditer("/", target)]
                at = pick.choice(slashes) if slashes else 0
                return target[:at] + pick.choice(["%2F", "%2f"]) + target[at + 1:]
            case 7:
                character = target[at - 1]
                return target[:at - 1] + "".join(f"%{b:02X}" for b in character.encode()) + target[at:]
            case _:
                return target + "/" if not target.endswith("/") else target[:-1]


def body_for(row, generator):
    """What the operation's further objects need; else none."""
    body = {}
    kinds = {"robot": f"{generator.name()}+{generator.name()}"}
    for rule in row.get("reach", []):
        place, _, name = str(rule.get("from", "")).partition(":")
        if place == "body" and rule.get("required"):
            body[name] = kinds.get(rule["type"]) or generator.name()
            within = rule.get("within", "").partition(":")[2]
            if within:
                body[within] = generator.name()
    if row["operation"] == "createRepo":
        body = {"namespace": generator.name(), "repository": generator.name(), "visibility": "private"}
    return body or None


class Sample:
    def __init__(self, kind, method, target, row=None, path=None, body=None):
        self.kind, self.method, self.target = kind, method, target
        self.row, self.path, self.body = row, path, body

    def question(self):
        request = {"method": self.method, "target": self.target}
        if self.body is not None:
            request["body"] = self.body
        return {"request": request, "subject": {"type": "Quay::ServiceAccount", "id": ACCOUNT}}

    def __str__(self):
        return f"[{self.kind}] {self.method} {self.target!r}"


def samples(seed, router, report):
    generator = Generator(seed)
    pick = generator.random
    # every body that some operation needs, so that a damaged target does not stop at its body
    bodies = [body_for(BY_NAME[name], generator) for name in ("createRepo", "createOrganization", "createStar")]
    valid = []
    for _ in range(ROUNDS):
        for row in OPERATIONS:
            for spelling in SPELLINGS:
                target, path = generator.valid(row, spelling)
                method = "HEAD" if row["method"] == "GET" and pick.random() < 0.1 else row["method"]
                valid.append(Sample(spelling.__name__, method, target, row, path, body_for(row, generator)))
            # what the requests library makes of a raw address
            target, path = generator.valid(row, raw)
            prepared = requests.Request(row["method"], "https://quay.example.com" + target).prepare()
            valid.append(Sample("requests", row["method"], prepared.path_url, row, path, body_for(row, generator)))
            # go-quay and the bridge operator leave the last slash out and rely on Quay's redirect
            if row["path"].endswith("/") and row.get("slashless") != "refused":
                target, path = generator.valid(row, pick.choice([raw, go_path_escape]))
                slashless = target.replace("/?", "?").removesuffix("/")
                outcome = router.route(row["method"], slashless)
                if report.expect(outcome.redirected, f"Quay does not redirect {row['method']} {slashless}"):
                    valid.append(Sample("slashless", row["method"], slashless, row, path, body_for(row, generator)))
    for sample in valid:
        outcome = router.route(sample.method, sample.target)
        report.expect(
            outcome.row is sample.row and outcome.path == sample.path,
            f"the generator is wrong: {sample} is {outcome}")

    hostile = [Sample("must deny", *line.split(" ", 1)) for line in MUST_DENY]
    corpus = json.loads((ROOT / "test-fixtures/quay-router/corpus.json").read_text())["entries"]
    recorded = [Sample("recorded", entry[0], entry[1], body=pick.choice(bodies)) for entry in corpus]
    places = ["/api/v1/repository/acme{}/app", "/api/v1/repository/acme/app{}", "/api/v1/organization/acme{}",
              "/api/v1/repository/acme/app/tag/v1{}", "/api/v1{}/user/", "/api/v1/repository{}?namespace=acme",
              "/api/v1/repository/acme/app/permissions/user/acme{}ci"]
    for piece in HOSTILE_PIECES:
        for place in places:
            for method in pick.sample(METHODS, 4):
                hostile.append(Sample("hostile", method, place.format(piece)))
    for template in {row["path"] for row in OPERATIONS}:
        row = next(row for row in OPERATIONS if row["path"] == template)
        for method in METHODS:
            target, _ = generator.valid(row, pick.choice(SPELLINGS))
            hostile.append(Sample("other method", method, target, body=pick.choice([None, *bodies])))
    for length in (127, 128, 255, 256, 2000, 2100, 4000):
        hostile.append(Sample("long", "GET", "/api/v1/organization/" + "a" * length))
        hostile.append(Sample("long", "GET", "/api/v1/repository/acme" + "/a" * (length // 2)))
        hostile.append(Sample("long", "GET", "/api/v1/user/?a=" + "b" * length))
    queries = ["namespace=a&namespace=b", "namespace=a%26b", "namespace=a;namespace=b", "namespace=%61",
               "namespace=a+b", "%6eamespace=acme", "namespace", "namespace=", "?namespace=acme", "&&namespace=acme",
               "namespace=acme&public=yes", "starred=false&namespace=acme", "starred=0&namespace=acme",
               "starred=no&namespace=acme", "namespace=%C3%A1", "namespace=%ff", "namespace=a=b", "namespace=acme#x",
               "NAMESPACE=acme", "namespace[]=acme", "namespace =acme", "namespace=acme%00"]
    for query in queries:
        hostile.append(Sample("query", "GET", "/api/v1/repository?" + query))
    mutated = []
    for _ in range(MUTATED):
        sample = pick.choice(valid if pick.random() < 0.85 else recorded)
        method = sample.method if pick.random() < 0.7 else pick.choice(METHODS[:5])
        body = sample.body or pick.choice([None, None, None, *bodies])
        mutated.append(Sample("mutated", method, generator.mutated(sample.target), body=body))
    words = []
    heads = sorted({row["path"].split("/")[3] for row in OPERATIONS})
    for _ in range(WORDS):
        head = "repository" if pick.random() < 0.7 else pick.choice(heads)
        target = f"/api/v1/{head}"
        for _ in range(pick.randint(1, 7)):
            target += pick.choices(["/", "%2F"], [9, 1])[0]
            target += pick.choice(TAIL_WORDS) if pick.random() < 0.5 else generator.name()
        words.append(Sample("words", pick.choice(METHODS[:4]), target + pick.choice(["", "", "/"])))
    escaped = []
    for row in OPERATIONS:
        target, _ = generator.valid(row, raw)
        for slash in [match.start() for match in re.finditer("/", target.partition("?")[0])]:
            moved = target[:slash] + pick.choice(["%2F", "%2f"]) + target[slash + 1:]
            for method in {row["method"], pick.choice(METHODS[:4])}:
                escaped.append(Sample("escaped slash", method, moved, body=body_for(row, generator)))
    return valid, hostile + recorded + mutated + words + escaped


def check_oracle(router, report):
    """The router built here must answer as the recorded one did, which had Quay's whole route table."""
    corpus = json.loads((ROOT / "test-fixtures/quay-router/corpus.json").read_text())["entries"]
    for method, target, verdict, *rest in corpus:
        if not comparable(target, verdict):
            continue
        outcome = router.route(method, target)
        report.expect(
            outcome.row is BY_NAME[verdict] and outcome.path == rest[0] and not outcome.redirected,
            lambda: f"oracle: {method} {target} was recorded as {verdict} {rest[0]}, is {outcome}")
    return sum(comparable(entry[1], entry[2]) for entry in corpus)


def comparable(target, verdict):
    """Unescaped characters outside ASCII were recorded without gunicorn, which changes them."""
    return verdict in BY_NAME and target.isascii()


def differences(sample, answer, record, outcome):
    """How Quay's reading differs from the decided one; empty when it does not."""
    if outcome.row is None or outcome.row["operation"] != answer["action"]:
        return [f"decided as {answer['action']}, Quay: {outcome}"]
    found = []
    row = outcome.row
    compared = dict(record["parameters"])
    level = {"Quay::Organization": "orgname", "Quay::Repository": "repository"}
    parameter = level.get(answer["resource"]["type"])
    if parameter in outcome.path:
        compared[parameter] = answer["resource"]["id"]
    for name, value in compared.items():
        if name in outcome.path and outcome.path[name] != value:
            found.append(f"{name} decided as {value!r}, Quay: {outcome.path[name]!r}")
        elif name in row.get("query_params", {}) and name not in outcome.path:
            served = outcome.query.getlist(name)
            if row["query_params"][name] == "string" and served != [value]:
                found.append(f"query {name} decided as {value!r}, Quay: {served}")
    return found


def main(work):
    seed = int(os.environ.get("PDP_FULL_SEED") or secrets.randbelow(1 << 32))
    print(f"seed {seed}: PDP_FULL_SEED={seed} repeats this run")
    report = Report()
    router = QuayRouter()
    recorded = check_oracle(router, report)
    print(f"the router of Werkzeug here answers {recorded} recorded requests as the whole of Quay's did")
    valid, others = samples(seed, router, report)
    everything = valid + others
    with Server(work, POLICIES, CONFIG) as server:
        answers = server.ask_all([sample.question() for sample in everything])
    records = server.exported()

    decided, refused, kinds, compared = Counter(), Counter(), Counter(), 0
    for sample, answer in zip(everything, answers):
        kinds[sample.kind] += 1
        if answer["action"] is None:
            refused[answer["cause"]] += 1
            report.expect(not answer["decision"], f"allowed without an operation: {sample}")
        else:
            decided[sample.kind] += 1
            record = records[answer["id"]]
            compared += len(record["parameters"])
            found = differences(sample, answer, record, router.route(sample.method, sample.target))
            report.expect(not found, lambda: f"{sample}: {'; '.join(found)}")
        if sample.row is not None:
            report.expect(
                answer["decision"] and answer["action"] == sample.row["operation"],
                lambda: f"a client's spelling is refused: {sample}: {answer['cause']}: {answer.get('message')}")
        if sample.kind == "must deny":
            report.expect(not answer["decision"], f"must be denied: {sample}")
    for kind in sorted(kinds):
        print(f"  {kind}: {kinds[kind]} asked, {decided[kind]} decided")
    print("  refused: " + ", ".join(f"{count} {cause}" for cause, count in refused.most_common()))
    report.expect(decided["mutated"] > 100, "hardly any damaged request was decided: nothing was compared")
    report.finish(
        f"{len(everything)} requests (seed {seed}), {decided.total()} decided as Quay's router reads them"
        f" with {compared} parameters compared, {refused.total()} refused, {len(valid)} in clients' spellings")


if __name__ == "__main__":
    main(sys.argv[1])
