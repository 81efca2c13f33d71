"""The settled request of a job, as its row keeps it: asset ids in place of images, every option filled in."""

from imgdiff.frozen import Frozen
from imgdiff.jobs import JobKind, StageName
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import AssetId


class JobRequest(Frozen):
    """What a job was asked to do; equal for equal requests, however their images were sent.

    Of a synthesis only `edits_in_flight` pairs are edited at a time, so that a large order keeps nobody waiting.
    """

    kind: JobKind
    options: Options
    image1: AssetId | None = None
    image2: AssetId | None = None
    image: AssetId | None = None
    donors: tuple[AssetId, ...] = ()
    drawn_donors: bool = False
    fields: SynthesisFields | None = None
    edits_in_flight: int = 1

    @property
    def stages(self) -> tuple[StageName, ...]:
        """The stages of such a job, in order."""
        if self.kind is JobKind.SYNTHESIS:
            return (StageName.EDITING, StageName.DETECTION, StageName.CAPTIONING)
        return (StageName.DETECTION, StageName.CAPTIONING)

    @property
    def pairs(self) -> int:
        """Pairs that the job is to end in."""
        return 1 if self.fields is None else self.fields.count
