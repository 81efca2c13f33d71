"""What is wrong with the disk under a file, or under a store of files."""

import errno

_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk's quota is used up",
    errno.EFBIG: "the disk takes no more of this file",
    errno.EROFS: "the disk is read-only",
    errno.EIO: "the disk fails",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
}


def disk_trouble(error: BaseException) -> str | None:
    """What is wrong, for an error of a file; None for others. obstore has the number of the error in its text alone."""
    if isinstance(error, OSError) and error.errno is not None:
        return _DISK.get(error.errno)
    text = str(error)
    return next((why for code, why in _DISK.items() if f"(os error {code})" in text), None)
