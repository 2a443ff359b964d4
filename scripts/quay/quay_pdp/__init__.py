"""Lets a decision point decide what service accounts do in Quay: a WSGI middleware, standard library alone.

`Adapter(quay, ...)` wraps Quay's own WSGI application. Requests that carry a token of the decision point's
issuer (or of a workload issuer) are decided by `POST /authorize` before Quay sees them; everybody else's
requests reach Quay as if the adapter were not there.
"""

from .adapter import Adapter
from .answers import Refusal
from .decision_point import Decision, DecisionPoint
from .execution import NotExecutable, TokenDirectory, TokenFile

__all__ = ["Adapter", "Decision", "DecisionPoint", "NotExecutable", "Refusal", "TokenDirectory", "TokenFile"]
