"""Asks 100 times. An answer is over when the server closes the connection."""
import socket


# #region ask
def ask():
    connection = socket.create_connection(('127.0.0.1', 8083))
    with connection, connection.makefile() as answer:
        return answer.read()
# #endregion ask


for _ in range(100):
    ask()
print('100 answers')
