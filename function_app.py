"""The file the Functions host looks for. Python imports the package of the same name."""
from function_app import app as app
