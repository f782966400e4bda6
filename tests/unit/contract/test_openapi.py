"""The OpenAPI document names its models plainly."""

from shared.contract.openapi import document


def test_no_two_models_have_one_name() -> None:
    """Else their schemas are named after their modules."""
    components = document("1")["components"]
    assert isinstance(components, dict)
    assert [name for name in components["schemas"] if "__" in name] == []
