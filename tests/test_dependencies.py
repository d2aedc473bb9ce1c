"""What the project depends on, and where each package does its job.

The owner of the project named eight packages. Those of a channel arrive with the channel:
aiosmtplib and aioimaplib with channels/email, twilio with channels/phone. Until that folder exists
they must not be declared; from then on they must be declared and imported where OWNERS_CHOICE says.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests import tree

OWNERS_CHOICE = {
    "aiohttp": ("channels/http.py", "admin_web"),
    "aioimaplib": ("channels/email",),
    "aiosmtplib": ("channels/email",),
    "pytest-asyncio": ("pyproject.toml",),
    "redis": ("conversations/live.py",),
    "sqlalchemy": ("crm_core/database.py", "conversations"),
    "twilio": ("channels/phone",),
    "wechatpy": ("channels/wechat",),
}
"""Package → the files or folders that use it; every one of them must."""

ARRIVES_WITH = {
    "aioimaplib": "channels/email",
    "aiosmtplib": "channels/email",
    "twilio": "channels/phone",
}

USED_WITHOUT_IMPORT = {
    "asyncpg": "SQLAlchemy loads it for postgresql+asyncpg",
    "tzdata": "zoneinfo reads it where the system has no time zones",
}

FLOORS = {
    "aiohttp": "3.14.0",  # CVE-2025-69223, CVE-2026-34525, CVE-2026-50269
    "aiosmtpd": "1.4.5",  # CVE-2024-27305, smuggling
    "aiosmtplib": "5.1.3",  # GHSA-v3q9-hj7j-63hq, CRLF in MAIL and RCPT
}
"""Oldest version without a known hole, for whichever of these is locked."""


def project() -> dict:
    return tomllib.loads(tree.text(Path("pyproject.toml")))["project"]


def declared(extra: str | None = None) -> dict[str, Requirement]:
    """Canonical name → requirement, of the program itself or of one extra."""
    lines = project()["optional-dependencies"][extra] if extra else project()["dependencies"]
    return {canonicalize_name((one := Requirement(line)).name): one for line in lines}


def locked() -> dict[str, Version]:
    pins = re.findall(r"^([\w.\-]+)==([^\s;\\]+)", tree.text(Path("constraints.txt")), re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in pins}


def imported() -> dict[str, set[str]]:
    """Distribution → the product's files that import it."""
    providers = metadata.packages_distributions()
    found: dict[str, set[str]] = {}
    for path in tree.within(*tree.PACKAGES, suffix=".py"):
        for name in tree.imports(path):
            top = name.split(".")[0]
            if top in tree.PACKAGES or top in sys.stdlib_module_names:
                continue
            for distribution in providers.get(top, [top]):
                found.setdefault(canonicalize_name(distribution), set()).add(str(path))
    return found


def due(package: str) -> bool:
    folder = ARRIVES_WITH.get(package)
    return folder is None or (tree.ROOT / folder).is_dir()


@pytest.mark.parametrize("package", OWNERS_CHOICE)
def test_each_package_the_owner_named_does_its_real_job(package):
    everything = {**declared(), **declared("dev")}
    if not due(package):
        assert package not in everything, f"{package} arrives with {ARRIVES_WITH[package]}"
        return
    assert package in everything
    if package == "pytest-asyncio":
        assert 'asyncio_mode = "auto"' in tree.text(Path("pyproject.toml"))
        return
    users = imported().get(package, set())
    missing = [
        place
        for place in OWNERS_CHOICE[package]
        if not any(user == place or user.startswith(f"{place}/") for user in users)
    ]
    assert not missing, f"{package} is not used in {', '.join(missing)}"


def test_a_package_is_declared_exactly_when_the_program_imports_it():
    needed = set(imported())
    unused = set(declared()) - needed - set(USED_WITHOUT_IMPORT)
    assert not unused, f"declared and never imported: {', '.join(sorted(unused))}"
    missing = needed - set(declared())
    where = {name: min(imported()[name]) for name in missing}
    assert not missing, f"imported and not declared: {where}"


def test_every_declared_package_is_locked_in_a_version_that_is_allowed():
    pins = locked()
    for group in (None, *project()["optional-dependencies"]):
        for name, requirement in declared(group).items():
            assert requirement.specifier.contains(pins[name], prereleases=True), name


def test_what_is_installed_is_what_is_locked():
    pins = locked()
    wrong = {
        name: f"{metadata.version(name)} instead of {pins[name]}"
        for name in {**declared(), **declared("dev")}
        if Version(metadata.version(name)) != pins[name]
    }
    assert not wrong, f"run `make setup`: {wrong}"


@pytest.mark.parametrize("package", FLOORS)
def test_no_locked_version_has_a_known_hole(package):
    version = locked().get(package)
    assert version is None or version >= Version(FLOORS[package])
