import dataclasses
import enum
import math
import typing

import pytest
import type_conversion as tc


@dataclasses.dataclass(frozen=True)
class Order:
    name: str
    price: float
    quantity: int = 1

    def __post_init__(self):
        if self.price < 0:
            raise ValueError("a price is never negative")


@dataclasses.dataclass(frozen=True)
class Gift(Order):
    ribbon: str = "red"


def test_the_order_of_the_variants_decides():
    number = 2**53 + 1
    assert tc.kind_float_first(number) == "float 9007199254740992"
    assert tc.kind(number) == "int 9007199254740993"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (-3, "int -3"),
        (True, "int 1"),
        (2**70, "int 1180591620717411303424"),
        (3.5, "float 3.5"),
        ("3", "str 3"),
        (enum.IntEnum("Level", "LOW HIGH").HIGH, "int 2"),
    ],
)
def test_kinds(value, kind):
    assert tc.kind(value) == kind


def test_a_choice_without_a_match_says_what_was_tried():
    with pytest.raises(TypeError, match=r"failed to extract enum Scalar \('int \| float \| str'\)"):
        tc.kind(None)
    with pytest.raises(TypeError, match=r"variant Rectangle \(Rectangle\): KeyError: 'height'"):
        tc.area({"width": 2})


def test_shapes():
    assert tc.area({"width": 2, "height": 3, "color": "red"}) == 6.0
    assert tc.area({"r": 1}) == math.pi
    assert tc.area(3) == 9.0


def test_a_dict_in_and_a_dict_out():
    row = {"name": "tea", "price": 2}
    assert tc.normalized(row) == {"name": "tea", "price": 2.0, "quantity": 1}
    assert list(tc.normalized(row)) == ["name", "price", "quantity"]
    assert row == {"name": "tea", "price": 2}


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"price": "2"}, TypeError, "failed to extract field Row.price"),
        ({"quantity": -1}, TypeError, "failed to extract field Row.quantity"),
        ({"name": None}, TypeError, "failed to extract field Row.name"),
    ],
)
def test_the_error_names_the_field_and_its_cause_the_reason(changed, error, message):
    with pytest.raises(error, match=message) as caught:
        tc.normalized({"name": "tea", "price": 2.0, **changed})
    assert isinstance(caught.value.__cause__, (TypeError, OverflowError))


def test_a_missing_item_is_a_key_error():
    with pytest.raises(KeyError, match="price"):
        tc.normalized({"name": "tea"})


def test_attributes_of_whatever_has_them():
    class Row(typing.NamedTuple):
        name: str
        price: float
        quantity: int

    for order in (Order("tea", 2.5, 2), Gift("tea", 2.5, 2), Row("tea", 2.5, 2), tc.Order("tea", 2.5, 2)):
        assert tc.as_dict(order) == {"name": "tea", "price": 2.5, "quantity": 2}
        assert tc.as_tuple(order) == ("tea", 5.0)
    assert tc.as_dict(Order("tea", 2.5)) == dataclasses.asdict(Order("tea", 2.5))
    with pytest.raises(AttributeError, match=r"quantity|name"):
        tc.as_dict(object())


def test_a_sum_over_two_fields_does_not_need_the_third():
    orders = [Order("tea", 2.5, 2), Order("milk", 1.0)]
    assert tc.total(orders) == tc.total_of_records(orders) == 6.0
    nameless = [Order(None, 2.5, 2)]
    assert tc.total(nameless) == 5.0
    with pytest.raises(TypeError, match=r"failed to extract field Attributes\.name"):
        tc.total_of_records(nameless)


def test_a_changed_copy_is_of_its_own_class():
    gift = Gift("tea", 10.0, 2, ribbon="blue")
    cheaper = tc.discounted(gift, 0.5)
    assert cheaper == Gift("tea", 5.0, 2, ribbon="blue")
    assert cheaper.name is gift.name
    assert gift.price == 10.0
    with pytest.raises(ValueError, match="never negative"):
        tc.discounted(gift, -1.0)
    with pytest.raises(AttributeError, match="price"):
        tc.discounted("tea", 0.5)


def test_objects_of_a_python_class():
    names = ["tea", "milk"]
    expected = [Order(name, 1.0, 1) for name in names]
    assert tc.objects(Order, names) == tc.objects_by_keyword(Order, names) == expected
    with pytest.raises(TypeError, match="'int' object is not an instance of 'type'"):
        tc.objects(1, names)


def test_objects_of_a_rust_class():
    tea, milk = tc.native_objects(["tea", "milk"])
    assert (tea.name, tea.price, tea.quantity) == ("tea", 1.0, 1)
    assert tea == tc.Order("tea", 1.0, 1)
    assert tea != milk
    with pytest.raises(AttributeError):
        tea.price = 2.0
    # A getter makes a new object at every read; a dataclass hands out the one that it has.
    name = "t" * 100
    assert tc.native_objects([name])[0].name is not name
    assert tc.objects(Order, [name])[0].name is name
