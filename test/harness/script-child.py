"""Run by scripts.ts: a script with one list of arguments after another, each as if it had just been started."""
import contextlib
import io
import json
import os
import runpy
import sys

script = sys.argv[1]
folder = os.path.dirname(script)
sys.path[0] = folder
outcomes = []
for args in json.loads(sys.argv[2]):
    sys.argv = [script, *args]
    error = io.StringIO()
    status = 0
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(error):
            runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        status = end.code
    outcomes.append({"status": status, "error": error.getvalue()})
    # What it shares with others reads the arguments when it is imported.
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(folder):
            del sys.modules[name]
print(json.dumps(outcomes))
