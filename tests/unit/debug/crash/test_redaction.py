from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator, Mapping

import pytest

from pyo3ops import render
from pyo3ops.core import toml
from pyo3ops.debug.crash import redaction
from pyo3ops.stacks import build_ids, dump_json
from pyo3ops.stacks.model import Dump, Frame
from pyo3ops.tasks.debug import crash as task

DATA = Path(__file__).parents[3] / "data" / "debug" / "crash"


def secrets() -> Iterator[Any]:
    for corpus in ("own", "stranger", "stranger2"):
        for row in toml.load(DATA / corpus / "expected.toml").get("secret", ()):
            yield pytest.param(DATA / corpus, row, id=f"{corpus}-{row['file']}")


@pytest.mark.parametrize(("folder", "row"), list(secrets()))
def test_no_report_has_what_is_nobodys_business(folder: Path, row: Mapping[str, Any], tmp_path: Path) -> None:
    dump = tmp_path / "dump.json"
    source = tmp_path / "pasted.txt"
    source.write_bytes((folder / row["file"]).read_bytes())
    report = task.run(None, task.Request({}, source, redact=True, all_frames=True, dump=dump))
    shown = [render.render_as(report, f"report{ending}") for ending in (".json", ".md", ".html")]
    shown += [dump.read_text()] if dump.exists() else []
    for gone in row["gone"]:
        assert all(gone.lower() not in text.lower() for text in shown), gone
    for stays in row["stays"]:
        assert any(stays in text for text in (*shown, *map(_bare, shown))), stays
    assert any(fact.name == "redacted" and any(map(str.isdigit, fact.value)) for fact in report.facts)


def _bare(text: str) -> str:
    return text.replace("\\", "")


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        # Composed, so that nobody's scanner takes them for real ones.
        (f"slack {'xox'}b-123456789012-abcdefGHIJKL", "123456789012"),
        (f"glpat {'gl'}pat-abcDEF123456ghiJKL78", "abcDEF"),
        (f"key {'sk'}_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39"),
        (f"upload {'py'}pi-AgEIcHlwaS5vcmcCJGYzNmExample", "AgEI"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk", "b3Blb"),
        ('{"password": "open sesame", "user": "kim"}', "sesame"),
        ("DATABASE_PASSWORD='pa ss'", "pa ss"),
        ("db_password=hunter2", "hunter2"),
        ("mytool --password hunter2 run", "hunter2"),
        ("Cookie: sessionid=abc123def", "abc123def"),
        ("https://example.org/?X-Amz-Signature=deadbeef01", "deadbeef01"),
        ("git clone https://kim:s3cr3t@git.firm.test/repo", "s3cr3t"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef"),
        ("Q2hhbmdlTWUxMjM0NTY3ODkwQWJjRGVm", "Q2hhbmdl"),
        ("from 10.20.30.40 port 22", "10.20.30.40"),
        ("from 2001:db8::8a2e:370:7334", "8a2e"),
        ("ether 02:42:ac:11:00:02", "02:42:ac"),
        ("kim@kims-laptop:~/work$ python run.py", "kims-laptop"),
        ("cd /Users/kim/work && echo KIM", "KIM"),
        (r"File C:\Users\Kim\app\run.py", "Kim"),
        ("open /srv/customers/acme/data.csv", "acme"),
        ("curl -u alice:s3cr3tpw https://firm.test/", "s3cr3tpw"),
        ("curl --user alice:s3cr3tpw https://firm.test/", "s3cr3tpw"),
        ("['curl', '-u', 'alice:s3cr3tpw']", "s3cr3tpw"),
        ("mysql -h db -u root -phunter2secret shop", "hunter2"),
        ("sshpass -p hunter2 ssh box", "hunter2"),
        ("openssl rsa -passin pass:hunter2 -in k.pem", "hunter2"),
        ("docker build --build-arg NPM_TOKEN npm_abc123 .", "npm_abc123"),
        ("Authorization: ApiKey abcd1234efgh and more", "more"),
        ("Authorization: ApiKey abcd1234efgh", "abcd1234efgh"),
        ('{"Authorization": "ApiKey abcd1234efgh"}', "abcd1234efgh"),
        ("""Authorization: Digest username="kim", response="6629fae4""" + '"', "6629"),
        ("pw='hunter2'", "hunter2"),
        ("DB_PASS=hunter2", "hunter2"),
        ('password = """hunter2\nsecond"""', "second"),
        ("password = @@@hunter2\nit's second@@@".replace("@", chr(39)), "second"),
        ('{"passphrase": ["hunter2"]}', "hunter2"),
        ('{"passphrase": [\n  "first", "hunter2"]}', "hunter2"),
        ('{"password":"hun\\"ter2rest"}', "ter2rest"),
        (r"{\"password\":\"hun\\\"ter2rest\"}", "ter2rest"),
        (r"password = 'it\'s hunter2'", "hunter2"),
        ("password=(hunter2)", "hunter2"),
        ('password: Some("hunter2")', "hunter2"),
        ("SECRET_KEY=django$a{b}c&d;hunter2", "hunter2"),
        ("password=aa$b{c}d&e;hunter2", "hunter2"),
        ("password: hunter 2 is mine", "mine"),
        ("machine foo login bob password hunter2", "hunter2"),
        ("machine foo login bob password hunter2", "bob"),
        (f"aws_secret {'wJalrXUtnFEMI'}/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalr"),
        (f"bot {'123456789'}:AA{'Hx9' * 11}", "Hx9"),
        (f"bot {'MTIzNDU2Nzg5MDEyMzQ1Njc4'}.GabCdE.{'aB3dE9fZ_x' * 3}", "aB3dE9"),
        (f"up {'tskey'}-auth-kAbc12CNTRL-XyZ", "kAbc12"),
        (f"git {'gl'}pat-abc12", "abc12"),
        (f"ask {'sk'}-abc12", "abc12"),
        ("open \\\\fileserver01\\share\\alice\\", "alice"),
        ("open \\\\fileserver01\\share\\alice\\", "fileserver01"),
        ("open \\\\\\\\fileserver01\\\\share\\\\alice\\\\a.csv", "alice"),
        ('File "C:\\Users\\Mary Ann\\app\\run.py", line 3', "Ann"),
        ('File "C:\\Users\\Mary Ann\\app\\run.py", line 3\nmary ann said', "ann said"),
    ],
)
def test_what_looks_like_a_secret_goes(text: str, gone: str) -> None:
    found, _, counts = redaction.redacted(text, {})
    assert gone not in found
    assert counts


