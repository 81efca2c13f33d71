"""What searches look at of a record."""

from gateway.store.reviews.searchable import doubt_of, reasons_of, split_words, words_of
from imgdiff.records import Record


def test_words_are_those_of_the_caption_and_of_kept_regions(record: Record) -> None:
    kept, dropped = record.regions[0], record.regions[-1].model_copy(update={"caption": "Never Seen"})
    other = kept.model_copy(update={"caption": "STRASSE und Stra\N{LATIN SMALL LETTER SHARP S}e"})

    words = words_of(record.model_copy(update={"caption": "A\0 Fox", "regions": (other, dropped)}))

    assert {"a fox", "strasse und strasse"} <= set(words.split("\n"))
    assert "never seen" not in words
    assert "corrected" in words_of(record, record.model_copy(update={"caption": "Corrected"}))
    assert split_words("  Fox FOX stra\N{LATIN SMALL LETTER SHARP S}e ") == ("fox", "strasse")


def test_reasons_are_whole_codes(record: Record) -> None:
    codes = {reason.code for region in record.regions for reason in region.reasons} | {
        one.code for one in record.reasons
    }

    assert codes
    assert set(reasons_of(record).split()) == codes
    assert all(f" {code} " in reasons_of(record) for code in codes)
    assert reasons_of(record.model_copy(update={"regions": (), "reasons": ()})) == ""
    assert (doubt_of(None), doubt_of(0.0)) == (-1.0, 0.0)
