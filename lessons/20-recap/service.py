"""Three services, a, b and c. All answer alike; what differs is how their
workers share the port."""
import argparse
import ctypes
import itertools
import os
import signal
import socket
import sys
import threading

from options import whole_number

PR_SET_PDEATHSIG = 1  # From <linux/prctl.h>; Python has no name for it.


def main():
    options = read_options()
    try:
        start_workers(options)
    except OSError as error:
        sys.exit(f'service.py: {error}')
    wait_for_workers()


# #region models
def start_workers(options):
    """Starts a worker when the one before is ready."""
    begin_parent()
    shared = None if options.service == 'c' else listen(options)
    channels = []
    for place in range(1, options.workers + 1):
        ours, theirs = socket.socketpair()
        if os.fork() == 0:
            for channel in [ours, *channels]:
                channel.close()
            work(options, place, shared, theirs)  # Never returns.
        theirs.close()
        if not ours.recv(1):  # Nothing, if the worker has ended.
            return
        channels.append(ours)
    if options.service == 'a':
        hand_out = threading.Thread(
            target=accept_in_turns, args=[shared, channels], daemon=True)
        hand_out.start()


def work(options, place, shared, channel):
    begin_worker()
    listener = None
    if options.service == 'a':
        shared.close()  # Only the parent accepts.
    else:
        listener = shared or listen_alone(options)
    print(f'worker {os.getpid()} is ready', flush=True)
    channel.sendall(b'r')
    tickets = Tickets(options.limit)
    while True:
        if options.service == 'a':
            connection = receive(channel)
        else:
            connection, _ = listener.accept()
        threading.Thread(target=answer, args=[
            connection, f'worker {os.getpid()} {place} of {options.workers}',
            tickets]).start()


def accept_in_turns(listener, channels):
    """In the parent: accepts, and passes each connection to the next one."""
    for channel in itertools.cycle(channels):
        connection, _ = listener.accept()
        with connection:
            socket.send_fds(channel, [b'c'], [connection.fileno()])
# #endregion models


def receive(channel):
    """A connection that the parent has accepted."""
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
    if not descriptors:
        os._exit(0)  # The parent has ended.
    return socket.socket(fileno=descriptors[0])


def listen_alone(options):
    try:
        return listen(options, reuse_port=True)
    except OSError as error:
        print(f'service.py: {error}', file=sys.stderr, flush=True)
        os._exit(1)


def listen(options, reuse_port=False):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((options.host, options.port))
    listener.listen(options.backlog)
    return listener


# #region answer
def answer(connection, name, tickets):
    """Answers the request of a connection, and closes it."""
    try:
        with connection:
            if not connection.recv(100):
                return
            allowed = tickets.take()
            text = name if allowed else 'too many requests'
            connection.sendall(f'{text}\n'.encode())
    except ConnectionError:
        pass  # A client that leaves early must not end the worker.
# #endregion answer


class Tickets:
    """How many requests this worker may still answer."""

    def __init__(self, limit):
        self.left = limit
        self.lock = threading.Lock()

    def take(self):
        if self.left is None:
            return True
        with self.lock:
            self.left -= 1
            return self.left >= 0


def begin_parent():
    name_process('parent')
    # Ctrl-C ends it, and the workers, which inherit this.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print(f'parent {os.getpid()} starts its workers', flush=True)


def begin_worker():
    name_process('worker')
    # The kernel sends this signal when the parent ends.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')


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


def name_process(name):
    """The name that `ss` shows; else that is python3 for every script."""
    with open('/proc/self/comm', 'w') as file:
        file.write(name)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('service', nargs='?', choices=['a', 'b', 'c'],
                        default='a')
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', **whole_number(8080, 1, 65535))
    parser.add_argument('--workers', **whole_number(4, 1, 64))
    parser.add_argument('--backlog', **whole_number(511, 1, 65535))
    # How many requests each worker answers.
    parser.add_argument('--limit', **whole_number(None, 0, 1000000))
    return parser.parse_args()


if __name__ == '__main__':
    main()
