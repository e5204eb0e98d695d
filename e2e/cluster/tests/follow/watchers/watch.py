"""Says when the directory of a ConfigMap's volume changes: inotify, without polling."""

import ctypes
import os
import struct
import sys

IN_MOVED_TO = 0x80
HEADER = struct.Struct("iIII")

directory = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)
inotify = libc.inotify_init1(0)
if libc.inotify_add_watch(inotify, os.fsencode(directory), IN_MOVED_TO) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print("ready", flush=True)
while True:
    events = os.read(inotify, 65536)
    while events:
        length = HEADER.unpack_from(events)[3]
        name = events[HEADER.size : HEADER.size + length].rstrip(b"\0")
        events = events[HEADER.size + length :]
        if name == b"..data":
            with open(os.path.join(directory, "generation")) as file:
                print("generation", file.read(), flush=True)
