"""What classic BPF cannot do: an eBPF program that counts, and one that answers
for many ports. For root of the machine."""
import argparse
import ctypes
import os
import platform
import signal
import socket
import struct
import sys

import group
from options import whole_number

# From <asm/unistd.h>, <asm/socket.h> and <linux/bpf.h>.
BPF = {'x86_64': 321, 'aarch64': 280}
SO_ATTACH_REUSEPORT_EBPF = 52
MAP_CREATE, MAP_UPDATE, PROG_LOAD, LINK_CREATE = 0, 2, 5, 28
ARRAY, SOCKMAP, REUSEPORT_SOCKARRAY = 2, 15, 20
SK_REUSEPORT, SK_LOOKUP = 21, 30
ATTACH_SK_LOOKUP = 36
LOOKUP_ELEM, SELECT_REUSEPORT, RELEASE, ASSIGN = 1, 82, 86, 124
R0, R1, R2, R3, R4, R6, R7, R8, R10 = 0, 1, 2, 3, 4, 6, 7, 8, 10
PORT = whole_number(8080, 1, 65535)
LOCAL_PORT = 60  # in struct bpf_sk_lookup


def code(op, to=0, of=0, offset=0, number=0):
    return struct.pack('<BBhi', op, of << 4 | to, offset, number)


def copy(to, of):
    return code(0xbf, to, of)


def put(to, number):
    return code(0xb7, to, number=number)


def table(to, descriptor):
    """Two instructions: the address of a map."""
    return code(0x18, to, 1, number=descriptor) + code(0)


def call(helper):
    return code(0x85, number=helper)


# The number 0 on the stack, and its address in R2, as most helpers want a key.
KEY = (code(0x62, R10, offset=-4) + copy(R2, R10) + code(0x07, R2, number=-4))
PASS = put(R0, 1) + code(0x95)


# #region in-turn
def in_turn(counter, sockets, count):
    """R7 = the counter, which every connection raises; R7 % count chooses."""
    return (
        copy(R6, R1) + KEY + table(R1, counter) + call(LOOKUP_ELEM)
        + code(0x15, R0, offset=11)  # no counter: to PASS
        + put(R7, 1)
        + code(0xdb, R0, R7, number=1)  # R7 = counter, counter += 1, at once
        + code(0x97, R7, number=count)
        + code(0x63, R10, R7, offset=-4)  # that place is the key
        + copy(R1, R6) + table(R2, sockets) + copy(R3, R10)
        + code(0x07, R3, number=-4) + put(R4, 0) + call(SELECT_REUSEPORT)
        + PASS)
# #endregion in-turn


# #region ports
def ports(sockets, low, high):
    """Is the port one of ours? Then the socket in the table is the one."""
    return (
        copy(R6, R1) + code(0x61, R7, R1, offset=LOCAL_PORT)
        + code(0xa5, R7, offset=16, number=low)  # below: to PASS
        + code(0x25, R7, offset=15, number=high)  # above: to PASS
        + KEY + table(R1, sockets) + call(LOOKUP_ELEM)
        + code(0x15, R0, offset=8)  # no socket: to PASS
        + copy(R7, R0) + copy(R1, R6) + copy(R2, R7) + put(R3, 0)
        + call(ASSIGN)
        + copy(R1, R7) + call(RELEASE) + put(R0, 1)
        + PASS)
# #endregion ports


def bpf(command, form, *values):
    attr = struct.pack('<' + form, *values)
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(BPF[platform.machine()], command, attr, len(attr))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def make_map(kind, value_size, entries, flags=0):
    return bpf(MAP_CREATE, 'IIIII', kind, 4, value_size, entries, flags)


def set_entry(made, index, descriptor):
    key = ctypes.create_string_buffer(struct.pack('<I', index), 4)
    value = ctypes.create_string_buffer(struct.pack('<Q', descriptor), 8)
    bpf(MAP_UPDATE, 'I4xQQQ', made, ctypes.addressof(key),
        ctypes.addressof(value), 0)


def load(kind, program, attach=0):
    text = ctypes.create_string_buffer(program, len(program))
    license = ctypes.create_string_buffer(b'GPL')
    return bpf(PROG_LOAD, 'IIQQ44xI', kind, len(program) // 8,
               ctypes.addressof(text), ctypes.addressof(license), attach)


def serve_in_turn(listeners):
    sockets = make_map(REUSEPORT_SOCKARRAY, 8, len(listeners))
    for index, listener in enumerate(listeners):
        try:
            set_entry(sockets, index, listener.fileno())
        except OSError as error:
            raise OSError(group.REASONS.get(error.errno, error)) from None
    counter = make_map(ARRAY, 8, 1)
    program = load(SK_REUSEPORT, in_turn(counter, sockets, len(listeners)))
    group.set_option(listeners[0], SO_ATTACH_REUSEPORT_EBPF, program)
    print(f'{len(listeners)} listeners, in turn', flush=True)


def serve_ports(listeners, low, high):
    sockets = make_map(SOCKMAP, 8, 1)
    set_entry(sockets, 0, listeners[0].fileno())
    program = load(SK_LOOKUP, ports(sockets, low, high), ATTACH_SK_LOOKUP)
    network = os.open('/proc/self/ns/net', os.O_RDONLY)
    # It holds as long as this process has the link.
    bpf(LINK_CREATE, 'IIII', program, network, ATTACH_SK_LOOKUP, 0)
    print(f'ports {low} to {high}, until Ctrl-C', flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--port', **PORT)
    what = parser.add_subparsers(dest='what', required=True)
    what.add_parser('in-turn')
    several = what.add_parser('ports')
    several.add_argument('low', **PORT)
    several.add_argument('high', **PORT)
    options = parser.parse_args()
    signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        listeners = [group.borrow(*found)
                     for found in group.find_listeners(options.port)]
        if options.what == 'in-turn':
            serve_in_turn(listeners)
        else:
            serve_ports(listeners, options.low, options.high)
    except OSError as error:
        sys.exit(f'more.py: {error}')


if __name__ == '__main__':
    main()
