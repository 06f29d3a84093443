"""Serves django-oauth-toolkit as an OpenID provider with one app and one user, who is always logged in."""
import json, os, sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

given = json.load(sys.stdin)
issuer = "http://localhost:%d/o" % given["port"]
settings.configure(
    ALLOWED_HOSTS=["localhost"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(given["folder"], "django.sqlite")}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    LOGIN_URL="/login/",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="a key of the provider",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    USE_TZ=True,
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_ISS_ENDPOINT": issuer,
        "OIDC_RSA_PRIVATE_KEY": given["key"],
        "OAUTH2_VALIDATOR_CLASS": __name__ + ".Validator",
        "PKCE_REQUIRED": True,
        "SCOPES": {"openid": "identity", "email": "address", "profile": "name"},
    },
)
django.setup()

from django.contrib.auth import get_user_model, login
from django.core.management import call_command
from django.shortcuts import redirect
from django.urls import include, path, re_path
from oauth2_provider.models import Application
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.views import ConnectDiscoveryInfoView


class Validator(OAuth2Validator):
    def get_additional_claims(self, request):
        return {"email": request.user.email, "email_verified": True, "preferred_username": request.user.username}


def log_in(request):
    login(request, get_user_model().objects.get(username="ada"))
    return redirect(request.GET["next"])


urlpatterns = [
    path("login/", log_in),
    # Without the slash that this version has at the end (OpenID Connect Discovery 1.0, 4).
    re_path(r"^o/\.well-known/openid-configuration$", ConnectDiscoveryInfoView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]

call_command("migrate", verbosity=0)
get_user_model().objects.create_user("ada", "ada@example.com")
Application.objects.create(
    name="Latchkey",
    client_id=given["clientId"],
    client_secret=given["clientSecret"],
    client_type=Application.CLIENT_CONFIDENTIAL,
    authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    redirect_uris=given["redirectUri"],
    algorithm=given["algorithm"],
    skip_authorization=True,
)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


from django.core.wsgi import get_wsgi_application

server = make_server("localhost", given["port"], get_wsgi_application(), handler_class=Quiet)
print("ready", flush=True)
server.serve_forever()
