"""Two workers on one port give each visitor a number. Who counts: each worker,
or the parent?"""
import ctypes
import os
import select
import signal
import socket
import sys

from options import one_of, read_options, whole_number

PR_SET_PDEATHSIG = 1  # From <linux/prctl.h>; Python has no name for it.


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        owner=one_of('worker', 'parent'),
    )
    name_process('owner' if options.owner == 'parent' else 'parent')
    # Ctrl-C ends it, and the workers, which inherit this.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print(f'parent {os.getpid()} starts its workers', flush=True)
    channels = [start_worker(options), start_worker(options)]
    # Ctrl-C reaches parent and workers. The workers end; the parent goes on
    # until the last one has ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_numbers(channels)
    wait_for_workers()


def start_worker(options):
    """Returns the parent's end of a channel to the new worker."""
    parent = os.getpid()
    ours, theirs = socket.socketpair()
    if os.fork() != 0:
        theirs.close()
        return ours
    ours.close()
    name_process('worker')
    end_with(parent)
    serve(options, theirs)


def end_with(parent):
    """In a worker: asks the kernel for a SIGTERM when the parent ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')
    # It may have ended before the kernel was asked.
    if os.getppid() != parent:
        os._exit(0)


def serve(options, channel):
    """In each worker; never returns."""
    visits = 0

    # #region here
    def count_here():
        nonlocal visits
        visits += 1
        return visits
    # #endregion here

    # #region ask
    def ask_parent():
        channel.send(b'a visitor')
        return int(channel.recv(20))
    # #endregion ask

    # #region answer
    host, port = options.host, options.port
    listener = socket.create_server((host, port), reuse_port=True)
    print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)
    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                ask = options.owner == 'parent'
                number = ask_parent() if ask else count_here()
                answer = f'worker {os.getpid()} {number}\n'
                connection.sendall(answer.encode())
        except ConnectionError:
            pass  # A client that leaves early must not end the worker.
    # #endregion answer


# #region parent
def give_numbers(channels):
    """In the parent: it alone has the count."""
    visits = 0
    while channels:
        for channel in select.select(channels, [], [])[0]:
            try:
                asked = channel.recv(20)
                if asked:
                    visits += 1
                    channel.send(str(visits).encode())
            except ConnectionError:
                asked = b''  # The worker has died before it had its number.
            if not asked:
                channels.remove(channel)
# #endregion parent


def wait_for_workers():
    """The parent's exit status is that of the worker which ended last."""
    code = 0
    while True:
        try:
            _, status = os.wait()
        except ChildProcessError:
            sys.exit(code)
        code = os.waitstatus_to_exitcode(status)
        code = code if code >= 0 else 128 - code


def name_process(name):
    """The name that `ss` shows; else that is python3 for every script."""
    with open('/proc/self/comm', 'w') as file:
        file.write(name)


if __name__ == '__main__':
    main()
