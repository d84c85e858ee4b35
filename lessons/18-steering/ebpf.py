"""Asks the kernel to load the smallest eBPF program that chooses among
listeners: one that leaves it to the hash."""
import ctypes
import os
import platform
import struct
import sys

# From <asm/unistd.h> and <linux/bpf.h>.
BPF = {'x86_64': 321, 'aarch64': 280}
PROG_LOAD = 5
SK_REUSEPORT = 21
SK_PASS = 1

# #region load
# R0 = SK_PASS; exit
program = ctypes.create_string_buffer(bytes(
    [0xb7, 0, 0, 0, SK_PASS, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]), 16)
license = ctypes.create_string_buffer(b'GPL')
attr = struct.pack('IIQQ', SK_REUSEPORT, len(program) // 8,
                   ctypes.addressof(program), ctypes.addressof(license))
libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(BPF[platform.machine()], PROG_LOAD, attr, len(attr))
# #endregion load

if result < 0:
    error = ctypes.get_errno()
    sys.exit(f'ebpf.py: bpf: {os.strerror(error)}')
print('the program is loaded')
