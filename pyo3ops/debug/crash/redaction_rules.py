"""Shapes of what says whose a text is: known tokens, secrets by their names, people, machines, paths.

Every repetition has a bound, and a group `it` is what goes where not all of the match does.
"""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import re

_WORD = r"[A-Za-z0-9_\-.~+/=]"

#: Tokens by the shapes that their issuers give them.
KNOWN_TOKENS = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)"
        ),
        "key",
    ),
    (re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{8,255}|github_pat_[A-Za-z0-9_]{8,255})"), "token"),
    (re.compile(r"\bgl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|imt)-[A-Za-z0-9_\-.]{4,255}"), "token"),
    # Telegram's bots, Discord's, Tailscale's keys.
    (re.compile(r"(?<!\d)\d{6,12}:AA[A-Za-z0-9_\-]{28,50}"), "token"),
    (re.compile(r"\b[A-Z][A-Za-z0-9_\-]{22,27}\.[A-Za-z0-9_\-]{6,7}\.[A-Za-z0-9_\-]{27,45}(?![\w.])"), "token"),
    (re.compile(r"\btskey-[a-z]{2,12}-[A-Za-z0-9\-]{4,200}"), "token"),
    (re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,255}|\bxapp-[A-Za-z0-9-]{10,255}"), "token"),
    (re.compile(r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ABIA|ACCA)[A-Z0-9]{12,20}\b"), "token"),
    (re.compile(r"\bAIza[A-Za-z0-9_\-]{30,45}|\bya29\.[A-Za-z0-9_\-]{20,400}"), "token"),
    (
        re.compile(
            r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|svcacct)[-_][A-Za-z0-9_\-]{10,300}|\bsk-(?:[A-Za-z0-9_\-]{20,300}|(?=[A-Za-z_\-]{0,20}\d)[A-Za-z0-9_\-]{4,19})"
        ),
        "token",
    ),
    (
        re.compile(
            r"\bpypi-[A-Za-z0-9_\-]{16,400}|\bnpm_[A-Za-z0-9]{20,100}|\bnpm_(?=[A-Za-z]{0,20}\d)[A-Za-z0-9]{6,19}\b|\bcio[A-Za-z0-9]{32,64}\b|\bhf_[A-Za-z0-9]{20,100}"
        ),
        "token",
    ),
    (re.compile(r"\bdckr_pat_[A-Za-z0-9_\-]{16,100}|\bhvs\.[A-Za-z0-9_\-]{20,300}|\bdop_v1_[a-f0-9]{40,80}"), "token"),
    (
        re.compile(r"\bSG\.[A-Za-z0-9_\-]{16,40}\.[A-Za-z0-9_\-]{30,80}|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{24,64}"),
        "token",
    ),
    (re.compile(r"\beyJ[A-Za-z0-9_\-]{8,4000}(?:\.[A-Za-z0-9_\-]{0,4000}){1,4}"), "token"),
    (re.compile(r"\bAge-secret-key-1[A-Za-z0-9]{30,80}|\bAGE-SECRET-KEY-1[A-Z0-9]{30,80}"), "key"),
    (re.compile(r"https://hooks\.[a-z]{1,30}\.[a-z]{1,10}/(?P<it>[A-Za-z0-9_/\-]{10,300})"), "token"),
    (re.compile(r"\b(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w{1,30}) (?P<it>[A-Za-z0-9+/=]{40,2000})"), "key"),
)

