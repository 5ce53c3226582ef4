"""Agents with different users, capabilities and user namespaces; each tries setns(2) into every namespace of all
agents, in a child of its own. Prints one line of JSON: pids by agent, attempts by agent and namespace with
errno and, where it went in, those of deeds there; deeds in its own namespaces by agent and kind with errno. Lives until standard input ends."""
import ctypes, fcntl, json, os, signal, socket, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
FLAGS = {'mnt': 0x20000, 'uts': 0x4000000, 'ipc': 0x8000000, 'user': 0x10000000, 'pid': 0x20000000,
         'net': 0x40000000, 'cgroup': 0x2000000, 'time': 0x80}
CAP_SYS_CHROOT, CAP_SYS_ADMIN = 18, 21
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
PR_SET_DUMPABLE, PR_SET_PDEATHSIG = 4, 1


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def set_capabilities(wanted):
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    low, high = wanted & 0xFFFFFFFF, wanted >> 32
    data = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    check(libc.capset(header, data))


def permitted():
    with open('/proc/self/status') as status:
        return int(next(line for line in status if line.startswith('CapPrm')).split()[1], 16)


def become_root():
    pass


def without(capability):
    return lambda: set_capabilities(permitted() & ~(1 << capability))


def user(uid):
    def become():
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        check(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
    return become


def unshared(*kinds):
    def become():
        flags = 0
        for kind in kinds:
            flags |= FLAGS[kind]
        check(libc.unshare(flags))
    return become


def map_own(uid):
    """Its id as 0 inside: one without a mapping may make no further user namespace."""
    def become():
        for name, text in (('setgroups', 'deny'), ('uid_map', f'0 {uid} 1'), ('gid_map', f'0 {uid} 1')):
            with open(f'/proc/self/{name}', 'w') as file:
                file.write(text)
    return become


def chain(*steps):
    def become():
        for step in steps:
            step()
    return become


OWN = ('user', 'net', 'uts', 'ipc', 'mnt', 'cgroup')
AGENTS = {
    'root': become_root,
    'root with its own': unshared('net', 'uts', 'ipc', 'mnt', 'cgroup'),
    'root without sys_admin': without(CAP_SYS_ADMIN),
    'root without sys_chroot': without(CAP_SYS_CHROOT),
    'user 4001': user(4001),
    'user 4002': user(4002),
    'user 4001 in a user namespace': chain(user(4001), unshared(*OWN)),
    'root in a user namespace': unshared(*OWN),
    'nested twice': chain(user(4001), unshared('user'), map_own(4001), unshared(*OWN)),
    'nested, without capabilities': chain(user(4001), unshared(*OWN), lambda: set_capabilities(0)),
    'nested, own user only': chain(user(4002), unshared('user')),
}


def attempt(fd, kind):
    """errno of setns in a child, 0 where it went in; and of the deeds there, where this kind has some."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        failed = errno_of(libc.setns(fd, 0))
        done = deeds((kind,)) if failed == 0 else {}
        os.write(writer, json.dumps([failed, done]).encode())
        os._exit(0)
    os.close(writer)
    answer = os.read(reader, 256)
    os.close(reader)
    os.waitpid(pid, 0)
    return answer


def errno_of(result):
    return ctypes.get_errno() if result < 0 else 0


def make_link():
    """errno of RTM_NEWLINK for a kind of link that there is not: EOPNOTSUPP comes after the check."""
    def attribute(number, payload):
        return struct.pack('HH', 4 + len(payload), number) + payload + b'\0' * (-len(payload) % 4)
    body = struct.pack('BxHiII', 0, 0, 0, 0, 0) + attribute(18, attribute(1, b'nsview-none'))
    header = struct.pack('IHHII', 16 + len(body), 16, 1 | 4 | 0x600, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as channel:
        channel.send(header + body)
        return -struct.unpack_from('i', channel.recv(4096), 16)[0]


def deeds(kinds=('uts', 'mnt', 'net')):
    """errno of what changes nothing but is checked like what would, in the namespaces that we are in."""
    answers = {}
    if 'uts' in kinds:
        name = socket.gethostname().encode()
        answers['uts'] = errno_of(libc.sethostname(name, len(name)))
    if 'mnt' in kinds:
        # A filesystem type that there is not: ENODEV comes after the check.
        answers['mnt'] = errno_of(libc.mount(b'none', b'/', b'no such type', 0, None))
    if 'net' in kinds:
        answers['net'] = configure_link()
        answers['link'] = make_link()
    return answers


def configure_link():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        request = struct.pack('16sH14x', b'lo', 0)
        flags = struct.unpack('16sH14x', fcntl.ioctl(channel, SIOCGIFFLAGS, request))[1]
        try:
            fcntl.ioctl(channel, SIOCSIFFLAGS, struct.pack('16sH14x', b'lo', flags))
            return 0
        except OSError as error:
            return error.errno


def agent(become, channel):
    check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    become()
    channel.send(json.dumps(deeds()).encode())
    while True:
        message, fds, _, _ = socket.recv_fds(channel, 64, 1)
        if not message:
            os._exit(0)
        channel.send(attempt(fds[0], message.decode()))
        os.close(fds[0])


def main():
    pids, channels, done = {}, {}, {}
    for name, become in AGENTS.items():
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            agent(become, theirs)
        theirs.close()
        answer = ours.recv(256)
        if not answer:
            raise SystemExit(f'{name} did not start')
        done[name] = json.loads(answer)
        pids[name], channels[name] = pid, ours
    namespaces = {}
    for pid in pids.values():
        for kind in FLAGS:
            path = f'/proc/{pid}/ns/{kind}'
            key = os.readlink(path)
            if key not in namespaces:
                namespaces[key] = os.open(path, os.O_RDONLY)
    attempts = {}
    for name, channel in channels.items():
        attempts[name] = {}
        for key, fd in namespaces.items():
            socket.send_fds(channel, [key.split(':')[0].encode()], [fd])
            attempts[name][key] = json.loads(channel.recv(256))
    print(json.dumps({'pids': pids, 'attempts': attempts, 'deeds': done}), flush=True)
    sys.stdin.read()


main()