@pytest.mark.parametrize(
    "text",
    [
        'File "/usr/lib/python3.11/threading.py", line 1002, in _bootstrap',
        "  12:     0x7f2e6b200baa - std[e28293b1aa0f68bd]::panicking::panic_handler::{closure#0}",
        "at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/panicking.rs:689:5",
        "thread 'main' (4711) panicked at src/lib.rs:12:5:",
        "pyo3_runtime.PanicException: index out of bounds: the len is 0 but the index is 3",
        "_RNvNtNtNtNtCsjrHSEGnQ3l9_3std3sys3pal4unix5futex10futex_wait",
        "2026-11-28 21:00:00,123 ERROR worker failed",
        "self.token = Token(value)",
        "core::option::unwrap_failed",
        "127.0.0.1 and ::1 and 0.29.3",
        "see https://docs.rs/pyo3 and https://github.com/PyO3/pyo3/issues/1",
        'File "tokens/parse.py", line 3, in password_hash',
        "    return password_hash(value, salt)",
        'File "token.py", line 12, in <module>',
        "    def __init__(self, password: str, token: Token) -> None:",
        "fn check(password: &str, token: Option<u8>) -> bool {",
        "  4: my_crate::token::parse",
        "             at src/password.rs:12:5",
        "tests/test_token.py::test_password PASSED",
        "KeyError: 'password'",
        "ValueError: the secret has 3 parts",
        "    pass",
        "3 passed, 1 failed in 0.12s",
        "#1  0x00007f2e6b200baa in PyEval_EvalFrameDefault () from libpython3.11.so",
        "the token <secret1> of <user1> in <folder1>/run.py",
        "pip install scikit-learn task-runner-2",
        "cargo build -p my_crate --user",
        "mysql.connector.errors.ProgrammingError: 1064",
        r'    re.compile(r"\\d{1,3}\\w")',
        "Exception: machine learning is slow",
        "    self.cookie_jar = CookieJar()",
        "error: default login shell is missing",
        "warning: unused variable: `token`",
    ],
)
def test_what_a_crash_is_told_by_stays(text: str) -> None:
    assert redaction.redacted(text, {})[0] == text


