"""What goes wrong with a bucket, as errors of imgdiff that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from imgdiff.buckets.addresses import Address
from imgdiff.errors import ImgdiffError, InvalidRequest, NotFound, ServiceUnavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

INSTALL = "addresses of buckets need more packages: pip install 'imgdiff[s3]'"
_CREDENTIALS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"


@contextmanager
def translate_errors(address: Address) -> Iterator[None]:
    """Around the use of a bucket: raises what boto3 raises as an ImgdiffError that names the address."""
    try:
        from botocore import exceptions  # noqa: PLC0415  not in the base install
    except ImportError as error:
        raise ServiceUnavailable(INSTALL) from error
    try:
        yield
    except exceptions.ClientError as error:
        raise _refused(address, error) from error
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.ProfileNotFound,
        exceptions.CredentialRetrievalError,
        exceptions.TokenRetrievalError,
        exceptions.SSOError,
    ) as error:
        raise ServiceUnavailable(f"no credentials for {address}: {_sentence(error)}; {_CREDENTIALS}") from error
    except exceptions.ParamValidationError as error:
        raise InvalidRequest(f"{address} is no address that S3 takes: {_sentence(error)}") from error
    except exceptions.BotoCoreError as error:
        raise ServiceUnavailable(f"{address} cannot be reached: {_sentence(error)}") from error


def _refused(address: Address, error: "ClientError") -> ImgdiffError:
    """The store's own answer."""
    answer = error.response
    code = str(answer.get("Error", {}).get("Code", "unknown"))
    reason = f"{error.operation_name}: {code}, {answer.get('Error', {}).get('Message', 'no message')}"
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code == "NoSuchBucket":
        return NotFound(f"there is no bucket {address.bucket!r}; create it first, or name another")
    if status == HTTPStatus.FORBIDDEN:
        return InvalidRequest(f"access to {address} is denied ({reason}); check the credentials and their policy")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in {"SlowDown", "Throttling", "RequestTimeout"}:
        return ServiceUnavailable(f"{address} does not answer ({reason})")
    return InvalidRequest(f"{address} was refused ({reason})")


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
