"""Reads two socket options of a socket that another process holds."""
import argparse
import ctypes
import os
import socket
import sys

PIDFD_GETFD = 438  # Its number as a system call; Python has no name for it.


def main():
    options = read_options()
    try:
        print_options(options.pid, options.descriptor, options.switch_on)
    except OSError as error:
        sys.exit(f'option.py: {error}')


def print_options(pid, descriptor, switch_on):
    with borrow_socket(pid, descriptor) as theirs:
        if switch_on:
            theirs.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        for name in ('SO_REUSEADDR', 'SO_REUSEPORT'):
            value = theirs.getsockopt(
                socket.SOL_SOCKET, getattr(socket, name))
            print(f'{name} {value}')


# #region borrow
def borrow_socket(pid, descriptor):
    """Returns the same socket, through a descriptor of this process."""
    process = os.pidfd_open(pid)
    libc = ctypes.CDLL(None, use_errno=True)
    ours = libc.syscall(PIDFD_GETFD, process, descriptor, 0)
    os.close(process)
    if ours < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return socket.socket(fileno=ours)
# #endregion borrow


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pid', type=int)
    parser.add_argument('descriptor', type=int)
    parser.add_argument('--switch-on', action='store_true')
    return parser.parse_args()


if __name__ == '__main__':
    main()
