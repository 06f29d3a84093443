"""Records the database and the cookies of a Flask application with logged-in users.

Usage: python3 record.py FOLDER_OF_THE_APPLICATION FOLDER_TO_WRITE_TO
The application has a `create_app` in its package `project` and forms at /signup and /login.
"""
import json
import os
import re
import sys
from importlib.metadata import version

application, target = (os.path.abspath(path) for path in sys.argv[1:3])
database = os.path.join(target, "flask.sqlite")
secret = "the secret key of the old application"
if os.path.exists(database):
    os.remove(database)
os.environ.update(SECRET_KEY=secret, DATABASE_URL=f"sqlite:///{database}")
sys.path.insert(0, application)
sys.dont_write_bytecode = True

from project import create_app  # noqa: E402

app = create_app()
people = [("ada", "ada@example.com", "A harbour at dusk 1"), ("grace", "Grace@Example.com", "p\u00e4ssw\u00f6rd \u2603 Z9")]
cookies = {}
for username, email, password in people:
    browser = app.test_client()

    def post(path, **fields):
        page = browser.get(path).get_data(as_text=True)
        token = re.search(r'name="csrf_token"(?: type="hidden")? value="([^"]*)"', page)
        if token:
            fields["csrf_token"] = token.group(1)
        return browser.post(path, data=fields)

    names = {"password": password, "confirm_password": password, "confirm": password}
    post("/signup", username=username, email=email, **names)
    answer = post("/login", email=email, password=password, remember="on")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    sent = [line.split(";", 1)[0].split("=", 1) for line in answer.headers.getlist("Set-Cookie")]
    cookies[username] = {name: value for name, value in sent if name in ("session", "remember_token")}
with open(os.path.join(target, "flask.json"), "w") as file:
    versions = {name: version(name) for name in ("flask", "werkzeug", "flask-login")}
    json.dump({"secret": secret, "people": people, "cookies": cookies, "versions": versions}, file, indent=2)
    file.write("\n")
