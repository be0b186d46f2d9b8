"""What can go wrong while starting, each in one sentence with the way out. Nobody needs a traceback for a full disk."""

import errno
from pathlib import Path


class Trouble(Exception):
    """Why the stack cannot run, in a sentence for the person at the keyboard."""


def of_disk(error: OSError, folder: Path) -> Trouble | None:
    """The sentence for a disk that is full, read-only or not ours; None for any other error."""
    where = error.filename or folder
    sentences = {
        errno.ENOSPC: f"The disk that holds {where} is full: free some space, or set DATA_DIR to a folder elsewhere.",
        errno.EDQUOT: f"The quota of the disk that holds {where} is used up: free some space, or set DATA_DIR.",
        errno.EROFS: f"{where} is on a read-only disk: set DATA_DIR to a folder that can be written.",
        errno.EACCES: f"{where} cannot be written by this user: set DATA_DIR to a folder that can be.",
        errno.EPERM: f"{where} cannot be written by this user: set DATA_DIR to a folder that can be.",
        errno.ENOENT: f"{where} cannot be made: set DATA_DIR to a folder that can be.",
        errno.ENOTDIR: f"{where} is not a folder: move it away, or set DATA_DIR to a folder.",
        errno.EEXIST: f"{where} is in the way: move it, or set DATA_DIR to another folder.",
    }
    sentence = sentences.get(error.errno or 0)
    return Trouble(sentence) if sentence else None


def last_lines(log: Path, count: int = 8) -> str:
    """The end of a log, indented, for a person to see why something stopped."""
    if not log.exists():
        return ""
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return "\n".join(f"    {line}" for line in lines)
