"""A document's shape changes with its fields, not with the prose about them."""

from pydantic import Field, create_model

from imgdiff.frozen import Frozen, shape_of


def test_a_shape_changes_with_the_fields_alone() -> None:
    inner = create_model("Inner", __base__=Frozen, label=(str, Field(description="A noun.")))
    other = create_model("Inner", __base__=Frozen, label=(str, Field(description="One noun.")))
    wider = create_model("Inner", __base__=Frozen, label=(str, ""), score=(float, 0.0))
    models = [
        create_model("Outer", __base__=Frozen, description=(str, ...), part=(part, ...))
        for part in (inner, other, wider)
    ]

    first, reworded, extended = map(shape_of, models)

    assert first == reworded
    assert first != extended


def test_a_shape_changes_with_the_order_of_the_fields() -> None:
    one = create_model("Outer", __base__=Frozen, label=(str, ...), score=(float, ...))
    other = create_model("Outer", __base__=Frozen, score=(float, ...), label=(str, ...))

    assert shape_of(one) != shape_of(other)
