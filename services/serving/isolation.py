"""Keep the failure of one item of a batch from failing the others."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from imgdiff.errors import ImgdiffError

_log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


def unexpected(failure: str, error: Exception) -> ImgdiffError:
    """The error to report for an unexpected exception; only the type of the exception leaves the process."""
    return ImgdiffError(f"{failure}: {type(error).__name__}")


def isolate(failure: str, run: Callable[[], Result]) -> Result | ImgdiffError:
    """The result of `run`, or the error in place of it; an unexpected one is logged and reported as `failure`."""
    try:
        return run()
    except ImgdiffError as error:
        return error
    except Exception as error:  # noqa: BLE001  whatever it is, the rest of the batch must be answered
        _log.exception("%s", failure)
        return unexpected(failure, error)


def run_isolated(
    failure: str, batch: Sequence[Item], run: Callable[[Sequence[Item]], Sequence[Result | ImgdiffError]]
) -> list[Result | ImgdiffError]:
    """One result or error for each item, in order.

    The whole batch runs first. After an unexpected error each item runs alone, so that only items that fail alone
    report `failure`. An ImgdiffError is not caused by an item (the device is too small, a server is down): all get it.
    """
    if not batch:
        return []
    try:
        results = list(run(batch))
    except ImgdiffError as error:
        return [error] * len(batch)
    except Exception as error:  # noqa: BLE001  whatever it is, the rest of the batch must be answered
        if len(batch) > 1:
            return [result for item in batch for result in run_isolated(failure, [item], run)]
        _log.exception("%s", failure)
        return [unexpected(failure, error)]
    if len(results) != len(batch):
        raise AssertionError(f"{len(results)} results for a batch of {len(batch)}")
    return results