def test_the_same_thing_has_the_same_word() -> None:
    text = (
        'File "/home/kim/one/a.py"\nFile "/home/kim/one/b.py"\nFile "/home/kim/two/a.py"\nkim@firm.test KIM@FIRM.test'
    )
    found, again, _ = redaction.redacted(text, {})
    first, second, third, mails = found.splitlines()
    assert first.replace("a.py", "") == second.replace("b.py", "")
    assert third != first
    assert len(set(mails.split())) == 1
    assert again("kim was here") == "<user1> was here"


def test_names_of_this_machine_go_as_well() -> None:
    assert "zelda" not in redaction.redacted("by zelda on tower9", {"USER": "zelda", "HOSTNAME": "tower9"})[0]
    assert "tower9" not in redaction.redacted("by zelda on tower9", {"USER": "zelda", "HOSTNAME": "tower9"})[0]


def test_the_projects_own_files_are_told_from_its_root() -> None:
    root = Path("/home/kim/ledger")
    assert redaction.redacted('File "/home/kim/ledger/app/run.py", line 3', {}, root)[0] == 'File "app/run.py", line 3'


def test_a_crash_keeps_its_name() -> None:
    source = DATA / "own" / "secrets.txt"
    names = [
        next(
            fact.value.split()[0]
            for fact in task.run(None, task.Request({}, source, redact=redact)).facts
            if fact.name == "signature"
        )
        for redact in (False, True)
    ]
    assert names[0] == names[1]


def test_a_dump_of_what_was_redacted_can_be_read(tmp_path: Path) -> None:
    dump = tmp_path / "dump.json"
    task.run(None, task.Request({}, DATA / "own" / "secrets.txt", redact=True, dump=dump))
    assert dump_json.from_text(dump.read_text()).stacks


def test_what_is_read_after_the_text_was_redacted_is_redacted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "kims-project"
    (project / "src").mkdir(parents=True)
    source = "def f():\n    password = 'sesame'\n    return 1 // 0\n"
    (project / "src" / "run.py").write_text(source)
    log = project / "crash.log"
    log.write_text(
        f'Traceback (most recent call last):\n  File "{project}/src/run.py", line 3, in f\n'
        "ZeroDivisionError: integer division or modulo by zero\n"
    )

    def symbols(dump: Dump, _: object) -> Dump:
        more = Frame("leaf", file="/home/zelda/secret-firm/lib.c", line=3, build_id="ab" * 20)
        stacks = tuple(replace(each, frames=(more, *each.frames)) for each in dump.stacks)
        return replace(dump, stacks=stacks, gaps=("no symbols in /home/zelda/secret-firm/symbols",))

    monkeypatch.setattr(build_ids, "named", symbols)
    dump = project / "dump.json"
    request = task.Request({}, log, redact=True, all_frames=True, dump=dump, symbols=(tmp_path,))
    report = task.run(project, request)
    text = repr(report) + dump.read_text()
    assert [word for word in ("sesame", "zelda", "secret-firm", "kims-project") if word in text] == []
    assert "src/run.py" in text
    assert "ab" * 20 in text
    assert "sesame" in repr(task.run(project, replace(request, redact=False)))


@pytest.mark.parametrize(
    "part",
    [
        "token='''",
        'token="',
        "token=[",
        "password: a",
        "x.token=f(",
        "mysql a ",
        "--user a:b ",
        "C:/a b c ",
        'token=\\\\"',
        "\\\\ab\\c d ",
        "authorization: ",
        "'authorization: ",
        "login a\n",
        "token ab1",
        "--set token ",
        "sk-",
        "MTIz",
        "PASSWORD=a",
        "-----BEGIN PRIVATE KEY-----\n",
        "aB3/" * 16 + "\n",
        " token: |\n  x\n",
        "password is a ",
        "password 'a",
        "://a:b",
        "/Users/A B ",
        "'/home/a b/",
        "<password>a",
        'A_KEY="',
        "authorization: basic\n",
        "cookie: a;\n ",
        "eyJaaaaaaaa.",
        "docker x -p",
        "postgres://a:b",
        "://a:@",
        "://aaaaaaaa",
        "sk-live-aaaaaaaaaa",
        "token=['a', \"",
        "token=get('",
        'token=\\\\\\"a',
        "password: |\n",
        "-----END PRIVATE KEY-----\n\n\n",
        "Private-Lines: 1\nabcd\n",
        "Cookie: a;\n\t",
        "aB3+",
        "a.b.com ",
    ],
)
def test_no_shape_of_a_secret_takes_more_than_linear_time(part: str) -> None:
    started = time.process_time()
    redaction.redacted(part * (20_000 // len(part)), {})
    assert time.process_time() - started < 2.0
