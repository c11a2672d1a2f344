import enum
import gc
import json
import pickle
import sys
import threading
from collections import OrderedDict, UserDict, defaultdict
from typing import NamedTuple

import json_parser
import pytest
from json_parser import JSONDecodeError, dumps, loads

DOCUMENT = '{"name": "Zoë", "tags": ["a", 1, 2.5, null, true, false], "nested": {"empty": [{}, []]}}'


@pytest.mark.parametrize(
    "make", [str, str.encode, lambda text: bytearray(text.encode()), lambda text: memoryview(text.encode())]
)
def test_a_document_may_be_text_or_bytes(make):
    assert loads(make(DOCUMENT)) == json.loads(DOCUMENT)


def test_a_memoryview_may_have_gaps():
    assert loads(memoryview(b"[x1x]x")[::2]) == [1]


@pytest.mark.parametrize("wrong", [None, 1, ["[]"], object()])
def test_other_types_are_type_errors(wrong):
    with pytest.raises(TypeError, match="a document is bytes, bytearray, memoryview or str, not"):
        loads(wrong)


@pytest.mark.parametrize(
    ("document", "position", "message"),
    [
        ("", 0, "expected a value: line 1 column 1 (char 0)"),
        ("[1,\n 2,]", 7, "expected a value: line 2 column 4 (char 7)"),
        ('{"é": 1 "b"}', 8, "expected ',' or '}': line 1 column 9 (char 8)"),
        ('["😀",\n"é" x]', 10, "expected ',' or ']': line 2 column 5 (char 10)"),
        ('{"a" 1}', 5, "expected ':': line 1 column 6 (char 5)"),
        ("{a: 1}", 1, "expected a key in double quotes: line 1 column 2 (char 1)"),
        ('"ab', 3, "the text has no closing quote: line 1 column 4 (char 3)"),
        ('"a\tb"', 2, "a control character must be escaped: line 1 column 3 (char 2)"),
        (r'"a\qb"', 2, "no such escape: line 1 column 3 (char 2)"),
        (r'"a\u12"', 2, "\\u needs four hexadecimal digits: line 1 column 3 (char 2)"),
        ("01", 0, "a number may not start with a zero: line 1 column 1 (char 0)"),
        ("-", 0, "expected a digit behind '-': line 1 column 1 (char 0)"),
        ("1.", 2, "expected a digit behind '.': line 1 column 3 (char 2)"),
        ("1e+", 3, "expected a digit of the exponent: line 1 column 4 (char 3)"),
        ("[1e400]", 1, "the number is too large for a float: line 1 column 2 (char 1)"),
        ("1 2", 2, "nothing may follow the document's value: line 1 column 3 (char 2)"),
        ("[NaN]", 1, "expected a value: line 1 column 2 (char 1)"),
        ("-Infinity", 0, "expected a digit behind '-': line 1 column 1 (char 0)"),
        ("\ufeff[]", 0, 'a byte order mark: decode with "utf-8-sig" first: line 1 column 1 (char 0)'),
        (b'["\xff"]', 2, "the document is not UTF-8: line 1 column 3 (char 2)"),
        (b'["\xc3\xa9\xed\xa0\x80"]', 3, "the document is not UTF-8: line 1 column 4 (char 3)"),
    ],
)
def test_what_is_wrong_and_where(document, position, message):
    with pytest.raises(JSONDecodeError) as caught:
        loads(document)
    error = caught.value
    assert str(error) == message
    assert error.pos == position
    assert message == f"{error.msg}: line {error.lineno} column {error.colno} (char {error.pos})"
    assert isinstance(error, ValueError)
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


