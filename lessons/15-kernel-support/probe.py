"""Tries what this kernel can do with a shared port, by doing it. With names of
features: status 1 if it lacks one of them."""
import argparse
import errno
import os
import sys

import ebpf
from pair import (CLIENTS, TCP, UDP, Pair, attach, detach, set_incoming_cpu,
                  wait)

MIGRATE = '/proc/sys/net/ipv4/tcp_migrate_req'


# #region group
def shares(kind):
    with Pair(kind) as pair:
        return all(pair.count())
# #endregion group


# #region program
def obeys_program(kind):
    with Pair(kind) as pair:
        attach(pair.first, 1)  # "To place 1", the second.
        return pair.count() == [0, CLIENTS]
# #endregion program


def forgets_program():
    with Pair(TCP) as pair:
        attach(pair.first, 1)
        detach(pair.first)
        return all(pair.count())


# #region cpu
def heeds_cpu():
    allowed = os.sched_getaffinity(0)
    cpu = min(allowed)
    os.sched_setaffinity(0, {cpu})
    try:
        with Pair(TCP) as pair:
            set_incoming_cpu(pair.first, cpu)
            return pair.count() == [CLIENTS, 0]
    finally:
        os.sched_setaffinity(0, allowed)
# #endregion cpu


# #region migrate
def migrates():
    setting = read_setting(MIGRATE)
    if setting is None:
        return False
    if setting == '0':
        return 'off'
    with Pair(TCP) as pair:
        pair.client()
        holder = wait(pair.first, pair.second)
        if not holder:
            return False
        heir = pair.second if holder == pair.first else pair.first
        holder.close()
        return wait(heir) == heir
# #endregion migrate


def loads(name):
    ebpf.load(name)
    return True


FEATURES = {
    'tcp': ('3.9', 'share a port', lambda: shares(TCP)),
    'udp': ('3.9', 'share a port', lambda: shares(UDP)),
    'udp-bpf': ('4.5', 'program chooses', lambda: obeys_program(UDP)),
    'tcp-bpf': ('4.6', 'program chooses', lambda: obeys_program(TCP)),
    'sk-reuseport': ('4.19', 'eBPF chooses', lambda: loads('sk-reuseport')),
    'detach': ('5.3', 'program removed', forgets_program),
    'sk-lookup': ('5.9', 'eBPF looks up', lambda: loads('sk-lookup')),
    'migrate': ('5.14', 'queue moves', migrates),
    'incoming-cpu': ('6.2', 'CPU chooses', heeds_cpu),
}


def main():
    names = read_options()
    print('here   since  what', flush=True)
    answers = [report(name) for name in names or FEATURES]
    if names and any(answer != 'yes' for answer in answers):
        sys.exit(1)


def report(name):
    since, what, probe = FEATURES[name]
    answer, reason = ask(probe)
    print(f'{answer:6} {since:6} {name:13} {what}{reason}', flush=True)
    return answer


# #region ask
def ask(probe):
    try:
        answer = probe()
        return {True: 'yes', False: 'no'}.get(answer, answer), ''
    except OSError as error:
        if error.errno == errno.ENETUNREACH:
            sys.exit('probe.py: 127.0.0.1 cannot be reached;'
                     ' turn the loopback on: ip link set lo up')
        code = errno.errorcode.get(error.errno, str(error))
        return (code, '') if code == 'EPERM' else ('no', f' ({code})')
# #endregion ask


def read_setting(file):
    try:
        with open(file) as setting:
            return setting.read().strip()
    except FileNotFoundError:
        return None


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('features', nargs='*', metavar='FEATURE')
    names = parser.parse_args().features
    for name in names:
        if name not in FEATURES:
            parser.error(f"there is no feature '{name}';"
                         f" there are {', '.join(FEATURES)}")
    return names


if __name__ == '__main__':
    main()
