"""The environment in which tests run: demonstration on, plain static files. Loaded before the settings (see pyproject.toml)."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("DEMONSTRATION", "1")
os.environ.setdefault("STATICFILES_BACKEND", "django.contrib.staticfiles.storage.StaticFilesStorage")
os.environ.setdefault("CACHE_BACKEND", "django.core.cache.backends.locmem.LocMemCache")
if "DOCUMENTS" not in os.environ:
    os.environ["DOCUMENTS"] = tempfile.mkdtemp(prefix="opplan-documents-")
    atexit.register(shutil.rmtree, os.environ["DOCUMENTS"], ignore_errors=True)
