"""Names of datasets, which tenants choose on their own, as the keys under which they are stored.

The key of the default tenant's dataset is its name, that of another tenant's is `tenant/name`; no name has a slash. So
keys of two tenants never meet, and whatever is stored by dataset is stored by tenant.
"""

from imgdiff.errors import NotFound
from imgdiff.requests.names import DEFAULT_TENANT

_SLASH = "/"


def dataset_key(tenant: str, name: str) -> str:
    """The key of a tenant's dataset; raises NotFound for what cannot be a name, such as another tenant's key."""
    if _SLASH in name:
        raise NotFound(f"there is no dataset {name!r}")
    return place_after(tenant, name)


def place_after(tenant: str, name: str) -> str:
    """The place of a name among the keys of a tenant, in their order."""
    return name if tenant == DEFAULT_TENANT else f"{tenant}{_SLASH}{name}"


def dataset_name(key: str) -> str:
    """The name in a key, as its tenant knows the dataset."""
    return key.rpartition(_SLASH)[2]


def tenant_of(key: str) -> str:
    """Whose dataset it is."""
    return key.rpartition(_SLASH)[0] or DEFAULT_TENANT
