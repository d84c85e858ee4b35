"""The listeners of a port, whoever holds them, and what the kernel is told
about their group."""
import ctypes
import errno
import os
import re
import socket
import struct
import subprocess

# From <asm/unistd.h> and <asm/socket.h>; Python has no names for them.
PIDFD_GETFD = 438
SO_INCOMING_CPU = 49
SO_ATTACH_REUSEPORT_CBPF = 51
SO_DETACH_REUSEPORT_BPF = 68

# What the kernel means by its errors here.
REASONS = {errno.EINVAL: 'the listener was opened without SO_REUSEPORT',
           errno.ENOENT: 'the group has no program'}


def find_listeners(port):
    """Returns pid and descriptor for each listener: of the first process that
    `ss` names for it."""
    out = subprocess.run(['ss', '-ltnpH', f'sport = :{port}'], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    found = re.findall(r'^.*?pid=(\d+),fd=(\d+)', out, re.MULTILINE)
    if not found:
        raise ProcessLookupError(
            f'no process that you may look into listens on port {port}')
    return [(int(pid), int(fd)) for pid, fd in found]


def borrow(pid, descriptor):
    """Returns a socket that another process holds."""
    process = os.pidfd_open(pid)
    libc = ctypes.CDLL(None, use_errno=True)
    ours = libc.syscall(PIDFD_GETFD, process, descriptor, 0)
    if ours < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    os.close(process)
    return socket.socket(fileno=ours)


# #region attach
def attach(listener, program):
    """Attaches a program to the group of a listener, in place of the one
    before."""
    packed = b''.join(
        struct.pack('HBBI', code, *(jump or [0]), 0, k & 0xffffffff)
        for code, k, *jump in program)
    instructions = ctypes.create_string_buffer(packed, len(packed))
    sock_fprog = struct.pack(
        'HP', len(program), ctypes.addressof(instructions))
    set_option(listener, SO_ATTACH_REUSEPORT_CBPF, sock_fprog)
# #endregion attach


def detach(listener):
    set_option(listener, SO_DETACH_REUSEPORT_BPF, 0)


def set_incoming_cpu(listener, cpu):
    set_option(listener, SO_INCOMING_CPU, cpu)


def set_option(listener, option, value):
    try:
        listener.setsockopt(socket.SOL_SOCKET, option, value)
    except OSError as error:
        if error.errno in REASONS:
            raise OSError(REASONS[error.errno]) from None
        raise