#: Names of what is secret, in small letters; what is in front of them does not matter.
SECRET_NAMES = re.compile(
    r"(?:passw(?:or)?[dt]|passphrase|pwd|secret|token|api[_\-]?key|access[_\-]?key|private[_\-]?key|auth(?:orization)?|credentials?|cookie"
    r"|session[_\-]?(?:id|key)|signature|account[_\-]?key|client[_\-]?key|encryption[_\-]?key|signing[_\-]?key|license[_\-]?key"
    r"|connection[_\-]?string|dsn|jwt|bearer|otp|pin[_\-]?code|(?<![a-z0-9])(?:pw|pass|creds)(?=['\"\\]{0,4}\s{0,4}[:=]))[a-z0-9_\-]{0,30}"
)
_IS = r"['\"\\]{0,3}\s{0,4}(?:=>|[:=](?!:))\s{0,4}"
_QUOTED = r"\"(?:[^\"\\\n]|\\[^\n]){0,1000}\"|'(?:[^'\\\n]|\\[^\n]){0,1000}'"
#: What stands behind such a name: in quotes of any kind, in brackets, up to a space. None needs an end: a value that is
#: cut off is one, and nothing is looked at twice.
SECRET_VALUES = (
    re.compile(_IS + r"[bBrRuUfF]{0,2}(?P<q>\"\"\"|''')(?P<it>(?:(?!(?P=q))[\s\S]){1,4000})"),
    re.compile(_IS + r"[bru]{0,2}(?P<e>\\{1,4})(?P<q>[\"'])(?P<it>(?:(?!(?<!\\)(?P=e)(?P=q))[^\n]){1,4000})"),
    re.compile(_IS + r"[bBrRuUfF]{0,2}\"(?P<it>(?:[^\"\\\n]|\\[^\n]){1,4000})"),
    re.compile(_IS + r"[bBrRuUfF]{0,2}'(?P<it>(?:[^'\\\n]|\\[^\n]){1,4000})"),
    # A list, or a call around a text: `Some("...")`.
    re.compile(
        _IS
        + r"(?:[\[({]\s{0,40}|[A-Za-z_][\w.:]{0,80}[\[({]\s{0,40}(?=[bru]?[\"']))(?P<it>(?:"
        + _QUOTED
        + r"|[^\n\])}\"']){1,400})"
    ),
    re.compile(
        r"['\"]{0,2} {0,4}(?:=>|=|:) {0,4}(?!(?:Bearer|Basic|Digest|Token)\b|(?:Optional|Option|Vec|Box|Rc|Arc|Secret\w{0,20})[<\[])"
        r"(?P<it>[^\s'\"<>,;&)}\]{(:](?:[^\s'\"<>,)\]]|[,)\]](?=[^\s'\"<>,)\]])){2,4000})"
    ),
)
#: Words may have spaces: up to the line's end, unless it is a type that stands there.
SECRET_WORDS = re.compile(
    r"[\"']?: {1,4}(?!&|(?:str|bytes|int|bool|None|Any|String|Option|Optional|Vec|Box|Secret\w{0,20})\b|[A-Z]\w{0,60}[\[<(])"
    r"(?P<it>[^\s'\"<>\[({][^\n]{1,4000})"
)
SPOKEN = ("password", "passwd", "passwort", "passphrase", "pwd", "pw", "pass", "secret")
#: A variable of the environment has all up to a space.
SECRET_VARIABLE = re.compile(r"=(?P<it>[^\s'\"<>][^\s'\"]{1,4000})")
#: Behind a space only what no word looks like: `aws_secret wJalr...`.
SECRET_BARE = re.compile(
    r" {1,4}(?!0x)(?P<it>(?=[A-Za-z/+_=\-]{0,200}\d)(?=[0-9/+_=\-]{0,200}[A-Za-z])[A-Za-z0-9/+_=\-]{16,400})(?![\w.:(])"
)
#: Only where the name is that of an option: `--password hunter2`, `--build-arg NPM_TOKEN ...`.
SECRET_OPTION = re.compile(r" {1,4}(?P<it>[^\s'\"<>\-][^\s'\"<>]{2,4000})")
OPTION = re.compile(
    r"(?:^|[\s'\"])(?:--?[A-Za-z0-9\-]{0,30}|(?:--build-arg|--env|-e|--secret|--set|export|setx?) {1,3}[A-Za-z0-9_.\-]{0,40})$"
)
_TO_QUOTE = r"(?P<it>(?:(?!(?P=q))[^\n]){1,4000})"
_HEADER = r"(?i:\b(?:proxy-)?authorization|\b(?:set-)?cookie|\bx-[a-z\-]{0,20}(?:key|token))"
#: Who somebody is, in an address, a header, a query or a command.
SECRETS = (
    # A header has its value up to the end of what it stands in: the quote, or the line.
    re.compile(rf"(?P<q>[\"']){_HEADER} {{0,2}}: {{0,4}}{_TO_QUOTE}"),
    re.compile(rf"{_HEADER}\\?[\"']? {{0,2}}[:=] {{0,4}}b?(?P<q>\\?[\"']){_TO_QUOTE}"),
    re.compile(rf"{_HEADER}: {{0,4}}(?P<it>[^\s'\"][^\n]{{1,4000}})"),
    # curl, mysql, sshpass, openssl; a .netrc.
    re.compile(
        r"(?<![^\s'\"\[(,])(?:-u|-U|--user|--proxy-user)(?:[ =]|['\"], ){0,3}['\"]?(?P<it>[^\s:'\"/]{1,100}:[^\s'\"]{1,300})"
    ),
    re.compile(r"\b(?:mysql\w{0,20}|mariadb[\w\-]{0,20})(?: {1,4}(?!-p)[^\s]{1,100}){0,12} {1,4}-p(?P<it>\S{1,300})"),
    re.compile(r"\bsshpass {1,4}(?:-[ve] {1,4}){0,2}-p ?['\"]?(?P<it>[^\s'\"]{1,300})"),
    re.compile(r"-pass(?:in|out)?(?:[ =]|['\"], ){1,3}['\"]?(?:pass:)?(?P<it>[^\s'\"]{1,300})"),
    re.compile(
        r"\b(?:machine\s{1,4}\S{1,200}|default)\s{1,8}login\s{1,8}(?P<it>\S{1,200})(?=\s{1,8}(?:account|password)\b)"
    ),
    re.compile(r"\blogin\s{1,8}\S{1,200}\s{1,8}(?:account\s{1,8}\S{1,200}\s{1,8})?password\s{1,8}(?P<it>\S{1,300})"),
    re.compile(r"\bmachine\s{1,4}\S{1,200}\s{1,8}password\s{1,8}(?P<it>\S{1,300})"),
    re.compile(r"(?<=://)(?P<it>[^\s/:@'\"<>]{0,200}:[^\s@'\"<>]{1,300})(?=@)"),
    re.compile(r"(?<=://)(?P<it>[^\s/:@'\"<>]{8,300})(?=@)"),
    re.compile(r"\b(?:[Bb]earer|BEARER|[Bb]asic|[Dd]igest|[Nn]egotiate|[Tt]oken) {1,4}(?P<it>" + _WORD + r"{8,4000})"),
    re.compile(
        r"[?&](?:key|sig|code|state|sas|se|sp|sv|[Xx]-[Aa]mz-[A-Za-z\-]{1,40}|[Xx]-[Gg]oog-[A-Za-z\-]{1,40})=(?P<it>[^\s&'\"<>]{3,4000})"
    ),
    re.compile(
        r"(?:[Ii]dentified by |IDENTIFIED BY |\b[Uu][Ii][Dd]=|\b[Uu]ser ?[Ii][Dd] ?[:=] ?)'?(?P<it>[^\s'\";,<>]{2,200})"
    ),
)