@pytest.mark.parametrize("size", [*range(1, 40), 100, 1000])
@pytest.mark.parametrize("character", ["a", "\xe9", "\u20ac", "\U0001f600", "\n"])
def test_texts_of_any_length_and_width(character, size):
    text = "x" * (size // 2) + character * (size - size // 2)
    for ascii_only in (True, False):
        document = json.dumps({text: [text, 1]}, ensure_ascii=ascii_only)
        # Twice, because the second finds the key in the table.
        for _ in range(2):
            value = loads(document)
            assert value == {text: [text, 1]}
            assert value[text][0].encode() == text.encode()
        for end in range(1, min(len(document), 50)):
            with pytest.raises(JSONDecodeError):
                loads(document[:-end])


def test_numbers():
    assert repr(loads("[0, -0, -0.0, 1e2, 1E-2, 12.5e+3]")) == "[0, 0, -0.0, 100.0, 0.01, 12500.0]"
    for bits in range(1, 200):
        for number in (2**bits - 1, 2**bits, -(2**bits), -(2**bits) - 1):
            assert loads(str(number)) == number
            assert dumps(number) == str(number).encode()
    for number in (1e-4, 9.999e-5, 1e15, 1e16, 123456.789, 5e-324, 1.7976931348623157e308, -65.613616999999977):
        assert loads(repr(number)) == number
        assert dumps(number) == repr(number).encode()


@pytest.mark.skipif(not hasattr(sys, "set_int_max_str_digits"), reason="this Python has no limit on digits")
def test_the_limit_on_the_digits_of_integers_holds():
    too_long = "1" * (sys.get_int_max_str_digits() + 1)
    with pytest.raises(ValueError, match="Exceeds the limit"):
        loads(too_long)
    with pytest.raises(ValueError, match="Exceeds the limit"):
        dumps(10 ** len(too_long))


def test_a_lone_surrogate_is_read_as_json_reads_it_and_written_as_an_escape():
    for document in (r'"\ud800"', r'"a\udfffb"', r'"\ude00\ud83d"', '"\ud800é"', r'{"\ud800": 1}'):
        value = loads(document)
        assert value == json.loads(document)
        assert loads(dumps(value)) == value
    assert dumps("\ud83d\ude00é") == r'"\ud83d\ude00é"'.encode()


def test_of_duplicate_keys_the_last_counts():
    document = '{"a": 1, "b": 2, "a": 3}'
    assert list(loads(document).items()) == list(json.loads(document).items()) == [("a", 3), ("b", 2)]


@pytest.mark.parametrize("kind", ["[]", '{"k":}'])
def test_deep_nesting_is_refused_not_a_crash(kind):
    opening, closing = kind[:-1], kind[-1]
    inner = "0" if kind == "[]" else "null"
    document = opening * 1024 + inner + closing * 1024
    assert dumps(loads(document)).decode() == document
    for depth in (1025, 100_000):
        with pytest.raises(RecursionError, match="more than 1024 deep"):
            loads(opening * depth)
    value = None
    for _ in range(1025):
        value = [value] if kind == "[]" else {"k": value}
    with pytest.raises(RecursionError, match="more than 1024 deep"):
        dumps(value)


def test_depth_counts_what_is_open_not_what_was():
    assert len(loads("[" + "[[]]," * 2000 + "0]")) == 2001
    assert dumps([[[]]] * 2000) == b"[" + b",".join([b"[[]]"] * 2000) + b"]"


def test_threads_have_stack_enough_for_the_deepest():
    seen = []

    def work():
        seen.append(dumps(loads("[" * 1024 + "]" * 1024)))

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert seen == [b"[" * 1024 + b"]" * 1024]


class Text(str):
    __slots__ = ()

    def __str__(self):
        return "overridden"


class Number(int):
    def __repr__(self):
        return "overridden"

    __str__ = __repr__


class Real(float):
    def __repr__(self):
        return "overridden"

    __str__ = __repr__


class Choice(enum.IntEnum):
    ONE = 1


class Word(str, enum.Enum):
    HELLO = "hello"


class Pair(NamedTuple):
    a: int
    b: tuple


class Reversed(dict):
    def items(self):
        return reversed(list(super().items()))


@pytest.mark.parametrize(
    "value",
    [
        Text("a"), Number(7), Number(2**70), Real(1.5), Choice.ONE, Word.HELLO, Pair(1, (2,)), OrderedDict(b=1, a=2),
        defaultdict(list, a=[1]), Reversed(a=1, b=2), {Text("k"): Number(1), Choice.ONE: 2, Word.HELLO: 3},
        {7: 1, 2.5: 2, None: 3, True: 4, False: 5, 2**70: 6}, (), [], {}, "", [[], {}, ()],
    ],
)  # fmt: skip
def test_subclasses_and_keys_are_written_as_json_writes_them(value):
    assert dumps(value).decode() == json.dumps(value, separators=(",", ":"))


def test_an_ordered_dict_keeps_its_order():
    value = OrderedDict((str(number), number) for number in range(5))
    value.move_to_end("0")
    assert dumps(value) == b'{"1":1,"2":2,"3":3,"4":4,"0":0}'


@pytest.mark.parametrize("wrong", [b"", {1}, 1j, object(), UserDict(), range(3), {(1,): 2}, {b"": 1}])
def test_what_json_has_no_type_for(wrong):
    role = "key" if isinstance(wrong, dict) else "value"
    with pytest.raises(TypeError, match=f"JSON has no {role} of type .*: convert it first"):
        dumps([wrong])


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), [-float("inf")], {float("nan"): 1}, Real("nan")])
def test_nan_and_infinity_are_not_written(wrong):
    with pytest.raises(ValueError, match="JSON has no NaN and no Infinity"):
        dumps(wrong)


