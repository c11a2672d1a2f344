"""The faults of tests/data/release/faults.toml, by who wrote the preflight."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable

from pyo3ops.core.discover import read_project
from pyo3ops.release import lock
from pyo3ops.release.journal import FILE, Journal
from pyo3ops.release.look import folder_of

from . import Case, fault, healthy

SDIST = "production_deployment_pyo3ops-0.1.0.tar.gz"
WHEEL = "production_deployment_pyo3ops-0.1.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
LOG = "## 0.1.0 - 2026-11-23"


@fault("modified-file", expects="release.git.clean")
def modified_file(case: Case) -> None:
    _touch(case, "src/lib.rs")


@fault("untracked-source", expects="release.git.clean")
def untracked_source(case: Case) -> None:
    (case.project / "src/other.rs").write_text("pub fn other() {}\n", encoding="utf-8")


@fault("side-branch", expects="release.git.branch")
def side_branch(case: Case) -> None:
    case.git("checkout", "--quiet", "-b", "try-something")


@fault("detached-head", expects="release.git.branch")
def detached_head(case: Case) -> None:
    case.git("checkout", "--quiet", "--detach")


@fault("remote-is-ahead", expects="release.git.behind")
def remote_is_ahead(case: Case) -> None:
    other = case.elsewhere()
    (other / "NEWS").write_text("of somebody else\n", encoding="utf-8")
    case.git("add", "--all", cwd=other)
    case.git("commit", "--quiet", "--message", "of somebody else", cwd=other)
    case.git("push", "--quiet", "origin", "HEAD", cwd=other)


@fault("shallow-clone", expects="release.git.shallow", status="warn")
def shallow_clone(case: Case) -> None:
    _touch(case)
    case.commit("one more")
    shutil.rmtree(str(case.project))
    case.git("clone", "--quiet", "--depth", "1", case.remote.as_uri(), str(case.project), cwd=case.scratch)
    case.git("config", "user.name", "A Developer")
    case.git("config", "user.email", "developer@example.org")


@fault("no-identity", expects="release.git.identity")
def no_identity(case: Case) -> None:
    case.git("config", "--unset", "user.name")
    case.git("config", "--unset", "user.email")


@fault("tag-on-another-commit", expects="release.git.tag")
def tag_on_another_commit(case: Case) -> None:
    case.git("tag", "--annotate", "--message", "too early", "v0.1.0")
    case.git("push", "--quiet", "origin", "v0.1.0")
    case.git("tag", "--delete", "v0.1.0")
    _another_commit(case)


@fault("no-key-to-sign", expects="release.git.signing")
def no_key_to_sign(case: Case) -> None:
    _configure(case, "[tool.pyo3ops.release]\nsign = true\n")


@fault("no-remote", expects="release.git.remote", status="warn")
def no_remote(case: Case) -> None:
    case.git("remote", "remove", "origin")


@fault("merge-in-progress", expects="release.git.operation")
def merge_in_progress(case: Case) -> None:
    case.git("checkout", "--quiet", "-b", "other")
    (case.project / "OTHER").write_text("other\n", encoding="utf-8")
    case.git("add", "--all")
    case.git("commit", "--quiet", "--message", "other")
    case.git("checkout", "--quiet", "main")
    case.git("merge", "--quiet", "--no-commit", "--no-ff", "other")


@fault("conflict-markers", expects="release.git.markers")
def conflict_markers(case: Case) -> None:
    path = case.project / "README.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> other\n{text}", encoding="utf-8")
    case.commit()


@fault("local-version", expects="release.version.valid")
def local_version(case: Case) -> None:
    _version(case, "0.1.0+local.1")


@fault("version-goes-back", expects="release.version.monotonic")
def version_goes_back(case: Case) -> None:
    case.publish("production_deployment_pyo3ops-0.3.0.tar.gz", uploaded="2026-01-01T00:00:00Z")


@fault("dunder-version-drifts", expects="release.version.drift")
def dunder_version_drifts(case: Case) -> None:
    path = case.project / "python/production_deployment/__init__.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\n__version__ = "0.0.9"\n', encoding="utf-8")
    case.commit()


@fault("lock-behind-manifest", expects="release.lock.current")
def lock_behind_manifest(case: Case) -> None:
    case.edit("Cargo.toml", 'version = "0.1.0"', 'version = "0.1.1"')
    case.commit()


@fault("no-changelog-section", expects="release.changelog.entry")
def no_changelog_section(case: Case) -> None:
    case.edit("CHANGELOG.md", LOG, "## 0.0.9 - 2026-01-23")
    case.commit()


@fault("empty-changelog-section", expects="release.changelog.entry")
def empty_changelog_section(case: Case) -> None:
    case.edit("CHANGELOG.md", LOG, f"{LOG}\n\n### Added\n\n## 0.0.9 - 2026-01-23")
    case.commit()


@fault("changelog-date-ahead", expects="release.changelog.date", status="warn")
def changelog_date_ahead(case: Case) -> None:
    later = datetime.now(timezone.utc) + timedelta(days=365)
    case.edit("CHANGELOG.md", LOG, f"## 0.1.0 - {later.date()}")
    case.commit()


@fault("private-classifier", expects="release.metadata.classifiers")
def private_classifier(case: Case) -> None:
    case.edit("pyproject.toml", '    "Typing :: Typed",', '    "Private :: Do Not Upload",')
    case.commit()


@fault("misspelt-classifier", expects="release.metadata.classifiers")
def misspelt_classifier(case: Case) -> None:
    case.edit("pyproject.toml", '"Topic :: Utilities"', '"Topic :: Utilites"')
    case.commit()


@fault("licence-twice", expects="release.metadata.license")
def licence_twice(case: Case) -> None:
    case.edit("pyproject.toml", '"Typing :: Typed",', '"Typing :: Typed", "License :: OSI Approved :: MIT License",')
    case.commit()


@fault("readme-away", expects="release.metadata.readme")
def readme_away(case: Case) -> None:
    case.edit("pyproject.toml", 'readme = "README.md"', 'readme = "READ.md"')
    case.commit()


@fault("direct-reference", expects="release.metadata.dependencies")
def direct_reference(case: Case) -> None:
    row = 'dependencies = ["helper @ https://example.org/helper-1.0.zip"]'
    case.edit("pyproject.toml", 'dynamic = ["version"]', f'dynamic = ["version"]\n{row}')
    case.commit()


@fault("requires-python-garbled", expects="release.metadata.requires-python")
def requires_python_garbled(case: Case) -> None:
    case.edit("pyproject.toml", 'requires-python = ">=3.8"', 'requires-python = ">=3.8,<"')
    case.commit()


@fault("path-dependency-outside", expects="release.crates.paths")
def path_dependency_outside(case: Case) -> None:
    _crate(case.scratch / "helper")
    _depend(case, os.path.relpath(case.scratch / "helper", case.project))


@fault("index-is-silent", expects="release.index.reachable")
def index_is_silent(case: Case) -> None:
    # Nothing listens at a port below 1024 that nobody knows.
    case.asked["index"] = "http://127.0.0.1:9/"


@fault("name-taken-by-other-bytes", expects="release.index.names")
def name_taken_by_other_bytes(case: Case) -> None:
    case.publish(WHEEL)


@fault("release-is-closed", expects="release.index.open", status="warn")
def release_is_closed(case: Case) -> None:
    then = datetime.now(timezone.utc) - timedelta(days=21)
    case.publish(SDIST, uploaded=then.strftime("%Y-%m-%dT%H:%M:%SZ"))


@fault("version-was-yanked", expects="release.index.yanked")
def version_was_yanked(case: Case) -> None:
    case.publish(SDIST, yanked="broken on Windows")


@fault("no-credentials", expects="release.credentials.present")
def no_credentials(case: Case) -> None:
    for name in ("TWINE_USERNAME", "TWINE_PASSWORD"):
        del case.env[name]
    case.env["PATH"] = _path_without(case, "keyring")


@fault("token-of-another-index", expects="release.credentials.kind", status="warn")
def token_of_another_index(case: Case) -> None:
    case.env.update(TWINE_USERNAME="__token__", TWINE_PASSWORD="pypi-no-macaroon")  # noqa: S106 - it is none


@fault("no-client", expects="release.client.present")
def no_client(case: Case) -> None:
    case.env["PATH"] = _path_without(case, "twine", "uv", "uvx")


@fault("clock-is-off", expects="release.machine.clock")
def clock_is_off(case: Case) -> None:
    case.served.ahead = 3600.0


@fault("torn-journal", expects="release.journal.sound")
def torn_journal(case: Case) -> None:
    folder = folder_of(case.project, read_project(case.project, case.env), "0.1.0")
    folder.mkdir(parents=True)
    with Journal.open(folder) as journal:
        journal.append("planned")
        journal.append("aborted", reason="of a test")
    lines = (folder / FILE).read_bytes().replace(b'"planned"', b'"Planned"')
    (folder / FILE).write_bytes(lines)


@fault("somebody-else-releases", expects="release.lock.holder")
def somebody_else_releases(case: Case) -> None:
    other = case.elsewhere()
    holder = lock.Holder("Somebody Else", "another machine", "2026-11-28T12:00:00Z", "another journal", "0" * 40)
    ref = lock.ref_of("production-deployment-pyo3ops", "0.1.0")
    assert isinstance(lock.take(other, ref, holder, "origin", case.env), lock.Held)


@fault("wheel-missing", expects="release.files.complete", stage=2)
def wheel_missing(case: Case) -> None:
    case.files.pop(0).unlink()


@fault("file-of-another-version", expects="release.files.complete", stage=2)
def file_of_another_version(case: Case) -> None:
    wheel = case.files[0]
    case.files.append(Path(shutil.copy2(str(wheel), str(wheel.with_name(wheel.name.replace("-0.1.0-", "-0.0.9-"))))))


@fault("metadata-says-otherwise", expects="release.files.metadata", stage=2)
def metadata_says_otherwise(case: Case) -> None:
    _rewritten(case.files[0], ".dist-info/METADATA", lambda data: data.replace(b"Version: 0.1.0", b"Version: 0.0.9"))


@fault("wheel-not-readable", expects="release.files.inspect", stage=2)
def wheel_not_readable(case: Case) -> None:
    data = case.files[0].read_bytes()
    case.files[0].write_bytes(data[: len(data) // 2])


@fault("file-over-limit", expects="release.files.size", stage=2)
def file_over_limit(case: Case) -> None:
    _configure(case, "[tool.pyo3ops.release]\nfile_limit = 1\n")
    with zipfile.ZipFile(case.files[0], "a") as archive:
        archive.writestr("production_deployment/large.bin", os.urandom(2**20 + 1))


@fault("project-over-limit", expects="release.files.quota", stage=2)
def project_over_limit(case: Case) -> None:
    _configure(case, "[tool.pyo3ops.release]\nproject_limit = 50\n")
    name = "production_deployment_pyo3ops-0.0.9.tar.gz"
    case.publish(name, uploaded="2026-01-01T00:00:00Z")
    case.served.sizes[name] = 50 * 2**20


@fault("same-name-other-bytes", expects="release.files.names", stage=2)
def same_name_other_bytes(case: Case) -> None:
    case.publish(case.files[0].name)


@fault("changed-after-sealing", expects="release.files.sealed", stage=2)
def changed_after_sealing(case: Case) -> None:
    def change(folder: Path) -> None:
        file = folder / "files" / SDIST
        file.chmod(0o644)
        file.write_bytes(file.read_bytes() + b"\0")

    case.after_sealing = change


@fault("import-fails", expects="release.files.imports", stage=2)
def import_fails(case: Case) -> None:
    _rewritten(
        case.files[0], "production_deployment/__init__.py", lambda data: data + b"\nimport not_to_be_found_anywhere\n"
    )


@fault("sdist-without-source", expects="release.files.sdist-builds", stage=2)
def sdist_without_source(case: Case) -> None:
    sdist = case.files[1]
    packed = sdist.with_name("packed")
    with tarfile.open(sdist) as before, tarfile.open(packed, "w:gz") as after:
        for member in before:
            if not member.name.endswith("src/lib.rs"):
                after.addfile(member, before.extractfile(member) if member.isfile() else None)
    packed.replace(sdist)


@healthy("as-it-is")
def as_it_is(case: Case) -> None:
    del case


@healthy("ignored-files")
def ignored_files(case: Case) -> None:
    (case.project / "target").mkdir()
    (case.project / "target/left.rs").write_text("// of a build\n", encoding="utf-8")
    (case.project / "python/production_deployment/_native.so").write_bytes(b"\x7fELF")


@healthy("tag-on-this-commit")
def tag_on_this_commit(case: Case) -> None:
    case.git("tag", "--annotate", "--message", "0.1.0", "v0.1.0")
    case.git("push", "--quiet", "origin", "v0.1.0")


@healthy("ahead-of-the-remote")
def ahead_of_the_remote(case: Case) -> None:
    _touch(case)
    case.commit(push=False)


@healthy("configured-branch")
def configured_branch(case: Case) -> None:
    case.git("checkout", "--quiet", "-b", "release/0.1")
    _configure(case, '[tool.pyo3ops.release]\nbranches = ["main", "release/*"]\n')


@healthy("older-releases-on-the-index")
def older_releases_on_the_index(case: Case) -> None:
    case.publish("production_deployment_pyo3ops-0.0.1.tar.gz", uploaded="2024-01-01T00:00:00Z", yanked="")
    case.publish("production_deployment_pyo3ops-0.0.2.tar.gz", uploaded="2024-02-01T00:00:00Z")


@healthy("pre-release")
def pre_release(case: Case) -> None:
    _version(case, "0.1.0-rc.1")
    case.edit("CHANGELOG.md", LOG, "## 0.1.0rc1 - 2026-11-23")
    case.commit()


@healthy("path-dependency-inside")
def path_dependency_inside(case: Case) -> None:
    _crate(case.project / "helper")
    _depend(case, "helper")


@healthy("complete-set", stage=2)
def complete_set(case: Case) -> None:
    del case


@healthy("same-bytes-on-the-index", stage=2)
def same_bytes_on_the_index(case: Case) -> None:
    case.publish(case.files[0].name, case.files[0].read_bytes())


def _touch(case: Case, name: str = "SECURITY.md") -> None:
    """Change a file in a way that means nothing."""
    path = case.project / name
    path.write_bytes(path.read_bytes() + b"\n")


def _another_commit(case: Case) -> None:
    _touch(case)
    case.commit("one more")


def _configure(case: Case, text: str) -> None:
    with (case.project / "pyproject.toml").open("a", encoding="utf-8") as stream:
        stream.write(f"\n{text}")
    case.commit("configured")


def _version(case: Case, version: str) -> None:
    """Give the crate another version, in its lock too."""
    case.edit("Cargo.toml", 'version = "0.1.0"', f'version = "{version}"')
    case.edit(
        "Cargo.lock",
        'name = "production_deployment"\nversion = "0.1.0"',
        f'name = "production_deployment"\nversion = "{version}"',
    )
    case.commit(f"version {version}")


def _crate(folder: Path) -> None:
    (folder / "src").mkdir(parents=True)
    (folder / "src/lib.rs").write_text("pub fn help() {}\n", encoding="utf-8")
    manifest = '[package]\nname = "helper"\nversion = "0.1.0"\nedition = "2021"\n'
    (folder / "Cargo.toml").write_text(manifest, encoding="utf-8")


def _depend(case: Case, path: str) -> None:
    """Let the crate depend on one in a folder, in its lock too."""
    case.edit("Cargo.toml", 'pyo3 = "0.29"', f'pyo3 = "0.29"\nhelper = {{ path = "{path}" }}')
    lock_file = (case.project / "Cargo.lock").read_text(encoding="utf-8")
    head, _, packages = lock_file.partition("[[package]]")
    blocks = [f"[[package]]{block}".rstrip() for block in packages.split("[[package]]")]
    blocks = [
        block.replace('dependencies = [\n "pyo3"', 'dependencies = [\n "helper",\n "pyo3"')
        if 'name = "production_deployment"' in block
        else block
        for block in blocks
    ]
    blocks.append('[[package]]\nname = "helper"\nversion = "0.1.0"')
    blocks.sort(key=lambda block: block.split('"')[1])
    (case.project / "Cargo.lock").write_text(head + "\n\n".join(blocks) + "\n", encoding="utf-8")
    case.commit("depends on helper")


def _rewritten(wheel: Path, ending: str, change: Callable[[bytes], bytes]) -> None:
    """Write a wheel again with one member changed; RECORD stays as it was."""
    packed = wheel.with_name("packed")
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after:
        for info in before.infolist():
            data = before.read(info)
            after.writestr(info, change(data) if info.filename.endswith(ending) else data)
    packed.replace(wheel)


def _path_without(case: Case, *programs: str) -> str:
    """A PATH of one folder that has every program of the old one but these."""
    folder = case.scratch / "programs"
    folder.mkdir()
    for place in case.env["PATH"].split(os.pathsep):
        for program in sorted(Path(place).iterdir()) if Path(place).is_dir() else ():
            target = folder / program.name
            # A link that leads nowhere (X11 in some Debians, to be found in two folders) is there all the same.
            if program.name not in programs and not os.path.lexists(target):
                target.symlink_to(program)
    return str(folder)
