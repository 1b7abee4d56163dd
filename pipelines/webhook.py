"""Tells the findings of a run to another system: one POST of JSON, where an address is set.

The address may hold a secret. It comes from the environment, and no message says it.
"""

import json
import time
from collections.abc import Sequence
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pipelines.settings import webhook_url
from pipelines.warehouse.finding import Finding

TIMEOUT_SECONDS = 10
PAUSES_SECONDS = (1, 4)
"""Before the second and the third attempt."""

WORTH_ANOTHER = {408, 425, 429}
"""Statuses below 500 that may be another one a moment later."""


class _Stays(HTTPRedirectHandler):
    """Findings go to the address that was set and to no other."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing; the redirection is the answer."""


def tell(findings: Sequence[Finding], pauses: Sequence[float] = PAUSES_SECONDS) -> list[str]:
    """Post the findings that are not acknowledged; without an address or a finding, nothing.

    Returns:
        What went wrong, as sentences without the address: the run is published, whatever becomes of this.
    """
    url, told = webhook_url(), [finding for finding in findings if finding.is_open]
    if not url or not told:
        return []
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        return ["INFERLEDGER_WEBHOOK_URL is no http or https address; nobody was told"]
    body = {"count": len(told), "findings": list(map(_said, told))}
    request = Request(  # noqa: S310 checked above
        url, json.dumps(body).encode(), {"Content-Type": "application/json", "User-Agent": "inferledger"}
    )
    failed = ""
    for pause in (0, *pauses):
        time.sleep(pause)
        failed, is_final = _post(request)
        if is_final:
            break
    return [f"the webhook did not take the {len(told)} findings: {failed}"] if failed else []


def _said(finding: Finding) -> dict[str, str | None]:
    """Amounts as text, so that no reader takes them for floats."""
    day, since, amount = finding.day, finding.since, finding.amount_usd
    return {
        "check": finding.check,
        "severity": finding.severity,
        "day": day.isoformat() if day else None,
        "since_day": since.isoformat() if since else None,
        "subject": finding.subject,
        "amount_usd": None if amount is None else f"{amount:f}",
        "sentence": finding.sentence,
    }


def _post(request: Request) -> tuple[str, bool]:
    """What went wrong, or "", and whether another attempt would be the same."""
    try:
        with build_opener(_Stays).open(request, timeout=TIMEOUT_SECONDS):
            return "", True
    except HTTPError as error:
        with error:
            return f"it answered {error.code}", error.code < 500 and error.code not in WORTH_ANOTHER  # noqa: PLR2004
    except (OSError, HTTPException) as error:
        # The reason without its text, which may say the address.
        return f"{type(getattr(error, 'reason', error)).__name__}", False
