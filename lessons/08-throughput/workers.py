"""What the servers of this lesson share: options, answering, and a parent that
waits."""
import ctypes
import os
import signal
import sys
import time

from options import read_options, whole_number

options = read_options(
    host='127.0.0.1',
    port=whole_number(8080, 1, 65535),
    workers=whole_number(4, 1, 64),
    work=whole_number(0, 0, 1000),
    block=whole_number(0, 0, 1000),
    keep_alive=False,
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


def serve(listener, options):
    """Answers connections, one after another; never returns."""
    host, port = listener.getsockname()
    print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)
    while True:
        connection, _ = listener.accept()
        answer(connection, options)


# #region answer
def answer(connection, options):
    """Answers a connection, and closes it; or, with --keep-alive,
    answers each line of it."""
    try:
        with connection, connection.makefile('rb') as requests:
            if not options.keep_alive:
                connection.sendall(reply(options))
                return
            for _ in requests:
                connection.sendall(reply(options))
    except ConnectionError:
        pass  # A client that leaves early must not end the worker.


def reply(options):
    compute(options.work)
    time.sleep(options.block / 1000)
    return f'worker {os.getpid()}\n'.encode()
# #endregion answer


def compute(milliseconds):
    """Uses so many milliseconds of CPU time."""
    end = time.process_time() + milliseconds / 1000
    while time.process_time() < end:
        pass


def name_process(name):
    """The name that `ss` shows; else that is python3 for every script."""
    with open('/proc/self/comm', 'w') as file:
        file.write(name)
