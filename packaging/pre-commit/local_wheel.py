"""Installs decryptable for pre-commit from a wheel on this machine, and from nowhere else.

`pip install .` at the root of the repository calls this build backend (PEP 517). What it "builds" is a copy of
`decryptable-VERSION-….whl` out of a directory that PIP_FIND_LINKS names. A requirement by name, `decryptable==VERSION`,
would be looked up in the package index too, and while decryptable is not published there, anybody can register the name.

Python 3.8 or newer, standard library only.
"""

import os
import platform
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

ROOT = Path(__file__).resolve().parents[2]

HELP = """\
The hooks `decryptable` and `decryptable-lint` install a wheel from this machine. Build it in packaging/python with \
`maturin build --release`, set PIP_FIND_LINKS to the directory that holds it, and run pre-commit again. \
`decryptable-src` builds from source, and `decryptable-system` runs the program that is installed."""


def version():
    """The version in Cargo.toml: maturin takes it from there for the wheel."""
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    return re.search(r'^version = "(.+)"$', manifest, re.MULTILINE).group(1)


def directories():
    """The local directories of PIP_FIND_LINKS, which separates its entries with blanks. Other URLs are not followed."""
    for entry in os.environ.get("PIP_FIND_LINKS", "").split():
        if entry.startswith("file:"):
            entry = url2pathname(urlsplit(entry).path)
        directory = Path(entry).expanduser()
        if directory.is_dir():
            yield directory


def families():
    """How the platform tags of this operating system begin: PEP 425, 600 and 656."""
    system = platform.system()
    if system == "Linux":
        return "manylinux|linux" if platform.libc_ver()[0] == "glibc" else "musllinux|linux"
    return {"Darwin": "macosx", "Windows": "win"}.get(system, system.lower())


def fits(tag):
    """Whether a program with this platform tag is for the operating system and the processor of this machine."""
    machine = platform.machine().lower()
    machines = machine + "|universal2" if platform.system() == "Darwin" else machine
    return re.fullmatch(rf"(?:{families()})(?:\d+|_\d+_\d+)?_(?:{machines})", tag) is not None


def wheel():
    """The one wheel of this version for this machine."""
    name = f"decryptable-{version()}-py3-none-"
    found = {}
    for directory in directories():
        for path in sorted(directory.glob(f"{name}*.whl")):
            if any(fits(tag) for tag in path.name[len(name) : -len(".whl")].split(".")):
                # The same name means the same wheel; the directory that is named first wins.
                found.setdefault(path.name, path)
    here = f"{platform.system()} on {platform.machine()}"
    if not found:
        raise SystemExit(f"error: no {name}*.whl for {here} in PIP_FIND_LINKS\n\n{HELP}")
    if len(found) > 1:
        names = ", ".join(sorted(found))
        raise SystemExit(f"error: more than one wheel for {here} in PIP_FIND_LINKS: {names}\n\n{HELP}")
    return next(iter(found.values()))


def get_requires_for_build_wheel(config_settings=None):
    """Nothing is required; called first, it is where a missing wheel is reported."""
    wheel()
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    path = wheel()
    shutil.copy(path, wheel_directory)
    return path.name


def build_sdist(sdist_directory, config_settings=None):
    raise SystemExit("error: there is no source distribution: clone the repository")
