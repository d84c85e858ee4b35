"""Makes two listeners here, and passes each to a worker in a container of its
own."""
import signal
import socket
import subprocess
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)

# #region open
workers = []
for _ in range(2):
    listener = socket.create_server(('127.0.0.1', 8090), reuse_port=True)
    descriptor = listener.fileno()
    workers.append(subprocess.Popen(
        ['sh', 'container.sh', sys.executable, 'contained/worker.py',
         f'{descriptor}'], pass_fds=[descriptor]))
    listener.close()  # The worker has it now.
# #endregion open

for worker in workers:
    worker.wait()
