"""Malformed and hostile tokens before us and before others: writes or compares docs/federation-verdicts.md.

Compares, or writes when PDP_FULL_WRITE is set.
"""

import difflib
import os
import pathlib
import sys
import warnings

from keycloak_server import Keycloak
from pdp import ROOT, Report
from verdict_judges import ACCEPTED, FEATURES, NOT_ASKED, REFUSED, Broker, Documents, Libraries, Ours
from verdict_keys import Keys
from verdict_tokens import Maker

DOCUMENT = ROOT / "docs/federation-verdicts.md"
JUDGES = ["us", "Keycloak", "Nimbus", "java-spiffe"]


def judged(work, report):
    """Each row with the verdicts on it, in the order of JUDGES."""
    keys = Keys()
    documents = Documents(keys)
    with Keycloak(work, FEATURES) as keycloak:
        broker = Broker(keycloak, documents)
        rows = Maker(keys, broker.issuer, documents.issuers).all()
        with Ours(work, documents, broker.issuer) as ours, Libraries(work, documents, broker.issuer) as libraries:
            ask = [ours.verdict, broker.verdict, libraries.nimbus, libraries.java_spiffe]
            table = [(row, [judge(row) for judge in ask]) for row in rows]
        report.expect(not documents.trapped, f"somebody looked where a token told him to: {documents.trapped}")
    documents.close()
    return table


def check(table, report):
    for row, (ours, *_) in table:
        report.expect(
            (ours == ACCEPTED) == row.sound, f"{row.group}, {row.kind}, {row.name}: {ours}, which is wrong: {row.why}")


def document(table):
    bad = [(row, verdicts) for row, verdicts in table if not row.sound]
    accepted = [sum(verdicts[i] == ACCEPTED for _, verdicts in bad) for i in range(len(JUDGES))]
    asked = [sum(verdicts[i] != NOT_ASKED for _, verdicts in bad) for i in range(len(JUDGES))]
    lines = [INTRODUCTION.rstrip(), "", "| | " + " | ".join(JUDGES) + " |", "|---" * (len(JUDGES) + 1) + "|"]
    lines.append("| malformed or hostile tokens accepted | " + " | ".join(
        f"{some} of {all_}" for some, all_ in zip(accepted, asked)) + " |")
    sound = [verdicts for row, verdicts in table if row.sound]
    lines.append("| sound tokens refused | " + " | ".join(
        f"{sum(verdicts[i] == REFUSED for verdicts in sound)} of {sum(verdicts[i] != NOT_ASKED for verdicts in sound)}"
        for i in range(len(JUDGES))) + " |")
    group = None
    for row, verdicts in table:
        if row.group != group:
            group = row.group
            lines += ["", f"## {group}", "", "| token | " + " | ".join(JUDGES) + " | why |",
                      "|---" * (len(JUDGES) + 2) + "|"]
        marks = [f"**{verdict}**" if (verdict == ACCEPTED) != row.sound and verdict != NOT_ASKED else verdict
                 for verdict in verdicts]
        lines.append(f"| {shown(row.name)} | {' | '.join(marks)} | {shown(row.why)} |")
    return "\n".join(lines) + "\n"


def shown(text):
    return text.replace("|", "\\|").replace("\0", "␀")


INTRODUCTION = """\
# Verdicts on malformed and hostile tokens

Written by `PDP_FULL_WRITE=1 scripts/full/run verdicts`; `scripts/full/run verdicts` fails when it is stale. Every token
is made anew from fixed keys and given to four verifiers that know the same keys:

- **us**: the server, asked at `/authorize`, so with the issuer's defaults and the claims of its kind.
- **Keycloak** 26.7.3: its JWT authorization grant for tokens of the OIDC issuer; for Kubernetes' and SPIFFE's its
  federated client authentication. Its clock skew is set to a minute, its longest lifetime to an hour.
- **Nimbus** 10.10: `DefaultJWTProcessor`, which is told the keys and our algorithms. It checks neither issuer nor
  audience unless it is told to, as its defaults are; its key selector never finds a key whose `use` is `jwt-svid`,
  and makes no verifier of an Ed25519 key.
- **java-spiffe** 0.8.17: `JwtSvid.parseAndValidate`, for SPIFFE's tokens.

Bold is a verdict that differs from what the last column asks for. We accept no token that is malformed or hostile,
whatever the others do: where we refuse what another accepts, the last column says why. The tokens of the first table
are sound; some refuse them.
"""


def main(work):
    warnings.simplefilter("ignore")  # PyJWT warns of the short keys that some tokens are about
    write = os.environ.pop("PDP_FULL_WRITE", "")  # which the server would not know
    report = Report()
    table = judged(pathlib.Path(work), report)
    check(table, report)
    text = document(table)
    if write:
        DOCUMENT.write_text(text)
    else:
        difference = list(difflib.unified_diff(
            DOCUMENT.read_text().splitlines(), text.splitlines(), "committed", "now", lineterm="", n=0))
        report.expect(not difference, "docs/federation-verdicts.md is stale:\n" + "\n".join(difference[:40]))
    laxer = [sum(verdicts[i] == ACCEPTED and not row.sound for row, verdicts in table) for i in range(len(JUDGES))]
    report.finish(
        f"{len(table)} tokens, {sum(not row.sound for row, _ in table)} of them bad: accepted by "
        + ", ".join(f"{judge} {count}" for judge, count in zip(JUDGES, laxer)))


if __name__ == "__main__":
    main(sys.argv[1])
