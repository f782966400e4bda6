"""v1's ways to sign in. Runspoor shows a key, so these are accepted and not used."""

from __future__ import annotations

from typing import Callable

from runspoor.sdk.connection import connection
from runspoor.sdk.surface import Surface
from runspoor.transport import shown


class AbstractAuthentication(Surface, v1="azureml.core.authentication.AbstractAuthentication"):
    """Whatever was given: the key of the environment or of the keyring is shown."""

    def get_authentication_header(self) -> dict[str, str]:
        """The header that the backend of RUNSPOOR_URL or config.json is shown."""
        return dict(shown(connection().credential))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class InteractiveLoginAuthentication(
        AbstractAuthentication, v1="azureml.core.authentication.InteractiveLoginAuthentication"):
    """Opens no browser."""

    def __init__(self, force: bool = False, tenant_id: str | None = None, cloud: str | None = None) -> None:
        pass


class ServicePrincipalAuthentication(
        AbstractAuthentication, v1="azureml.core.authentication.ServicePrincipalAuthentication"):
    """The password is not kept."""

    def __init__(self, tenant_id: str, service_principal_id: str, service_principal_password: str,
                 cloud: str = "AzureCloud", _enable_caching: bool = True) -> None:
        pass


class MsiAuthentication(AbstractAuthentication, v1="azureml.core.authentication.MsiAuthentication"):
    """Asks no identity service."""

    def __init__(self, cloud: str | None = None, **kwargs: object) -> None:
        pass


class AzureCliAuthentication(AbstractAuthentication, v1="azureml.core.authentication.AzureCliAuthentication"):
    """Asks no command-line tool."""

    def __init__(self, cloud: str | None = None) -> None:
        pass


class TokenAuthentication(AbstractAuthentication, v1="azureml.core.authentication.TokenAuthentication"):
    """The function is never called."""

    def __init__(self, get_token_for_audience: Callable[[str], str], cloud: str | None = None) -> None:
        pass


class ArmTokenAuthentication(AbstractAuthentication, v1="azureml.core.authentication.ArmTokenAuthentication"):
    """The token is not kept."""

    def __init__(self, arm_access_token: str, cloud: str | None = "None") -> None:
        pass

    def update_arm_access_token(self, new_arm_access_token: str) -> None:
        """Accepted and not used."""
