# SPDX-License-Identifier: BSD-2-Clause
"""sources: Debian's source packages, for the tests in them.

They are fetched by apt-get with lists of their own, so that nothing of the
machine's settings changes, and built as their authors would, in a cache outside
of the tree: $XDG_CACHE_HOME/lockval-real. A version that is built stays."""
import os
import pathlib
import re
import shutil
import subprocess

from stage import Skip

ETC = pathlib.Path("/etc/apt")
SECONDS = 1200


def cache():
    root = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(root) / "lockval-real"


def command(words, folder):
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, check=False, timeout=SECONDS,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    if done.returncode:
        raise Skip(f"{words[0]}: {done.stdout.strip()[-200:]}")


def lists_of_sources():
    """Options of apt-get that make it see sources where it sees packages."""
    own = cache() / "apt"
    parts = own / "parts"
    (own / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    parts.mkdir(exist_ok=True)
    for path in [ETC / "sources.list", *(ETC / "sources.list.d").glob("*")]:
        if path.suffix not in (".list", ".sources") or not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"(?m)^(Types:.*)\bdeb\b(?!-)", r"\1deb-src", text)
        text = re.sub(r"(?m)^deb(?=\s)", "deb-src", text)
        (parts / path.name).write_text(text, encoding="utf-8")
    return ["-o", "Dir::Etc::SourceList=/dev/null",
            "-o", f"Dir::Etc::SourceParts={parts}",
            "-o", f"Dir::State::Lists={own / 'lists'}"]


def fetch(package, build):
    """Leaves the package's source, built by build(folder), in the cache."""
    if not shutil.which("dpkg-source"):
        raise Skip("dpkg-dev is not installed")
    place = cache() / package
    place.mkdir(parents=True, exist_ok=True)
    if (place / "built").exists():
        return
    if not list(place.glob("*.dsc")):
        lists = lists_of_sources()
        command(["apt-get", "-q", *lists, "update"], place)
        command(["apt-get", "-q", *lists, "source", "--download-only",
                 package], place)
    folder = place / "source"
    shutil.rmtree(folder, ignore_errors=True)
    command(["dpkg-source", "--no-check", "-x", next(place.glob("*.dsc")),
             folder], place)
    build(folder)
    (place / "built").touch()


def built(package):
    """Its folder; Skip where it was not fetched."""
    place = cache() / package
    if not (place / "built").exists():
        raise Skip(f"the source of {package} is not there; "
                   "`tools/dev real` fetches it")
    return place / "source"
