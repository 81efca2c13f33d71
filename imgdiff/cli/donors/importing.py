"""Sending pictures and their objects to the library; what it has already is not sent again."""

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import islice

from imgdiff.cli.donors.pictures import Picture, Tally
from imgdiff.client import Client
from imgdiff.client.options import DonorArguments
from imgdiff.errors import ImgdiffError, InvalidImage, InvalidRequest, PayloadTooLarge
from imgdiff.objects.labels import label_key
from imgdiff.options import AssetRef

_REFUSED = (InvalidImage, InvalidRequest, PayloadTooLarge)  # errors of one picture or object, not of the whole import
_PAGE = 200  # donors asked for at a time


class Importer:
    """Imports pictures one by one, so that an import that was interrupted goes on where it ended.

    `only` are labels to import, all if empty; `most` is how many objects of a label the library may have at the end.
    """

    def __init__(self, client: Client, tally: Tally, only: Collection[str] = (), most: int | None = None) -> None:
        self._client, self._tally, self._most = client, tally, most
        self._only = {label_key(label) for label in only}
        self._references: dict[str, set[str | None]] = {}
        self._counts: Counter[str] = Counter()  # of the library, by key of the label, where `most` limits them

    def send(self, picture: Picture) -> None:
        """Send one picture; raises errors that concern more than this picture."""
        wanted = [one for one in picture.objects if not self._only or label_key(one["label"]) in self._only]
        self._tally.skip("another label", len(picture.objects) - len(wanted))
        new = [one for one in wanted if one.get("reference") not in self._known(one["source"])]
        self._tally.known += len(wanted) - len(new)
        room = [one for one in new if self._has_room(one)]
        self._tally.skip("enough of its label", len(new) - len(room))
        if room:
            self._send(picture, room)

    def _send(self, picture: Picture, objects: Iterable[DonorArguments]) -> None:
        chosen = list(objects)
        try:
            if picture.is_cutout:
                image: AssetRef | None = None
            else:
                asset = self._client.upload(picture.path)
                if picture.size not in {None, (asset.width, asset.height)}:
                    self._tally.skip("the image has another size than its annotations", len(chosen))
                    return
                image = AssetRef(asset=asset.id)
        except _REFUSED as error:
            self._tally.skip(_reason(error), len(chosen))
            return
        for one in chosen:
            self._add(image or picture, one)

    def _add(self, image: AssetRef | Picture, new: DonorArguments) -> None:
        if not self._has_room(new):
            self._tally.skip("enough of its label")
            return
        try:
            donor = self._client.add_donor(image.path if isinstance(image, Picture) else image, **new)
        except _REFUSED as error:
            self._tally.skip(_reason(error))
            return
        if donor.source == new["source"] and donor.reference == new.get("reference"):
            self._tally.added[donor.label] += 1
            self._counts[label_key(donor.label)] += 1
        else:
            self._tally.known += 1  # under another name: the same pixels and the same place

    def _has_room(self, new: DonorArguments) -> bool:
        if self._most is None:
            return True
        key = label_key(new["label"])
        if key not in self._counts:
            stored = self._client.donors(label=new["label"], page_size=min(self._most, _PAGE))
            self._counts[key] = len(list(islice(stored, self._most)))
        return self._counts[key] < self._most

    def _known(self, source: str) -> set[str | None]:
        """The references of all objects of a source that the library has."""
        if source not in self._references:
            found = self._client.donors(source=source, page_size=_PAGE)
            self._references[source] = {donor.reference for donor in found}
        return self._references[source]


def _reason(error: ImgdiffError) -> str:
    """Why the gateway refused something: the field and the code of its first complaint."""
    if not error.errors:
        return error.slug
    first = error.errors[0]
    return f"{first.pointer.removeprefix('/donor').strip('/').partition('/')[0]}: {first.code}".removeprefix(": ")
