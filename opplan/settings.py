"""Settings, all from the environment.

SECRET_KEY      required, unless DEMONSTRATION or DEBUG is on
DATABASE_URL    postgres://… for real use; by default an embedded SQLite database under var/
ALLOWED_HOSTS   names the application answers to, with commas between them
DEBUG           1 shows tracebacks; for developers only
DOCUMENTS       where the documents of a plan are kept, by default var/documents
DEFINITIONS     folders with templates of workbooks beside the house's own, with : between them
DEMONSTRATION   1 for a trial on one machine: demonstration accounts may sign in, plain http is allowed
EMAIL_HOST      who sends mail (with EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD); without it mail is printed, not sent
EMAIL_FROM      whom mail comes from
TRUSTED_PROXIES how many proxies stand in front, so that failed attempts count by the visitor's own address; 0 by default
"""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"


def switched_on(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


DEBUG = switched_on("DEBUG")
DOCUMENTS = Path(os.environ.get("DOCUMENTS", VAR / "documents"))
DEFINITIONS = [Path(folder) for folder in os.environ.get("DEFINITIONS", "").split(os.pathsep) if folder]
DEMONSTRATION = DEBUG or switched_on("DEMONSTRATION")
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEMONSTRATION:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random text; for a trial on this machine run `make run`, or set DEMONSTRATION=1."
        )
    SECRET_KEY = "demonstration-only-" + "opplan" * 8
ALLOWED_HOSTS = [host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host.strip()]
if DEMONSTRATION and not ALLOWED_HOSTS:
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]

INSTALLED_APPS = [
    "opplan.web",
    "opplan.plans",
    "opplan.accounts",
    "opplan.imports",
    "initiatives",
    "activity",
    "finance",
    "opplan.dashboards",
    "opplan.submissions",
    "opplan",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_tables2",
    "simple_history",
]
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",  # first, so that whatever answers carries the policy
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "opplan.web.errors.no_null_in_addresses",
]
ROOT_URLCONF = "opplan.urls"
WSGI_APPLICATION = "opplan.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "opplan.navigation.frame",
            ],
            "builtins": ["opplan.web.templatetags.opplan"],
        },
    }
]
FORM_RENDERER = "opplan.web.forms.Renderer"
DJANGO_TABLES2_TEMPLATE = "tables/table.html"

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{VAR / 'opplan.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Readers never wait for a writer, writers queue instead of failing. The log of writes is folded back every 16 MB instead of 4, and
    # 16 MB of pages are held instead of 2: an import of two years' workbooks would else pay for both each time.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; "
        "PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-16000;",
    }
elif DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # To compile a summary's expressions takes longer than to add a million months with them.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["opplan.accounts.backends.MemberBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# Who may sign in for a trial, and the password that they share.
DEMONSTRATION_PEOPLE = BASE_DIR / "fixtures" / "people.toml"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:plans"
ACCOUNT_ADAPTER = "opplan.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Five failures for one email shut it for five minutes. One address may be a whole organisation's, so it gets more.
ACCOUNT_RATE_LIMITS = {"login_failed": "50/5m/ip,5/5m/key"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "opplan: "
ACCOUNT_FORMS = {
    "login": "opplan.accounts.forms.SignInForm",
    "reauthenticate": "opplan.accounts.forms.ConfirmPasswordForm",
    "change_password": "opplan.accounts.forms.ChangePasswordForm",
    "reset_password": "opplan.accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "opplan.accounts.forms.NewPasswordForm",
}
# Work emails are entered by an administrator, never by their owner: there is nothing to verify.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_ADAPTER = "opplan.accounts.adapter.SecondFactor"
MFA_TOTP_ISSUER = "opplan"
MFA_FORMS = {
    "authenticate": "opplan.accounts.forms.SecondFactorForm",
    "reauthenticate": "opplan.accounts.forms.ConfirmCodeForm",
    "activate_totp": "opplan.accounts.forms.AddAuthenticatorForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "0"))
# Attempts are counted in files, so that every process of the machine counts the same ones.
CACHES = {
    "default": {
        "BACKEND": os.environ.get("CACHE_BACKEND", "django.core.cache.backends.filebased.FileBasedCache"),
        "LOCATION": str(VAR / "cache"),
    }
}
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = True
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "opplan@localhost")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = False
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [VAR / "assets"] if (VAR / "assets").exists() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": os.environ.get("STATICFILES_BACKEND", "opplan.web.storage.HashedFiles")},
}
WHITENOISE_USE_FINDERS = DEBUG

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# The form of an import takes far fewer and says so; without this it would never see them.
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
FILE_UPLOAD_HANDLERS = [
    "opplan.imports.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
if not DEMONSTRATION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
