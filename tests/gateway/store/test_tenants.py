"""Keys of datasets: a tenant and a name, never those of another tenant."""

import pytest

from gateway.store.tenants import dataset_key, dataset_name, tenant_of
from imgdiff.errors import NotFound
from imgdiff.requests.names import DEFAULT_TENANT


@pytest.mark.parametrize("tenant", [DEFAULT_TENANT, "acme", "a.b-c_d"])
def test_a_key_leads_back_to_its_tenant_and_its_name(tenant: str) -> None:
    key = dataset_key(tenant, "photos")

    assert (tenant_of(key), dataset_name(key)) == (tenant, "photos")


def test_the_keys_of_the_default_tenant_are_the_names_that_were_stored_before_there_were_tenants() -> None:
    assert dataset_key(DEFAULT_TENANT, "photos") == "photos"


@pytest.mark.parametrize("tenant", [DEFAULT_TENANT, "acme"])
def test_a_key_is_no_name(tenant: str) -> None:
    with pytest.raises(NotFound, match="there is no dataset 'acme/photos'"):
        dataset_key(tenant, dataset_key("acme", "photos"))
