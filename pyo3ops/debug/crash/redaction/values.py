"""What stands behind the name of a secret: `password = ...`, `"token": "..."`, `--api-key ...`, "the password is ..."."""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator

from pyo3ops.debug.crash.redaction import ends, random_words
from pyo3ops.debug.crash.redaction.shapes import FRONT, around, merged, words

if TYPE_CHECKING:
    from re import Match

#: Names of what is secret, in small letters; what is in front of them does not matter.
NAMES = re.compile(
    r"(?:passw(?:or)?[dt]|passphrase|pwd|secret(?: (?:access )?key)?|token|api[_\- ]?key|access[_\- ]?key|private[_\- ]?key|auth(?:orization)?|credentials?|cookie"
    r"|session[_\-]?(?:id|key)|signature|account[_\-]?key|client[_\-]?key|encryption[_\-]?key|signing[_\-]?key|license[_\-]?key"
    r"|connection[_\-]?string|dsn|jwt|bearer|otp|(?<![a-z0-9])pin(?:[_\- ]?code)?(?![a-z])|(?<![a-z0-9])(?:pw|pass|creds)(?=['\"\\]{0,4}\s{0,4}[:=]))[a-z0-9_\-]{0,30}"
)
#: How they begin, in a pattern that is soon looked for.
_BEGIN = re.compile(
    r"pa?ss?w|pass(?:phrase|[=: '\"\\])|p(?:wd?|in(?:code)?)[_\-=: '\"\\]|secret|token|a(?:pi[_\- ]?key|uth|ccess[_\- ]?key|ccount[_\- ]?key)|private[_\- ]?key|cred|cookie"
    r"|s(?:ess|ign)|client[_\- ]?key|encr|license|conn|dsn|jwt|bearer|otp"
)
#: Names that only begin like one: they are of kinds, numbers and errors.
_OTHERS = re.compile(
    r"(?:error|exception|warning|izer|i[zs]ation|count|len|length|limit|size|types?|kind|manager|stream|ized?|izing|authors?)\Z"
)
_IS = r"['\"\\]{0,3}\s{0,4}(?:=>|[:=](?!:))\s{0,60}"
_QUOTED = (
    r"\"(?:(?:[^\"\\\n]|\\[^\n]){0,1000}\"|(?:[^\"\\\n]|\\[^\n]){1001})"
    r"|'(?:(?:[^'\\\n]|\\[^\n]){0,1000}'|(?:[^'\\\n]|\\[^\n]){1001})"
)
_TYPES = r"(?:Optional|Option|Vec|Box|Rc|Arc|Secret\w{0,20})[<\[]"
#: In quotes of any kind, in brackets, up to a space. None needs an end: a value that is cut off is one, and nothing is
#: looked at twice.
_VALUES = (
    re.compile(_IS + r"[bBrRuUfF]{0,2}(?P<q>\"\"\"|''')(?P<it>(?:(?!(?P=q))[\s\S]){1,4000})"),
    re.compile(_IS + r"[bru]{0,2}(?P<e>\\{1,4})(?P<q>[\"'])(?P<it>(?:(?!(?<!\\)(?P=e)(?P=q))[^\n]){1,4000})"),
    re.compile(_IS + r"[bBrRuUfF]{0,2}\"(?P<it>(?:[^\"\\\n]|\\[^\n]){1,4000})"),
    re.compile(_IS + r"[bBrRuUfF]{0,2}'(?P<it>(?:[^'\\\n]|\\[^\n]){1,4000})"),
    # A list, or a call around a text: `Some("...")`.
    re.compile(
        _IS
        + r"(?:[\[({]\s{0,40}|(?P<call>[A-Za-z_][\w.:]{0,80})[\[({]\s{0,40}(?=[bru]?[\"'])|ConvertTo-SecureString {1,4}(?:-String {1,4})?)(?P<it>(?:"
        + _QUOTED
        + r"|[^\n\])}\"']){1,400})"
    ),
    re.compile(
        r"['\"]{0,2} {0,4}(?:=>|=|:) {0,4}(?!(?:Bearer|Basic|Digest|Token)\b|" + _TYPES + r")"
        r"(?P<it>[^\s'\"<>,;&)}\]{(:](?:[^\s'\"<>,)\]]|[,)\]](?=[^\s'\"<>,)\]])){2,4000})"
    ),
)
#: Words may have spaces: up to the line's end, unless it is a type that stands there.
_WORDS = re.compile(
    r"[\"']?: {1,4}(?!&|(?:str|bytes|int|bool|None|Any|String|Option|Optional|Vec|Box|Secret\w{0,20})\b|[A-Z]\w{0,60}[\[<(])"
    r"(?P<it>[^\s'\"<>\[({][^\n]{1,4000})"
)
_SPOKEN = ("password", "passwd", "passwort", "passphrase", "pwd", "pw", "pass", "secret")
#: A variable of the environment has all up to a space; one in an address up to the next.
_VARIABLE = re.compile(r"=(?P<it>[^\s'\"<>][^\s'\"]{1,4000})")
_QUERY = re.compile(r"=(?P<it>[^\s&'\"<>#]{2,4000})")
_NUMBER = re.compile(r"['\"\\]{0,3}\s{0,4}[:=]\s{0,4}(?P<it>\d{41}|\d{3,40}\b)")
#: Behind a space only what no word looks like: `aws_secret wJalr...`.
_BARE = re.compile(
    r" {1,4}[`(]?(?!0x)(?P<it>(?=[A-Za-z/+_=\-]{0,200}\d)(?=[0-9/+_=\-]{0,200}[A-Za-z])(?:[A-Za-z0-9/+_=\-]{401}|[A-Za-z0-9/+_=\-]{16,400}(?![\w.:(])))"
)
#: Only where the name is that of an option: `--password hunter2`, `--build-arg NPM_TOKEN ...`, `'--token', '...'`.
_OPTION_VALUE = re.compile(
    r"(?:[\"'], {0,4}[\"']| {1,4}(?:\\\n\s{0,40})?)(?P<it>(?:[^\s'\"<>\-\\]|\\ )(?:[^\s'\"<>\\]|\\[^\n]){2,4000})"
)
_OPTION = re.compile(
    r"(?:^|[\s'\"])(?:--?[A-Za-z0-9\-]{0,30}|(?:--build-arg|--env|-e|--secret|--set|export|setx?) {1,3}[A-Za-z0-9_.\-]{0,40})\Z"
)
#: In a sentence: behind a verb or a colon, or right behind the name.
_SAID = re.compile(
    r" {1,3}(?:(?P<verb>is|was|will be|-|\u2013|provided:?|given:?|supplied:?|used:?|received:?) {1,3})?(?:\((?!\))|)"
    r"(?:(?P<q>[\"'`])(?P<quoted>(?:(?!(?P=q))[^\n]){401}|(?:(?!(?P=q))[^\n]){1,400}(?=(?P=q)))|(?P<bare>[^\s'\"`<>(){}\[\],;]{3,200}))"
)
#: What longer values go on over, up to their delimiters.
_MORE = {
    _VALUES[2]: re.compile(r"[^\"\\\n]*(?:\\[^\n][^\"\\\n]*)*"),
    _VALUES[3]: re.compile(r"[^'\\\n]*(?:\\[^\n][^'\\\n]*)*"),
    _VALUES[5]: re.compile(r"(?:[^\s'\"<>,)\]]|[,)\]](?=[^\s'\"<>,)\]]))*"),
    _WORDS: re.compile(r"[^\n]*"),
    _VARIABLE: re.compile(r"[^\s'\"]*"),
    _QUERY: re.compile(r"[^\s&'\"<>#]*"),
    _NUMBER: re.compile(r"\d*"),
    _BARE: re.compile(r"[A-Za-z0-9/+_=\-]*"),
    _OPTION_VALUE: re.compile(r"(?:[^\s'\"<>\\]|\\[^\n])*"),
    _SAID: re.compile(r"[^\s'\"`<>(){}\[\],;]*"),
}
#: Ends of sentences, which are no part of a value.
_ENDS = ".,;:!?)"
_NO_ENDS = ("ed", "ing", "able", "ible", "ive", "ful", "less", "ly", "'t")
_ALGORITHM = re.compile(
    r"(?i:(?:sha|md|aes|rsa|utf|hs|rs|es|ps|base|argon|pbkdf|bcrypt|scrypt|oauth|http|ed|x|v|ver|field|col|column|arg|row|line|python|py)-?\d[\w.\-/]{0,12}|\d[\d.]{0,30}(?:st|nd|rd|th|s|ms|kb|mb|x)?)\Z"
)
#: Functions that are asked for a secret by its name.
_ASKED = frozenset(
    (
        "get",
        "getenv",
        "environ",
        "pop",
        "getpass",
        "input",
        "header",
        "headers",
        "var",
        "var_os",
        "getitem",
        "args",
        "config",
        "env",
        "field",
        "get_item",
        "getattr",
    )
)
_CODE = re.compile(
    r"(?:await |&|\*)?[A-Za-z_][\w]{0,80}(?:(?:\.|::)[A-Za-z_]\w{0,80}){0,10}[(\[][^'\"$]{0,200}\Z|[a-z_]\w{0,80}(?:\.[a-z_]\w{0,80}){1,10}[;,]?\Z"
)
_WRITTEN = frozenset(
    (
        "None",
        "str",
        "null",
        "true",
        "false",
        "True",
        "False",
        "***",
        "REDACTED",
        "int",
        "bytes",
        "bool",
        "String",
        "Any",
    )
)
#: A word of ours.
OURS = re.compile(r"<(?:key|token|secret|mail|ip|mac|host|user|folder)\d{1,9}>")
#: Characters that a value may be told from its name by.
_BEHIND = frozenset("=: '\"\\\t\n\r")
#: Characters in front of a name that are looked at.
_BEFORE = 90


