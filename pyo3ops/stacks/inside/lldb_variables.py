"""Arguments and locals of Rust frames, as lldb shows them, each value short; the same frames as with gdb."""
# ruff: noqa: FA100, ANN401 - lldb's own Python may be older than this one, its types have no types

from typing import Any, Dict, Iterator, List, Tuple

import lldb

#: Parts of the paths of sources that are not the user's.
FOREIGN = ("/registry/src/", "/git/checkouts/", "/rustc/", "library/std/", "library/core/", "library/alloc/")
#: Frames that are walked, frames whose variables are read, variables of one frame, and characters of a value.
WALKED, FRAMES, VARIABLES, VALUE = 200, 12, 30, 160
#: Fields of a structure, structures in one another, and bytes of a text that are shown.
FIELDS, DEEPEST, TEXT = 8, 3, 120


#: What lldb calls types of C's by their own names, and Rust does not.
_RUST = {"double": "f64", "float": "f32", "unsigned char": "u8", "int": "i32", "unsigned int": "u32"}


def of_thread(thread: Any, rows: List[Dict[str, Any]]) -> List[List[Any]]:
    """The variables of a thread's innermost Rust frames that are not a library's, each with its frame's number.

    `rows` are the thread's frames as they were read, among which those that lldb makes up are none.
    """
    found = []  # type: List[List[Any]]
    real = (frame for frame in _frames(thread) if not frame.IsArtificial())
    for number, (frame, row) in enumerate(zip(real, rows)):
        if len(found) == FRAMES or not _is_same(frame, row):
            break
        name = row.get("file") or ""
        if name.endswith(".rs") and not any(each in name for each in FOREIGN):
            variables = list(_of_frame(frame))
            if variables:
                found.append([number, variables])
    return found


def _frames(thread: Any) -> Iterator[Any]:
    for index in range(WALKED):
        frame = thread.GetFrameAtIndex(index)
        if not frame.IsValid():
            return
        yield frame


def _is_same(frame: Any, row: Dict[str, Any]) -> bool:
    """Whether lldb's frame is the one that was read: of one with others in it lldb tells another address."""
    return bool(frame.IsInlined()) is bool(row.get("inlined"))


def _of_frame(frame: Any) -> Iterator[Dict[str, Any]]:
    names = set()  # type: Any
    # Arguments and locals, no statics, and of these what is in scope.
    variables = frame.GetVariables(True, True, False, True)  # noqa: FBT003 - SWIG's functions take no names
    # The innermost of one name is the last one, and the one that is meant.
    arguments = {each.GetName() for each in frame.GetVariables(True, False, False, True)}  # noqa: FBT003
    for value in reversed(list(variables)):
        name = value.GetName() or ""
        if not name or name in names or len(names) == VARIABLES:
            continue
        names.add(name)
        text, kind = shown(value)
        yield {"name": name, "value": text, "type": kind, "argument": name in arguments}


def shown(value: Any) -> Tuple[str, str]:
    """A value in one short line, and its type."""
    kind = (value.GetTypeName() or "")[:VALUE]
    if kind == "void":
        return "()", "()"
    text = " ".join(_text(value, 0).split())
    return (text if len(text) <= VALUE else text[: VALUE - 3] + "..."), _RUST.get(kind, kind)


def _text(value: Any, depth: int) -> str:
    error = value.GetError()
    if not error.Success():
        said = error.GetCString() or ""
        return (
            "<optimized out>"
            if "optimized out" in said or "not available" in said
            else f"<lldb cannot show it: {said}>"
        )
    said = value.GetSummary() or value.GetValue()
    if _is_text(value):
        return _string(value)
    if said is not None and not value.GetType().IsPointerType() and not value.GetNumChildren():
        return str(said)
    if value.GetType().IsPointerType():
        return str(said)
    return _fields(value, depth)


def _fields(value: Any, depth: int) -> str:
    count = value.GetNumChildren(FIELDS + 1)
    if not count:
        return "()" if value.GetByteSize() == 0 else "{...}"
    if depth == DEEPEST:
        return "{...}"
    children = [value.GetChildAtIndex(index) for index in range(min(count, FIELDS))]
    texts = [f"{each.GetName()}: {_text(each, depth + 1)}" for each in children]
    return "{" + ", ".join(texts + ["..."] * (count > FIELDS)) + "}"


def _is_text(value: Any) -> bool:
    return value.GetTypeName() in {"&str", "&mut str", "alloc::string::String"}


def _string(value: Any) -> str:
    """A text of Rust: where it is, and how long, stand in its two or four fields."""
    if value.GetTypeName() == "alloc::string::String":
        vector = value.GetChildMemberWithName("vec")
        length = vector.GetChildMemberWithName("len").GetValueAsUnsigned()
        data = _pointer(vector.GetChildMemberWithName("buf"), DEEPEST * 2)
    else:
        length = value.GetChildMemberWithName("length").GetValueAsUnsigned()
        data = value.GetChildMemberWithName("data_ptr").GetValueAsUnsigned()
    error = lldb.SBError()
    read = value.GetProcess().ReadMemory(data, min(length, TEXT), error) if data and length else b""
    if not error.Success() or read is None:
        return "<unreadable>"
    return '"' + bytes(read).decode("utf-8", "replace") + ('"' if length <= TEXT else '..."')


def _pointer(value: Any, deepest: int) -> int:
    """The first pointer in a structure, whatever its parts are called in this release of Rust's library."""
    if value.GetType().IsPointerType():
        return int(value.GetValueAsUnsigned())
    for index in range(min(value.GetNumChildren(FIELDS), FIELDS) if deepest else 0):
        found = _pointer(value.GetChildAtIndex(index), deepest - 1)
        if found:
            return found
    return 0
