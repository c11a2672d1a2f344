import array
import ctypes
import mmap
import sys

import pytest
import type_conversion as tc


def address(owner):
    return ctypes.addressof(ctypes.c_char.from_buffer(owner))


@pytest.mark.parametrize("data", [bytearray(b"\x01\x02\x03\x04"), array.array("B", [1, 2, 3, 4])])
def test_a_buffer_is_the_owners_memory(data):
    assert tc.address_of_buffer(data) == address(data)
    assert tc.address_of_vec(data) != address(data)
    assert tc.sum_buffer(data) == 10


def test_a_view_of_a_part_is_the_owners_memory_too():
    data = bytearray(100)
    assert tc.address_of_buffer(memoryview(data)[10:]) == address(data) + 10
    assert tc.sum_buffer(b"\x01\x02") == 3
    with mmap.mmap(-1, 4096) as pages:
        pages[:2] = b"\x05\x06"
        assert tc.sum_buffer(pages) == 11


def test_a_layout_with_gaps_has_to_be_copied():
    view = memoryview(b"\x01\x02\x03\x04")[::2]
    with pytest.raises(BufferError, match=r"the buffer has gaps; pass a copy: bytes\(data\)"):
        tc.sum_buffer(view)
    assert tc.sum_buffer(bytes(view)) == tc.sum_buffer_copied(view) == 4


@pytest.mark.parametrize("data", [array.array("b", [1]), array.array("d", [1.0]), array.array("H", [1])])
def test_bytes_are_unsigned_and_one_wide(data):
    with pytest.raises(BufferError, match="not compatible with u8"):
        tc.sum_buffer(data)


def test_what_has_no_buffer():
    with pytest.raises(TypeError, match="a bytes-like object is required, not 'str'"):
        tc.sum_buffer("text")


def test_writing_goes_to_the_owner():
    data = bytearray(4)
    tc.fill(memoryview(data)[1:3], 9)
    assert data == b"\x00\x09\x09\x00"
    with pytest.raises(BufferError, match="read-only"):
        tc.fill(bytes(4), 9)
    with pytest.raises(BufferError, match="gaps"):
        tc.fill(memoryview(data)[::2], 9)
    with pytest.raises(OverflowError):
        tc.fill(data, 256)


def test_floats():
    values = array.array("d", [1.5, 2.5])
    assert tc.sum_f64(values) == tc.sum_f64(memoryview(values)) == 4.0
    with pytest.raises(BufferError, match="not compatible with f64"):
        tc.sum_f64(array.array("f", [1.0]))
    with pytest.raises(BufferError, match="insufficiently aligned"):
        tc.sum_f64(memoryview(bytearray(17))[1:].cast("d"))


def test_floats_of_another_byte_order():
    # ctypes names the byte order in the format; nothing else of the standard library does.
    little = sys.byteorder == "little"
    foreign = ctypes.c_double.__ctype_be__ if little else ctypes.c_double.__ctype_le__
    values = memoryview((foreign * 2)(1.0, 2.0))
    if not little:
        pytest.skip("PyO3 0.29 refuses this order where the machine is big-endian")
    assert tc.sum_f64_any_order(values) < 1e-300
    with pytest.raises(ValueError, match="another machine's byte order"):
        tc.sum_f64(values)


def test_ctypes_has_no_strides():
    # Refused by PyO3 0.29, whatever they hold; `bytes(...)` is the way round it.
    values = (ctypes.c_uint8 * 2)(1, 2)
    with pytest.raises(BufferError, match="strides is null"):
        tc.sum_buffer(values)
    assert tc.sum_buffer(bytes(values)) == 3


def test_a_held_buffer_sees_changes_and_forbids_another_size():
    data = bytearray(b"\x01\x02")
    held = tc.Held(data)
    data[0] = 10
    assert held.sum() == 12
    with pytest.raises(BufferError, match="cannot be re-sized"):
        data.append(3)
    held.release()
    held.release()
    data.append(3)
    with pytest.raises(ValueError, match="the buffer was released"):
        held.sum()


def test_a_buffer_is_let_go_after_the_call_and_with_its_holder():
    data = bytearray(2)
    tc.sum_buffer(data)
    data.append(1)
    with pytest.raises(BufferError):
        tc.sum_buffer(memoryview(data)[::2])
    data.append(2)
    held = tc.Held(data)
    del held
    data.append(3)
    assert len(data) == 5