MAIL = re.compile(r"\b(?P<user>[A-Za-z0-9_.%+\-]{1,64})@(?:[A-Za-z0-9\-]{1,63}\.){1,6}[A-Za-z]{2,24}\b")

#: Home folders of Linux, macOS and Windows.
HOMES = (
    re.compile(r"/(?:home|Users|export/home|data/home|var/home|mnt/home)/(?P<user>[\w.@\-]{1,64})"),
    re.compile(
        r"(?i:\b[A-Z]:(?:\\{1,4}|/)(?:Users|Documents and Settings)(?:\\{1,4}|/))(?P<user>[\w.@\-]{1,64}(?:(?: [\w.@\-]{1,40}){1,4}(?=[\\/]))?)"
    ),
    re.compile(r"/mnt/[a-z]/Users/(?P<user>[\w.\-]{1,64})"),
)
_STAMP = r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))"
#: Other places in which people and machines are named.
LOGINS = (
    (
        re.compile(
            rf"^(?:> {{0,3}}|<\d{{1,3}}>1? ?)?{_STAMP} (?P<name>[A-Za-z][\w.\-]{{1,80}}) [\w./@\-]{{1,80}}(?:\[\d{{1,9}}\])?: ?",
            re.MULTILINE,
        ),
        "host",
    ),
    (
        re.compile(
            r"^(?:\([\w.\-]{1,40}\) )?(?P<name>[A-Za-z_][\w.\-]{0,40})@[\w.\-]{1,80}[: ][^\n]{0,200}[$#%] ",
            re.MULTILINE,
        ),
        "user",
    ),
    (
        re.compile(
            r"^(?:\([\w.\-]{1,40}\) )?\[?[A-Za-z_][\w.\-]{0,40}@(?P<name>[A-Za-z][\w.\-]{1,80})[: ][^\n]{0,200}[$#%] ",
            re.MULTILINE,
        ),
        "host",
    ),
    (re.compile(r"://(?P<name>[A-Za-z0-9_.\-]{1,64}):[^\s@/]{1,300}@"), "user"),
    (
        re.compile(
            r"(?i:\b(?:user(?:name)?|login|logname|owner|author|uid)['\"]?\s?[=:]\s?['\"]?)(?P<name>[A-Za-z][\w.\-]{2,60})"
        ),
        "user",
    ),
    (
        re.compile(
            r"(?i:\b(?:host(?:name)?|node(?:name)?|server|machine|runner[ _]name|computer(?:name)?)['\"]?\s?[=:]\s?['\"]?)(?P<name>[A-Za-z][\w.\-]{2,80})"
        ),
        "host",
    ),
)

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
#: Hosts that everybody knows.
_PUBLIC = r"(?:docs|www|bugs|peps|doc|static)?\.?(?:python|rust-lang|pyo3|kernel|gnu)\.(?:org|rs)|(?:www\.)?github\.com|docs\.rs|pyo3\.rs|readthedocs\.io"
ADDRESSES = (
    (
        re.compile(
            rf"(?<![\d.v])(?!127\.0\.0\.1\b|0\.0\.0\.0\b|255\.255\.255\.255\b){_OCTET}(?:\.{_OCTET}){{3}}(?![\d.]*\d)"
        ),
        "ip",
    ),
    # IPv6 whole, and with a gap; times of day have one colon, and Rust's paths no digits.
    (re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}(?:%\w{1,16})?(?![\w:])"), "ip"),
    (
        re.compile(
            r"(?<![\w:.])(?=[a-fA-F:]{0,40}\d)(?!::1(?![\w:]))(?:[0-9a-fA-F]{1,4}:){0,6}(?:[0-9a-fA-F]{1,4}|(?=:)):(?::[0-9a-fA-F]{1,4}){1,7}(?:%\w{1,16})?(?![\w:])"
        ),
        "ip",
    ),
    (re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{2}[:\-]){5}[0-9a-fA-F]{2}(?![\w:])"), "mac"),
    (
        re.compile(rf"(?<=://)(?!(?:{_PUBLIC})(?:[/:\s]|$))(?!localhost\b)(?P<it>[A-Za-z0-9][A-Za-z0-9.\-]{{2,200}})"),
        "host",
    ),
    (re.compile(r"(?<=@)(?P<it>[A-Za-z0-9][A-Za-z0-9\-]{1,60}(?:\.[A-Za-z0-9\-]{1,60}){0,6})(?=[:/\s])"), "host"),
    (
        re.compile(
            rf"(?<![\w./@\-])(?!{_PUBLIC})(?P<it>(?:[A-Za-z0-9][A-Za-z0-9\-]{{0,60}}\.){{1,6}}(?:internal|local|lan|corp|intra|intranet|home|localdomain|example|test|com|org|net|de|fr|uk|eu|cloud))(?![\w.]*[(\w])"
        ),
        "host",
    ),
    (re.compile(r"\bip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}\b"), "host"),
)

