"""What own.py needs: options, answering, and a parent that waits."""
import ctypes
import os
import signal
import sys

from options import read_options, whole_number

options = read_options(
    host='127.0.0.1',
    port=whole_number(8080, 1, 65535),
    workers=whole_number(4, 1, 64),
)

PR_SET_PDEATHSIG = 1  # From <linux/prctl.h>; Python has no name for it.


def begin_parent():
    """Call it in the parent before it forks."""
    name_process('parent')
    # Ctrl-C ends it, and the workers, which inherit this.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print(f'parent {os.getpid()} starts its workers', flush=True)


def wait_for_workers():
    """The parent's exit status is that of the worker which ended last."""
    # Ctrl-C reaches parent and workers. The workers end; the parent goes on
    # until the last one has ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = 0
    while True:
        try:
            _, status = os.wait()
        except ChildProcessError:
            sys.exit(code)
        code = os.waitstatus_to_exitcode(status)
        code = code if code >= 0 else 128 - code


def begin_worker(parent):
    """Call it in each worker, first; `parent` is the parent's pid."""
    name_process('worker')
    # The kernel sends this signal when the parent ends.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')
    # It may have ended before the kernel was asked.
    if os.getppid() != parent:
        os._exit(0)


# #region answer
def serve(listener):
    """Answers one connection after another; never returns."""
    while True:
        connection, _ = listener.accept()
        answer(connection)


def answer(connection):
    """Answers a connection with a line, `worker PID`, and closes it."""
    try:
        with connection:
            connection.sendall(f'worker {os.getpid()}\n'.encode())
    except ConnectionError:
        pass  # A client that leaves early must not end the worker.
# #endregion answer


def name_process(name):
    """The name that `ss` shows; else that is python3 for every script."""
    with open('/proc/self/comm', 'w') as file:
        file.write(name)
