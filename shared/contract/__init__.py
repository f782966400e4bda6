"""The wire: request and response models, routes, the OpenAPI document."""
