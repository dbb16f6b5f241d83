"""The environment in which tests run: demonstration on, plain static files. Loaded before the settings (see pyproject.toml)."""

import os

os.environ.setdefault("DEMONSTRATION", "1")
os.environ.setdefault("STATICFILES_BACKEND", "django.contrib.staticfiles.storage.StaticFilesStorage")
os.environ.setdefault("CACHE_BACKEND", "django.core.cache.backends.locmem.LocMemCache")
