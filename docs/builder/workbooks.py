"""Watches over the notebooks that mkdocs-jupyter keeps rendered.

It takes whatever lies there, and a build that was killed, or ran out of disk, leaves half a file. So we note the digest of
each file when a build ends well, and remove what does not have its digest when the next begins.
"""

import hashlib
import shutil
from pathlib import Path

DIGESTS = "digests"


def keep_sound(folder: Path) -> None:
    """Remove what the last build that ended well has not left in ``folder`` as it now is."""
    try:
        known = set((folder / DIGESTS).read_bytes().splitlines())
    except OSError:
        known = set()
    for path in folder.glob("*"):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != DIGESTS and _digest(path) not in known:
            path.unlink()


def note_digests(folder: Path) -> None:
    """Note what ``folder`` holds; half a note is good for half of the files."""
    lines = [_digest(path) for path in sorted(folder.glob("*.json"))]
    (folder / DIGESTS).write_bytes(b"\n".join(lines))


def _digest(path: Path) -> bytes:
    return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode()
