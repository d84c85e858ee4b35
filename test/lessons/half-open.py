"""Half-open connections when their listener closes: what a network shows, and the loopback hides.

A tun device is the network: what the kernel sends is read here, and what a far host would answer is written here.
Twenty connections have had their SYN answered, and wait for the last packet of the handshake. Then another listener
joins their group, their own is closed, and the last packets come. Prints for each setting of tcp_migrate_req

    migrate M: R reset, A accepted by the other
"""
import fcntl
import os
import select
import socket
import struct
import subprocess

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
HERE, THERE, PORT = '10.99.0.1', '10.99.0.2', 8080
SYN, RST, ACK = 0x02, 0x04, 0x10
CONNECTIONS = 20


def main():
    tun = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH22x', b'far', IFF_TUN | IFF_NO_PI))
    for command in (f'ip address add {HERE}/24 dev far', 'ip link set far up'):
        subprocess.run(command.split(), check=True)
    for migrate in (0, 1):
        with open('/proc/sys/net/ipv4/tcp_migrate_req', 'w') as setting:
            setting.write(str(migrate))
        first = 20000 + 1000 * migrate
        print(f'migrate {migrate}:', measure(tun, range(first, first + CONNECTIONS)), flush=True)


def measure(tun, ports):
    closing = listen()
    for port in ports:
        send(tun, port, SYN, 1, 0)
    answers = {}
    while len(answers) < len(ports):
        port, flags, number = receive(tun)
        if port in ports and flags == SYN | ACK:
            answers[port] = number
    staying = listen()
    closing.close()
    for port in ports:
        send(tun, port, ACK, 2, answers[port] + 1)
    reset, accepted = set(), set()
    while len(reset) + len(accepted) < len(ports):
        ready, _, _ = select.select([tun, staying], [], [])
        if tun in ready:
            port, flags, _ = receive(tun)
            if port in ports and flags & RST:
                reset.add(port)
        if staying in ready:
            connection, (_, port) = staying.accept()
            accepted.add(port)
            connection.close()
    staying.close()
    return f'{len(reset)} reset, {len(accepted)} accepted by the other'


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((HERE, PORT))
    listener.listen(511)
    return listener


def send(tun, port, flags, number, answer):
    """Writes a packet as from the far host."""
    addresses = socket.inet_aton(THERE) + socket.inet_aton(HERE)
    tcp = struct.pack('!HHIIBBHHH', port, PORT, number, answer % 2**32, 5 << 4, flags, 64240, 0, 0)
    pseudo = addresses + struct.pack('!BBH', 0, socket.IPPROTO_TCP, len(tcp))
    tcp = tcp[:16] + struct.pack('!H', checksum(pseudo + tcp)) + tcp[18:]
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), 0, 0, 64, socket.IPPROTO_TCP, 0) + addresses
    head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
    os.write(tun, head + tcp)


def receive(tun):
    """The far host's port, the flags and the number of the next packet; port 0 for what is no TCP over IPv4."""
    packet = os.read(tun, 2048)
    if packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
        return 0, 0, 0
    tcp = packet[(packet[0] & 15) * 4:]
    _, port, number, _, _, flags = struct.unpack('!HHIIBB', tcp[:14])
    return port, flags, number


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


if __name__ == '__main__':
    main()
