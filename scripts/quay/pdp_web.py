"""Quay's web application with the adapter around it: gunicorn's `pdp_web:application` instead of `web:application`."""

from os import environ
from os.path import isdir

from quay_pdp import Adapter, DecisionPoint, TokenDirectory, TokenFile
from web import application as quay

credential = environ["PDP_ADAPTER_QUAY_TOKEN"]
application = Adapter(
    quay,
    DecisionPoint(environ["PDP_ADAPTER_URL"], environ["PDP_ADAPTER_CALLER_TOKEN_FILE"]),
    issuers=environ["PDP_ADAPTER_ISSUERS"].split(","),
    execute=TokenDirectory(credential) if isdir(credential) else TokenFile(credential))