def found(text: str, small: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each value, in order; `small` is the text in small letters."""
    end = 0
    for first, last in merged([around(small, match.start()) for match in _BEGIN.finditer(small)]):
        for name in NAMES.finditer(small, max(first, end), last):
            behind = text[name.end() : name.end() + 1]
            if behind not in _BEHIND or name.start() < end or _OTHERS.search(name[0]) or _is_ours(text, name):
                continue
            place = _value(text, name)
            if place is not None:
                end = place[1]
                yield place


def _is_ours(text: str, name: Match[str]) -> bool:
    return text[name.start() - 1 : name.start()] == "<" and OURS.match(text, name.start() - 1) is not None


def _value(text: str, name: Match[str]) -> tuple[int, int] | None:
    """The place of the value that stands behind a secret's name; None where there is none."""
    word, at = text[name.start() : name.end()], name.end()
    before = text[max(0, name.start() - _BEFORE) : name.start()]
    # PyO3 says of which argument it speaks.
    if before.endswith(("argument '", 'argument "', "found '", "expected '")):
        return None
    if before.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-").endswith(("?", "&")):
        match = _QUERY.match(text, at)
        return _place(text, match) if match else None
    if word.isupper() and (variable := _VARIABLE.match(text, at)):
        return _place(text, variable)
    match = _assigned(text, name[0], at)
    if match is None and _OPTION.search(before):
        match = _OPTION_VALUE.match(text, at)
    if match is not None:
        return _place(text, match) if _may_be_secret(match) else None
    match = _BARE.match(text, at)
    return _place(text, match) if match else _said(text, name[0], at)


def _place(text: str, match: Match[str], group: str = "it") -> tuple[int, int]:
    """Where a value stands, up to its delimiter."""
    first, last = match.span(group)
    if match.re is _VALUES[0]:
        return first, ends.of_lines(text, last, match["q"])
    if match.re is _VALUES[1]:
        return first, ends.escaped(text, last, match["e"] + match["q"])
    if match.re is _VALUES[4]:
        return first, ends.listed(text, first, last)
    return first, ends.end(text, match, group, _MORE.get(match.re))


def _assigned(text: str, name: str, at: int) -> Match[str] | None:
    if name in _SPOKEN and (spoken := _WORDS.match(text, at)):
        return spoken
    found = next(filter(None, (each.match(text, at) for each in _VALUES)), None)
    # A number is a value where it stands alone; `tokens: 512` counts.
    return found or (None if name.endswith("s") else _NUMBER.match(text, at))


def _may_be_secret(match: Match[str]) -> bool:
    """False for what code writes behind such a name: a call, a type, an attribute, what is ours."""
    value = match["it"]
    if value in _WRITTEN or OURS.match(value) or value.endswith("()"):
        return False
    call = match.groupdict().get("call")
    if call is not None:
        return re.split(r"[.:]", call)[-1] not in _ASKED
    return not ("q" not in match.re.groupindex and _is_code(match, value))


def _is_code(match: Match[str], value: str) -> bool:
    return match.string[match.start("it") - 1] not in "\"'" and _CODE.match(value) is not None


def _said(text: str, name: str, at: int) -> tuple[int, int] | None:
    """The place of a value in a sentence."""
    match = _SAID.match(text, at)
    if match is None:
        return None
    if match["quoted"]:
        return _place(text, match, "quoted") if _is_quoted(name, match["quoted"]) else None
    start, last = _place(text, match, "bare")
    value = text[start:last].rstrip(_ENDS)
    return (start, start + len(value)) if _is_spoken(name, value, verb=match["verb"]) else None


def _is_quoted(name: str, value: str) -> bool:
    if OURS.match(value) or value in _WRITTEN:
        return False
    return name in _SPOKEN or (len(value) > 7 and any(map(str.isdigit, value)) and " " not in value)  # noqa: PLR2004


def _is_spoken(name: str, value: str, *, verb: str | None) -> bool:
    """True for a word that is told as a secret: one with a digit in it, or behind a verb one that says nothing of it."""
    if len(value) < 3 or OURS.match(value) or _ALGORITHM.match(value):  # noqa: PLR2004
        return verb is not None and value.isdigit() and name.startswith(("pin", "otp"))
    digits, letters = any(map(str.isdigit, value)), any(map(str.isalpha, value))
    if digits and letters:
        plain = value.replace("-", "").replace("_", "").isalnum() or verb is not None
        return plain and (verb is not None or name in _SPOKEN) and "/" not in value[1:] and "::" not in value
    if digits:
        return verb is not None and name.startswith(("pin", "otp", "passw"))
    small = value.lower()
    return (
        verb is not None
        and name in _SPOKEN[:6]
        and small.isalpha()
        and not (small in words("no_password") or small.endswith(_NO_ENDS))
    )


def continued(text: str, end: int) -> Match[str] | None:
    """The rest of a token that ended with its line, where the next one begins as it would go on."""
    if text[end : end + 1] != "\n":
        return None
    match = _REST.match(text, end + 1)
    return match if match and random_words.is_random(match["it"]) else None


_REST = re.compile(rf"{FRONT} {{0,40}}(?P<it>[A-Za-z0-9_\-.~+/=]{{12,}})(?=[\s\"',;)]|\Z)")
