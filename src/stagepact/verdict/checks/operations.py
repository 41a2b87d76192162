"""The checks of operations by kind of clause."""

from collections.abc import Mapping

from stagepact.verdict.checks import answers, conduct, http_rules, responses
from stagepact.verdict.checks.model import Check

CHECKS: Mapping[str, Check] = {
    "responses.status": responses.status,
    "responses.body": responses.body,
    "responses.content-type": responses.content_type,
    "responses.header": responses.header,
    "operation-example": responses.operation_example,
    "methods": http_rules.methods,
    "problem": http_rules.problem,
    "implemented": http_rules.implemented,
    "no-server-error": conduct.no_server_error,
    "valid-accepted": conduct.valid_accepted,
    "invalid-refused": conduct.invalid_refused,
    "no-secrets": answers.no_secrets,
    "max-size": answers.max_size,
    "caching.etag": answers.etag,
    "caching.private": answers.private,
}
