"""The local Functions host: plays for a function app, unmodified, what Azure Functions plays for it in Azure."""
