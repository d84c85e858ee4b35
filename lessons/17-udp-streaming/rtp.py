"""The head of an RTP packet: what says whose stream it belongs to, and where in
it."""
import struct

HEAD = 12  # Bytes before the picture or the sound.


# #region packet
def packet(stream, number):
    """One packet of a stream. The picture or the sound would follow the 12
    bytes."""
    return struct.pack(
        '>BBHII',
        0x80,  # Version 2 of RTP.
        96,  # What the bytes mean: sender and receiver have agreed on it.
        number,
        number * 160,  # When to play it.
        stream)  # RTP's name for this number is SSRC.
# #endregion packet


def read(data):
    """Returns whose stream the packet belongs to, and its number."""
    _, _, number, _, stream = struct.unpack_from('>BBHII', data)
    return stream, number
