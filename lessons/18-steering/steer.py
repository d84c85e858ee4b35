"""Tells the kernel how to choose among the listeners of a port."""
import argparse
import sys

import group
from options import whole_number

# From <linux/filter.h> and <linux/bpf_common.h>. A is the one number that a
# program works with.
LOAD = 0x20  # A = four bytes.
LOAD_HALF = 0x28  # A = two bytes.
MODULO = 0x94  # A = A % k
AT_LEAST = 0x35  # Jump: is A >= k?
RETURN = 0x06  # Return k.
RETURN_A = 0x16  # Return A.
# What to load: from the packet's IP header, or a number that the kernel knows.
# TCP begins behind the 20 bytes of an IPv4 header.
SOURCE_PORT = -0x100000 + 20
CPU = -0x1000 + 36
RANDOM = -0x1000 + 56


# #region to
def to(index, _):
    return [(RETURN, index)]
# #endregion to


# #region by-source-port
def by_source_port(count, _):
    return [
        (LOAD_HALF, SOURCE_PORT),  # A = the source port
        (MODULO, count),  # A = A % count
        (RETURN_A, 0),  # return A
    ]
# #endregion by-source-port


# #region canary
def canary(percent, count):
    """So many of 100 connections to the newest listener, the rest to the
    others."""
    return [
        (LOAD, RANDOM),  # A = a random number
        (MODULO, 100),
        (AT_LEAST, percent, 1),  # A >= percent? Skip one.
        (RETURN, count - 1),  # the newest
        (LOAD, RANDOM),
        (MODULO, count - 1),
        (RETURN_A, 0),  # one of the others
    ]
# #endregion canary


# #region by-cpu
def by_cpu(*_):
    return [(LOAD, CPU), (RETURN_A, 0)]
# #endregion by-cpu


def main():
    options = read_options()
    try:
        steer(options)
    except OSError as error:
        sys.exit(f'steer.py: {error}')


def steer(options):
    listeners = group.find_listeners(options.port)
    # A program belongs to the group: to attach it, one member is as good as
    # another.
    members = [listener for listener in listeners
               if options.worker in (None, listener[0])]
    if not members:
        raise ProcessLookupError(f'process {options.worker} does not listen on'
                                 f' port {options.port}')
    told = tell(options, group.borrow(*members[0]), len(listeners))
    print(f'port {options.port}: {amount(len(listeners), "listener")}, {told}')


def tell(options, listener, count):
    if options.mode == 'detach':
        group.detach(listener)
        return 'no program'
    if options.mode == 'incoming-cpu':
        group.set_incoming_cpu(listener, options.value)
        return f'one of them for CPU {options.value}'
    if options.mode == 'canary' and count < 2:
        raise OSError('a canary needs a second listener')
    programs = {'to': to, 'by-source-port': by_source_port, 'canary': canary,
                'by-cpu': by_cpu}
    program = programs[options.mode](options.value, count)
    group.attach(listener, program)
    return f'a program of {amount(len(program), "instruction")}'


def amount(number, word):
    return f'{number} {word}{"" if number == 1 else "s"}'


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--port', **whole_number(8080, 1, 65535))
    parser.add_argument('--worker', **whole_number(None, 1, 4194304))
    modes = parser.add_subparsers(dest='mode')
    for mode, numbers in [('to', (0, 65535)), ('by-source-port', (1, 65535)),
                          ('canary', (1, 99)), ('by-cpu', None),
                          ('incoming-cpu', (0, 65535)), ('detach', None)]:
        subparser = modes.add_parser(mode)
        if numbers:
            subparser.add_argument('value', **whole_number(None, *numbers))
        else:
            subparser.set_defaults(value=0)
    options = parser.parse_args()
    if not options.mode:
        parser.error(f'tell it one of {", ".join(modes.choices)}')
    return options


if __name__ == '__main__':
    main()