#: Absolute paths with a folder; of an address the part behind the host is none.
PATH = re.compile(r"(?<![\w.:~/>\-])(?:/[\w.+@~,%\-]{1,120}){2,40}(?:/(?=[\s'\":,)]|$))?")
_PART = r"[\w.+@~,%$()\-]{1,120}(?:(?: [\w.+@~,%$()\-]{1,60}){1,8}(?=[\\/]))?"
WINDOWS_PATH = re.compile(
    rf"(?:(?<!\w)[A-Za-z]:|(?<![\w\\:])\\\\(?:\\\\)?[\w.\-]{{2,80}}(?=\\))(?:(?:\\{{1,4}}|/){_PART}){{1,40}}(?:\\{{1,4}}(?=[\s'\":,)]|$))?"
)
#: Where every system has the same.
SYSTEM = re.compile(
    r"/(?:usr|lib|lib64|bin|sbin|etc|proc|sys|dev|rustc|run|System|Library/Frameworks|Library/Developer|opt/hostedtoolcache|opt/homebrew"
    r"|opt/python|opt/conda|opt/_internal|nix/store|snap|tmp/pip-[\w\-]{1,60}|__w/_temp|checkouts)(?:/|$)|[A-Za-z]:\\{1,4}(?:Windows|Program Files)"
)
#: From where on a path tells about programs.
TAILS = tuple(
    re.compile(rf"(?:^|[/\\]{{1,4}})(?P<tail>{tail})")
    for tail in (
        r"(?:site|dist)-packages[/\\].{1,400}",
        r"registry[/\\]src[/\\].{1,400}",
        r"git[/\\]checkouts[/\\].{1,400}",
        r"rustlib[/\\]src[/\\].{1,400}",
        r"lib(?:64)?[/\\]python\d(?:\.\d{1,2})?t?[/\\].{1,400}",
        r"library[/\\](?:std|core|alloc)[/\\].{1,400}",
        r"(?:src|tests?|benches|examples|python)[/\\](?:[\w.\-]{1,80}[/\\]){0,6}[\w.\-]{1,80}\.(?:rs|py|pyi|pyx|c|h|cpp|hpp)\b.{0,20}",
        r"bin[/\\](?:python|pytest|pip|cargo|maturin|gdb|uv)[\w.\-]{0,40}",
    )
)
#: Long numbers in hexadecimal that are not a compiler's, a build's or an address.
HEX = re.compile(
    r"(?<![\w/:\-\[])(?<!rustc/)(?<!h)(?<!0x)(?<!BuildID\[sha1\]=)(?=[0-9a-fA-F]{0,63}\d)(?=[0-9a-fA-F]{0,63}[a-fA-F])[0-9a-fA-F]{32,128}(?![\w/\-\]])"
)
#: Letters of both cases and digits without a word in them; no mangled name.
MIXED = re.compile(
    r"(?<![\w/.:\-$])(?!_R|_ZN|__R|h[0-9a-f]{16})(?=[\w+\-]{0,200}[a-z])(?=[\w+\-]{0,200}[A-Z])(?=(?:[A-Za-z_+\-]{0,60}\d){3})[A-Za-z0-9+\-_]{28,300}={0,2}(?![\w/.:(<\-])"
)

#: Names that say nothing of anybody.
NO_NAMES = frozenset(
    {
        "root",
        "user",
        "users",
        "runner",
        "runneradmin",
        "build",
        "builder",
        "app",
        "admin",
        "administrator",
        "ubuntu",
        "debian",
    }
    | {
        "vagrant",
        "docker",
        "node",
        "python",
        "python3",
        "test",
        "tests",
        "home",
        "public",
        "shared",
        "default",
        "none",
        "null",
    }
    | {
        "true",
        "false",
        "localhost",
        "local",
        "worker",
        "main",
        "master",
        "server",
        "client",
        "host",
        "circleci",
        "travis",
        "gitlab",
    }
    | {
        "gitlab-runner",
        "vsts",
        "jenkins",
        "github",
        "actions",
        "codespace",
        "vscode",
        "ec2-user",
        "www-data",
        "nobody",
        "daemon",
    }
    | {
        "system",
        "service",
        "guest",
        "git",
        "dev",
        "nonroot",
        "appuser",
        "jovyan",
        "kernel",
        "systemd",
        "sshd",
        "cron",
        "and",
        "for",
    }
    | {"the", "not", "with", "error", "warning", "info", "debug", "thread", "module"}
)
