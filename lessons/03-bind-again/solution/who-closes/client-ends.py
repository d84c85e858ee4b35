"""Asks 100 times. It says that it will send nothing more, and reads until the
server closes."""
import socket


# #region ask
def ask():
    connection = socket.create_connection(('127.0.0.1', 8083))
    with connection, connection.makefile() as answer:
        connection.shutdown(socket.SHUT_WR)
        return answer.read()
# #endregion ask


for _ in range(100):
    ask()
print('100 answers')