def test_a_container_that_lies_in_itself():
    ring = {"large": ["x" * 1000] * 100}
    ring["again"] = [({"ring": ring},)]
    with pytest.raises(ValueError, match="a container lies in itself"):
        dumps(ring)
    twice = [1]
    assert dumps([twice, twice, {"a": twice}]) == b'[[1],[1],{"a":[1]}]'


def test_a_dict_that_changes_while_it_is_written():
    outer = {}

    class Meddling(dict):
        def items(self):
            outer.clear()
            return []

    outer.update(a=Meddling(), b="x" * 100)
    with pytest.raises(RuntimeError, match="changed its size"):
        dumps(outer)

    class Shrinking(dict):
        def items(self):
            del items[1:]
            return [("k", 1)]

    items = [Shrinking(), "x" * 100, "y"]
    assert dumps(items) == b'[{"k":1}]'


def test_what_items_raises_is_passed_on():
    class Failing(dict):
        def items(self):
            raise LookupError("mine")

    class Odd(dict):
        def items(self):
            return [1]

    with pytest.raises(LookupError, match="mine"):
        dumps([Failing()])
    with pytest.raises(TypeError):
        dumps(Odd())


def test_keys_are_shared_between_documents():
    first, second = loads('[{"shared": 1}]'), loads('{"shared": 2}')
    assert next(iter(first[0])) is next(iter(second))
    long = "k" * 56
    assert loads(json.dumps({long: 1})) == loads(json.dumps({long: 1}))


def test_more_keys_than_the_table_holds():
    members = {f"key {number}": number for number in range(10_000)}
    assert loads(dumps(members)) == members
    assert loads(dumps(members)) == members


def test_errors_leak_nothing_and_values_are_collected():
    class Canary(list):
        alive = 0

        def __init__(self):
            Canary.alive += 1

        def __del__(self):
            Canary.alive -= 1

    broken = '{"a": [1.5, "text", {"b": ["é", 12345678901234567890, '
    for _ in range(100):
        with pytest.raises(JSONDecodeError):
            loads(broken)
        with pytest.raises(TypeError):
            dumps([Canary(), {"a": Canary()}, b""])
    gc.collect()
    assert Canary.alive == 0


def test_threads_do_not_disturb_one_another():
    documents = [dumps({f"key {each}": [each] * 3 for each in range(start, start + 300)}) for start in range(4)]
    wrong = []

    def work(document):
        wrong.extend(document for _ in range(20) if dumps(loads(document)) != document)

    threads = [threading.Thread(target=work, args=(document,)) for document in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_loads_in_a_finalizer_during_loads():
    """The garbage collector may run anybody's code in the middle of a document: the table of keys is taken then."""
    seen = []

    class Cycle:
        def __init__(self):
            self.me = self

        def __del__(self):
            seen.append(loads('{"inner": [1]}'))

    # Small, as a large one pauses the collector, and with more lists than the collector waits for.
    document = "[" + ",".join(["[]"] * 1300) + "]"
    Cycle()
    assert len(loads(document)) == 1300
    gc.collect()
    assert seen == [{"inner": [1]}]


@pytest.mark.parametrize("document", ["[" + "[]," * 5000 + "[]]", "[" + "[]," * 5000 + "]"])
@pytest.mark.parametrize("switch", [gc.enable, gc.disable])
def test_the_collector_pauses_for_large_documents_and_is_left_as_it_was(document, switch):
    started = []
    callback = lambda phase, info: started.append(phase)  # noqa: E731, ARG005
    switch()
    before = gc.isenabled()
    gc.collect()
    gc.callbacks.append(callback)
    try:
        try:
            loads(document)
        except JSONDecodeError:
            assert document.endswith(",]")
        # Enabling it lets the next container start it: one collection instead of seven.
        assert len(started) <= 2
        assert gc.isenabled() == before
    finally:
        gc.callbacks.remove(callback)
        gc.enable()


def test_what_the_detour_through_value_loses():
    through = json_parser.loads_through_value
    assert through(DOCUMENT) == loads(DOCUMENT)
    assert list(through('{"b": 1, "a": 2}')) == ["a", "b"]
    assert through("123456789012345678901234567890") == 1.2345678901234568e29
    for document in (r'"\ud800"', "[" * 200 + "]" * 200):
        loads(document)
        with pytest.raises(ValueError, match="line 1 column"):
            through(document)
