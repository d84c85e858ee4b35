"""Two sockets that share a port, and clients for them."""
import ctypes
import errno
import os
import select
import socket
import struct

TCP = socket.SOCK_STREAM
UDP = socket.SOCK_DGRAM
CLIENTS = 32
WAIT_S = 2

# From <asm/socket.h> and <linux/filter.h>; Python has no names for them.
SO_INCOMING_CPU = 49
SO_ATTACH_REUSEPORT_CBPF = 51
SO_DETACH_REUSEPORT_BPF = 68
RETURN = 0x06


class Pair:
    """`with` closes its sockets."""

    def __init__(self, kind):
        self.kind = kind
        self.open = []
        try:
            self.first = self.bind(0)
            self.address = self.first.getsockname()
            self.second = self.bind(self.address[1])
        except OSError:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.open:
            one.close()

    def client(self):
        """Connects, or sends a datagram."""
        client = self.socket()
        client.connect(self.address)
        if self.kind == UDP:
            client.send(b'?')

    def count(self):
        """How many clients each of the two gets."""
        for _ in range(CLIENTS):
            self.client()
        counts = {self.first: 0, self.second: 0}
        for _ in range(CLIENTS):
            ready = wait(*counts)
            if not ready:
                raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            self.take(ready)
            counts[ready] += 1
        return list(counts.values())

    def socket(self):
        one = socket.socket(socket.AF_INET, self.kind)
        self.open.append(one)
        return one

    def bind(self, port):
        one = self.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(('127.0.0.1', port))
        if self.kind == TCP:
            one.listen(CLIENTS)
        return one

    def take(self, one):
        if self.kind == TCP:
            self.open.append(one.accept()[0])
        else:
            one.recv(1)


def wait(*among):
    """One of these that has something to take; after 2 s none."""
    ready, _, _ = select.select(among, [], [], WAIT_S)
    return ready[0] if ready else None


# #region attach
def attach(member, place):
    """Gives the group of a socket a program of one instruction: return this
    place."""
    instruction = struct.pack('HBBI', RETURN, 0, 0, place)
    program = ctypes.create_string_buffer(instruction, len(instruction))
    value = struct.pack('HxxxxxxP', 1, ctypes.addressof(program))
    member.setsockopt(socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, value)
# #endregion attach


def detach(member):
    member.setsockopt(socket.SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0)


def set_incoming_cpu(listener, cpu):
    listener.setsockopt(socket.SOL_SOCKET, SO_INCOMING_CPU, cpu)
