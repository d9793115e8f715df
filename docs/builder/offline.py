"""The site as a ZIP whose pages open from disk, where a browser knows no index.html and lets no page fetch anything.

Material's own ``offline`` plugin would need a second build, and a shim from another site. Here the built site is taken as
it is, and three things change: links to a folder name its index.html; the search index is also a script, which Material's
bundle loads when its address begins with ``file:``; and iframe-worker stands in for the worker that searches it.
"""

import json
import os
import posixpath
import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from .building import building, work_folder
from .errors import CourseError, CourseErrors

NAME = "torch-primer-offline.zip"
FOLDER = "torch-primer"  # what the ZIP unpacks to
SHIM = (
    Path(__file__).parent / "iframe-worker"
)  # https://github.com/squidfunk/iframe-worker 1.0.4, as npm has it
FOR_SERVERS = re.compile(rf"(?:.*/)?(?:404\.html|sitemap\.xml(?:\.gz)?)|.*\.map|{re.escape(NAME)}")
# Addresses of the published pages. Material's bundle would ask the alternates' site for its sitemap.
PUBLISHED = re.compile(r'<link rel="(?:canonical|alternate)"[^>]*>\s*')
POLICY = re.compile(
    r'<meta http-equiv="Content-Security-Policy"[^>]*>'
)  # on a disk nothing comes from 'self'
LINK = re.compile(r'(?<=\shref=")[^"#][^"]*')


def pack_offline(root: Path) -> Path:
    """Pack ``root / "site"``; the same site gives the same bytes. Raises ``CourseErrors`` for links that lead nowhere.

    Where SITE_URL says that the site is to be published, a copy goes with it: its home pages lead there.
    """
    with building(root):
        files = offline_files(root / "site")
        new = work_folder(root) / NAME
        new.parent.mkdir()
        with ZipFile(new, "w", ZIP_DEFLATED, compresslevel=9) as archive:
            for name in sorted(files):
                entry = ZipInfo(f"{FOLDER}/{name}")  # dated 1980
                entry.create_system, entry.external_attr = 3, 0o644 << 16  # the same on every system
                archive.writestr(entry, files[name], ZIP_DEFLATED, 9)
        if os.environ.get("SITE_URL"):
            copy = Path(shutil.copy(new, work_folder(root) / "copy"))
            copy.replace(root / "site" / NAME)
        return new.replace(root / NAME)


def offline_files(site: Path) -> dict[str, bytes]:
    """What to pack, by its path. Raises ``CourseErrors`` for links that lead nowhere."""
    paths = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    files = {name: path.read_bytes() for name, path in paths.items() if not FOR_SERVERS.fullmatch(name)}
    files |= {f"{SHIM.name}/{path.name}": path.read_bytes() for path in SHIM.iterdir()}
    errors: list[CourseError | str] = []
    for name in list(files):
        if name.endswith(".html"):
            files[name] = _page(name, files[name].decode(), files, errors).encode()
        elif name.endswith("search/search_index.json"):
            files[name] = _index(files[name])
            files[name.removesuffix("on")] = b"var __index=" + files[name]
    if errors:
        raise CourseErrors(errors)
    return files


def _page(name: str, text: str, files: dict[str, bytes], errors: list[CourseError | str]) -> str:
    def link(match: re.Match) -> str:
        try:
            return _link(name, match[0], files)
        except ValueError as error:
            errors.append(CourseError(Path("site", name), text.count("\n", 0, match.start()) + 1, str(error)))
            return match[0]

    shim = posixpath.relpath(f"{SHIM.name}/shim.js", posixpath.dirname(name))
    offline = LINK.sub(link, text).replace("</head>", f'<script src="{shim}"></script></head>', 1)
    return PUBLISHED.sub("", POLICY.sub("", offline))


def _link(name: str, url: str, files: dict[str, bytes]) -> str:
    """The ``url`` on page ``name`` as it works from disk. Raises ``ValueError`` if it leads to none of ``files``."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return url
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
    if target in files:
        return url
    if posixpath.normpath(f"{target}/index.html") in files:
        return f"{parts.path.rstrip('/')}/index.html{url[len(parts.path) :]}"
    raise ValueError(f"the link {url!r} leads to no file of the site; it must be relative to this page")


def _index(data: bytes) -> bytes:
    """The search index, whose locations are links from the site's root: "lessons/…/#heading"."""
    index = json.loads(data)
    for entry in index["docs"]:
        page, sign, heading = entry["location"].partition("#")
        if not page or page.endswith("/"):
            entry["location"] = f"{page}index.html{sign}{heading}"
    return json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()
