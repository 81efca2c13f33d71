"""The specification's own library accepts what is signed, with the secret of now and with the one before."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.webhooks.signing import sign

SECRETS = ("whsec_" + "QUJD" * 8, "whsec_" + "WFla" * 8)
BODY = '{"text": "ä"}'.encode()


@pytest.mark.parametrize("secret", SECRETS)
def test_either_secret_verifies(secret: str) -> None:
    headers = sign("msg_1", datetime.now(UTC), BODY, SECRETS)

    assert Webhook(secret).verify(BODY, headers) == {"text": "ä"}


@pytest.mark.parametrize("changed", ["secret", "body", "id", "time"])
def test_what_was_changed_does_not_verify(changed: str) -> None:
    late = timedelta(minutes=6) if changed == "time" else timedelta(0)
    headers = sign("msg_1", datetime.now(UTC) - late, BODY, SECRETS[:1])
    if changed == "id":
        headers["Webhook-Id"] = "msg_2"
    verifier = Webhook(SECRETS[1] if changed == "secret" else SECRETS[0])

    with pytest.raises(WebhookVerificationError):
        verifier.verify(BODY + b" " if changed == "body" else BODY, headers)
