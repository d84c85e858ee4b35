"""What the scripts of this lesson share: options, answering, a parent that
ends its workers."""
import argparse
import contextlib
import os
import signal
import sys

started = []
ending = None


def begin_parent(name='parent'):
    """Call it in the parent before it starts its workers."""
    name_process(name)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    print(f'{name} {os.getpid()} starts its workers', flush=True)


def end(number, _):
    """A worker that is stopped or stuck does not end when it is asked to,
    so the parent does not ask."""
    global ending
    ending = number
    for worker in started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


def start_worker(work):
    """Forks. The child calls `work`, which never returns. Returns its pid."""
    worker = os.fork()
    if worker == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        name_process('worker')
        work()
    started.append(worker)
    # The signal may have come before the worker was known.
    if ending:
        end(ending, None)
    return worker


def wait_for_workers(ended=lambda worker: None):
    """The parent's exit status is that of the worker which ended last, or of
    the signal that was to end all."""
    code = 0
    while started:
        worker, status = os.wait()
        started.remove(worker)
        ended(worker)
        code = os.waitstatus_to_exitcode(status)
        code = code if code >= 0 else 128 - code
    if ending:
        signal.signal(ending, signal.SIG_DFL)
        os.kill(os.getpid(), ending)
    sys.exit(code)


def say_ready(listener):
    """Call it in each worker when it listens."""
    host, port = listener.getsockname()
    print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)


def answer(connection):
    try:
        with connection:
            connection.sendall(f'worker {os.getpid()}\n'.encode())
    except ConnectionError:
        pass  # A client that leaves early must not end the worker.


def name_process(name):
    """The name that `ss` shows; else that is python3 for every script."""
    with open('/proc/self/comm', 'w') as file:
        file.write(name)


def whole_number(low, high):
    """Makes a parser of option values: whole numbers from `low` to `high`."""

    def parse(text):
        if text.isascii() and text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(
            f"takes a whole number from {low} to {high}, not '{text}'")

    return parse
