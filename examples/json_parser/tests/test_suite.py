"""JSONTestSuite (https://github.com/nst/JSONTestSuite), read from where PYO3OPS_CORPORA says."""

import json
import lzma

import json_parser
import pytest
from json_parser import JSONDecodeError

DOCUMENTS = ("twitter", "github", "citm_catalog", "canada")

# What the suite leaves to the parser, and takes as an occasion to disagree: the value, or the error.
TRANSFORMED = {
    "number_-9223372036854775808": [-9223372036854775808],
    "number_-9223372036854775809": [-9223372036854775809],
    "number_1.0": [1.0],
    "number_1.000000000000000005": [1.0],
    "number_1000000000000000": [1000000000000000],
    "number_10000000000000000999": [10000000000000000999],
    "number_1e-999": [0.0],
    "number_1e6": [1000000.0],
    "number_9223372036854775807": [9223372036854775807],
    "number_9223372036854775808": [9223372036854775808],
    "object_key_nfc_nfd": {"\u00e9": "NFC", "e\u0301": "NFD"},
    "object_key_nfd_nfc": {"e\u0301": "NFD", "\u00e9": "NFC"},
    "object_same_key_different_values": {"a": 2},
    "object_same_key_same_value": {"a": 1},
    "object_same_key_unclear_values": {"a": 0},
    "string_1_escaped_invalid_codepoint": ["\ud800"],
    "string_1_invalid_codepoint": JSONDecodeError,
    "string_2_escaped_invalid_codepoints": ["\ud800\ud800"],
    "string_2_invalid_codepoints": JSONDecodeError,
    "string_3_escaped_invalid_codepoints": ["\ud800\ud800\ud800"],
    "string_3_invalid_codepoints": JSONDecodeError,
    "string_with_escaped_NULL": ["A\x00B"],
}

# The same for the cases that a parser may take or refuse.
TAKEN = {
    "i_number_double_huge_neg_exp",
    "i_number_real_underflow",
    "i_number_too_big_neg_int",
    "i_number_too_big_pos_int",
    "i_number_very_big_negative_int",
    "i_object_key_lone_2nd_surrogate",
    "i_string_1st_surrogate_but_2nd_missing",
    "i_string_1st_valid_surrogate_2nd_invalid",
    "i_string_incomplete_surrogate_and_escape_valid",
    "i_string_incomplete_surrogate_pair",
    "i_string_incomplete_surrogates_escape_valid",
    "i_string_invalid_lonely_surrogate",
    "i_string_invalid_surrogate",
    "i_string_inverted_surrogates_U+1D11E",
    "i_string_lone_second_surrogate",
    "i_structure_500_nested_arrays",
}


def cases(corpora, start):
    found = sorted((corpora / "json-test-suite" / "test_parsing").glob(start + "*.json"))
    assert len(found) == {"y_": 95, "n_": 188, "i_": 35}[start]
    return found


def test_what_must_be_taken_is_taken_as_json_takes_it(corpora):
    for path in cases(corpora, "y_"):
        value = json_parser.loads(path.read_bytes())
        expected = json.loads(path.read_bytes())
        assert repr(value) == repr(expected), path.name
        assert repr(json_parser.loads(path.read_bytes().decode())) == repr(expected), path.name


def test_what_must_be_refused_is_refused(corpora):
    for path in cases(corpora, "n_"):
        with pytest.raises((JSONDecodeError, RecursionError)):
            pytest.fail(f"{path.name}: {json_parser.loads(path.read_bytes())!r}")


def test_what_may_be_either_is_as_pinned_here(corpora):
    taken = set()
    for path in cases(corpora, "i_"):
        try:
            value = json_parser.loads(path.read_bytes())
        except JSONDecodeError:
            continue
        assert repr(value) == repr(json.loads(path.read_bytes())), path.name
        taken.add(path.stem)
    assert taken == TAKEN


def test_transformed(corpora):
    folder = corpora / "json-test-suite" / "test_transform"
    assert {path.stem for path in folder.glob("*.json")} == set(TRANSFORMED)
    for name, expected in TRANSFORMED.items():
        document = (folder / (name + ".json")).read_bytes()
        if expected is JSONDecodeError:
            with pytest.raises(JSONDecodeError, match="not UTF-8"):
                json_parser.loads(document)
        else:
            # As text, because 1 == 1.0.
            assert repr(json_parser.loads(document)) == repr(expected), name


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_read_and_written_as_json_does(corpora, name):
    document = lzma.decompress((corpora / "documents" / (name + ".json.xz")).read_bytes())
    expected = json.loads(document)
    value = json_parser.loads(document)
    assert repr(value) == repr(expected)
    written = json_parser.dumps(value)
    assert written.decode() == json.dumps(expected, ensure_ascii=False, separators=(",", ":"))
    assert repr(json_parser.loads(written)) == repr(expected)
