# SPDX-License-Identifier: Apache-2.0
# Mounts a file system of one file over a file, by the FUSE protocol (linux/fuse.h). Its content is that of the file below,
# until the file in the second argument exists: from then on reads do not return, not even to a process that is killed,
# as while the firmware of an HCA does not answer. They return when that file is removed. Ends at the end of its input.
import ctypes
import os
import select
import struct
import sys

target, held = sys.argv[1:3]
with open(target, 'rb') as file:
    content = file.read()

INIT, GETATTR, OPEN, READ, RELEASE, FLUSH = 26, 3, 14, 15, 18, 25
SILENT = {2, 36, 42}  # FORGET, INTERRUPT, BATCH_FORGET
DIRECT_IO = 1

libc = ctypes.CDLL(None, use_errno=True)
device = os.open('/dev/fuse', os.O_RDWR)
options = f'fd={device},rootmode=100444,user_id=0,group_id=0,allow_other'.encode()
if libc.mount(b'stuck', target.encode(), b'fuse', 0, options) != 0:
    sys.exit(f'mount: {os.strerror(ctypes.get_errno())}')


def answer(request, body=b'', error=0):
    try:
        os.write(device, struct.pack('<IiQ', 16 + len(body), -error, request) + body)
    except OSError:
        pass  # The reader is gone.


attributes = struct.pack('<6Q10I', 1, 4096, 8, 0, 0, 0, 0, 0, 0, 0o100444, 1, 0, 0, 0, 4096, 0)
waiting = []
print('mounted', flush=True)
while True:
    ready = select.select([device, sys.stdin], [], [], 0.02)[0]
    if sys.stdin in ready:
        break
    if not os.path.exists(held):
        for request in waiting:
            answer(request, content)
        waiting = []
    if device not in ready:
        continue
    message = os.read(device, 1 << 17)
    _, operation, request = struct.unpack('<IIQ', message[:16])
    if operation == INIT:
        answer(request, struct.pack('<4I2H2I2HI28x', 7, 31, 65536, 0, 12, 10, 65536, 1, 16, 0, 0))
    elif operation == GETATTR:
        answer(request, struct.pack('<QII', 0, 0, 0) + attributes)
    elif operation == OPEN:
        answer(request, struct.pack('<QII', 1, DIRECT_IO, 0))
    elif operation == READ:
        offset = struct.unpack('<Q', message[48:56])[0]
        if offset > 0:
            answer(request)
        elif os.path.exists(held):
            waiting.append(request)
            print('held', flush=True)
        else:
            answer(request, content)
    elif operation in (RELEASE, FLUSH):
        answer(request)
    elif operation not in SILENT:
        answer(request, error=38)
libc.umount2(target.encode(), 2)
