"""Whatever hypothesis makes: the value, the document, or the refusal, is that of `json`.

`pytest --examples 100000 tests/test_properties.py` makes so many of each kind, and counts the outcomes.
"""

import json
import math

import json_parser
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

# Hundreds of documents each.
pytestmark = pytest.mark.slow

# Characters of every width, and surrogates, which a Python string may hold.
characters = st.characters() | st.sampled_from('"\\/\b\f\n\r\t\x00\x1f\x7f\x80\xe9\u20ac\ud83d\ude00\U0001f600')
texts = st.text(characters, max_size=40)
floats = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | st.integers() | st.integers(-(10**40), 10**40) | floats | texts


def containers(keys):
    return lambda inner: st.lists(inner, max_size=6) | st.dictionaries(keys, inner, max_size=6)


values = st.recursive(leaves, containers(texts), max_leaves=25)
# What `json` makes a key of, and what it does not write.
keys = texts | st.none() | st.booleans() | st.integers() | st.floats()
objects = st.recursive(leaves | st.floats() | st.sampled_from([b"", {1}, 1j]), containers(keys), max_leaves=10)

TOKENS = [*'{}[],:"\\/ \n0123456789-+.eEu', "true", "false", "null", "NaN", "Infinity", '"a"', '"é":', '\\"', "\\ud83d"]
TOKENS += [
    "\\ude00",
    "\\u00e9",
    "12345678901234567890",
    "0.1",
    "1e5",
    "1e999",
    "é",
    "\ud83d",
    "😀",
    "\x00",
    "\t",
    "[]",
    "{}",
]
nonsense = st.lists(st.sampled_from(TOKENS), max_size=12).map("".join)
styles = st.tuples(st.booleans(), st.sampled_from([None, 0, 3]))
edits = st.tuples(st.integers(0, 200), st.integers(0, 3), st.sampled_from(["", *TOKENS]))


def written(value, style):
    return json.dumps(value, ensure_ascii=style[0], indent=style[1])


def edited(text, edit):
    place = edit[0] % (len(text) + 1)
    return text[:place] + edit[2] + text[place + edit[1] :]


documents = st.builds(written, values, styles)
broken = st.builds(edited, documents, edits)


def finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def expected(document):
    """What `json` says without its extensions, NaN and infinities."""
    try:
        return json.loads(document, parse_constant=finite, parse_float=finite)
    except ValueError:
        return ValueError


def agree(document, count):
    reference = expected(document)
    if reference is ValueError:
        with pytest.raises(json_parser.JSONDecodeError) as caught:
            json_parser.loads(document)
        assert 0 <= caught.value.pos <= len(document)
        count("documents refused by both")
    else:
        assert repr(json_parser.loads(document)) == repr(reference)
        count("documents read as json reads them")


def is_utf8(text):
    return not any("\ud800" <= character <= "\udfff" for character in text)


@given(documents)
def test_documents_are_read_as_json_reads_them(count, document):
    agree(document, count)
    if is_utf8(document):
        assert repr(json_parser.loads(document.encode())) == repr(json_parser.loads(document))


@given(broken)
def test_broken_documents_are_refused_where_json_refuses_them(count, document):
    agree(document, count)


@given(nonsense)
def test_tokens_in_any_order(count, document):
    agree(document, count)


@given(st.binary(max_size=30) | st.binary(max_size=8).map(lambda middle: b'["' + middle + b'"]'))
def test_no_bytes_do_more_than_raise(count, document):
    try:
        text = document.decode()
    except UnicodeDecodeError as error:
        before = len(document[: error.start].decode())
        with pytest.raises(json_parser.JSONDecodeError, match=f"not UTF-8: .*char {before}"):
            json_parser.loads(document)
        count("bytes refused as no UTF-8")
    else:
        agree(text, count)


@given(st.integers(0, 10**25), st.integers(-400, 400), st.integers(0, 25), st.booleans())
def test_floats_are_right_to_the_last_bit(count, digits, power, point, negative):
    written = str(digits)
    point = min(point, len(written) - 1)
    document = "-" * negative + written[: len(written) - point] + "." * bool(point) + written[len(written) - point :]
    agree(f"{document}e{power}", count)
    agree(document, count)


@given(objects)
def test_objects_are_written_as_json_writes_them(count, value):
    try:
        reference = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error)):
            json_parser.dumps(value)
        count("objects refused by both")
    else:
        document = json_parser.dumps(value)
        # Surrogates have no UTF-8: they are written as escapes, of which two that fit are read back as one character.
        assert json.loads(document) == json.loads(json.dumps(value))
        if is_utf8(reference):
            assert document.decode() == reference
        count("objects written as json writes them")


@given(values)
@example({"\ud83d\ude00": ["\ud83d", "\ude00"]})
def test_what_is_written_is_read_back(count, value):
    assert repr(json_parser.loads(json_parser.dumps(value))) == repr(json.loads(json.dumps(value)))
    count("values written and read back")
