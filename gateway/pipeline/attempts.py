"""One attempt at one stage: take it up, call its service while the lease is renewed, write what came of it."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gateway.pipeline.broker import Broker
from gateway.pipeline.results import Result, StoredEditing, StoredPair, accept
from gateway.pipeline.service_calls import Broken, Caller, Given, Refused, Unavailable
from gateway.pipeline.work import prepare
from gateway.settings import GatewaySettings
from gateway.store import assets as asset_rows
from gateway.store import stages
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from gateway.store.stages import Attempt, Waiting
from gateway.store.tables import JobRow, StageRow
from imgdiff.errors import ServiceUnavailable
from imgdiff.images import decode
from imgdiff.jobs import StageName
from imgdiff.stages import Captioning, Detection, EditedPair, Editing

_log = logging.getLogger(__name__)
_RENEWALS = 3  # in one lease


@dataclass(frozen=True)
class Workshop:
    """What a worker process holds open; `closing` is set when it must hand its work back."""

    settings: GatewaySettings
    database: Database
    assets: AssetStore
    broker: Broker
    caller: Caller
    closing: threading.Event = field(default_factory=threading.Event)

    def attempt(self, stage_id: str) -> None:
        """Do a stage, whatever comes of it; nothing is raised but what the database itself cannot say."""
        with self.database.writing() as session:
            attempt = stages.begin(session, stage_id, self.settings.lease_seconds)
        if attempt is None:
            return  # delivered twice, cancelled or expired
        try:
            self._accept(attempt, self._result(attempt))
        except Given:
            self._hand_back(attempt)
        except (Unavailable, ServiceUnavailable) as error:
            _log.info("%s waits for %s: %s", attempt.stage_id, attempt.name, error)
            pause = error.pause if isinstance(error, Unavailable) else None
            self._settle(attempt, lambda session, job, stage: stages.defer(session, job, stage, pause))
        except Broken as error:
            self._retry(attempt, str(error))
        except Refused as error:
            problem = error.problem.model_copy(update={"instance": f"/v1/jobs/{attempt.job_id}"})
            self._settle(attempt, lambda session, job, stage: stages.refuse(session, job, stage, problem))
        except OperationalError:
            raise  # the database is away: the lease runs out, the sweeper takes over
        except Exception as error:  # noqa: BLE001  whatever it is, the stage must not be lost
            _log.exception("%s failed in %s", attempt.stage_id, attempt.name)
            self._retry(attempt, f"internal error ({type(error).__name__})")

    def _result(self, attempt: Attempt) -> Result:
        with self.database.reading() as session:
            call = prepare(session, self.assets, attempt)
        wanted = self._watch(attempt)
        match attempt.name:
            case StageName.EDITING:
                return self._stored(self.caller.call(call, Editing, wanted))
            case StageName.DETECTION:
                return self.caller.call(call, Detection, wanted)
            case StageName.CAPTIONING:
                return self.caller.call(call, Captioning, wanted)

    def _watch(self, attempt: Attempt) -> Callable[[], bool]:
        """Whether the attempt still counts; renews its lease in time."""
        seconds = self.settings.lease_seconds
        renewed = time.monotonic()

        def wanted() -> bool:
            nonlocal renewed
            if self.closing.is_set():
                return False
            if time.monotonic() - renewed < seconds / _RENEWALS:
                with self.database.reading() as session:
                    return stages.holds(session, attempt)
            renewed = time.monotonic()
            with self.database.writing() as session:
                return stages.renew(session, attempt, seconds)

        return wanted

    def _stored(self, editing: Editing) -> StoredEditing:
        """The answer with its images put away as assets."""
        kept = editing.model_dump(exclude={"pair"})
        pair = None if editing.pair is None else self._stored_pair(editing.pair)
        return StoredEditing.model_validate({**kept, "pair": pair})

    def _stored_pair(self, pair: EditedPair) -> StoredPair:
        kept = pair.model_dump(exclude={"image1", "image2"})
        before = None if pair.image1 is None else self._put(pair.image1)
        return StoredPair.model_validate({**kept, "image1": before, "image2": self._put(pair.image2)})

    def _put(self, png: bytes) -> str:
        height, width = decode(png, "/image", self.settings.made_limits).shape[:2]
        asset_id = self.assets.put(png)
        with self.database.writing() as session:
            asset_rows.remember(session, asset_id, width, height, len(png))
        return asset_id

    def _accept(self, attempt: Attempt, result: Result) -> None:
        rounds = self.settings.edit_rounds
        self._settle(attempt, lambda session, job, stage: accept(session, job, stage, result, rounds))

    def _retry(self, attempt: Attempt, why: str) -> None:
        _log.warning("attempt %d at %s (%s): %s", attempt.number, attempt.stage_id, attempt.name, why)
        limit = self.settings.max_attempts
        self._settle(attempt, lambda session, job, stage: stages.retry(session, job, stage, why, limit))

    def _hand_back(self, attempt: Attempt) -> None:
        """A turn that is over leaves nothing to do; a worker that closes gives its stage to the next."""
        self._settle(attempt, lambda session, job, stage: stages.defer(session, job, stage, 0.0))

    def _settle(self, attempt: Attempt, write: Callable[[Session, JobRow, StageRow], list[Waiting]]) -> None:
        """Write under the lock, if the attempt still counts; what waits then is put on its queues."""
        with self.database.writing() as session:
            found = stages.held(session, attempt)
            waiting = [] if found is None else write(session, *found)
        self.broker.put(waiting)
