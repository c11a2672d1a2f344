"""Long names of functions on a screen."""

from __future__ import annotations

import time

import pytest

from pyo3ops.render.short_names import ROOM, shortened

JOB = (
    "<rayon_core::job::StackJob<rayon_core::latch::SpinLatch, rayon_core::join::join_context::call_b<alloc::collections"
    "::linked_list::LinkedList<alloc::vec::Vec<tokenizers::tokenizer::encoding::Encoding>>, rayon::iter::plumbing::"
    "bridge_producer_consumer::helper<rayon::vec::DrainProducer<tokenizers::tokenizer::EncodeInput>>::{closure#0}>, ()>"
    " as rayon_core::job::Job>::execute"
)


@pytest.mark.parametrize(
    ("name", "room", "short"),
    [
        ("a::b<c>", 7, "a::b<c>"),
        ("a::b<c::d<e>>", 12, "a::b<…>"),
        ("a::b<c::d<eeeeeeee>>", 13, "a::b<c::d<…>>"),
        ("f<fn(u8) -> Vec<u8>>::g", 22, "f<fn(u8) -> Vec<…>>::g"),
        ("x" * 30, 10, "xxxxxxxxx…"),
        (
            JOB,
            ROOM,
            (
                "<rayon_core::job::StackJob<rayon_core::latch::SpinLatch, rayon_core::join::join_context::call_b<…>, "
                "()> as rayon_core::job::Job>::execute"
            ),
        ),
    ],
)
def test_the_deepest_parameters_go_first(name: str, room: int, short: str) -> None:
    assert shortened(name, room) == short
    assert len(short) <= room


def test_what_is_no_name_takes_no_time() -> None:
    begun = time.process_time()
    assert len(shortened("<" * 200_000)) <= ROOM
    assert len(shortened(">-" * 100_000)) <= ROOM
    assert time.process_time() - begun < 3
