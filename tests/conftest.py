"""How all tests run: what a test finds must not depend on how busy the machine is."""

from hypothesis import settings

settings.register_profile("runspoor", deadline=None)
settings.load_profile("runspoor")
