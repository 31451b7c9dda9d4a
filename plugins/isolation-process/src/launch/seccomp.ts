import { endianness } from 'node:os';

/** What a filter answers: goes ahead, fails as not permitted, fails as not known, or ends the process. */
const verdicts = { allow: 0x7fff0000, deny: 0x00050001, unknown: 0x00050026, kill: 0x80000000 } as const;

interface Machine {
  /** As in `linux/audit.h`. */
  readonly arch: number;
  /** System calls that fail with EPERM, by number. */
  readonly denied: readonly number[];
  readonly clone: number;
  readonly clone3: number;
}

/**
 * System calls a plugin's process is refused: all that opens or uses sockets of its own, reaches other processes,
 * mounts, makes namespaces, loads into the kernel, or starts work in it that no filter sees (io_uring).
 */
const names = [
  'socket',
  'connect',
  'accept',
  'accept4',
  'bind',
  'listen',
  'socketpair',
  'sendto',
  'sendmmsg',
  'kill',
  'tkill',
  'rt_sigqueueinfo',
  'rt_tgsigqueueinfo',
  'pidfd_open',
  'pidfd_send_signal',
  'pidfd_getfd',
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'process_madvise',
  'kcmp',
  'setpriority',
  'ioprio_set',
  'mount',
  'umount2',
  'pivot_root',
  'chroot',
  'unshare',
  'setns',
  'open_by_handle_at',
  'fsopen',
  'fsmount',
  'move_mount',
  'open_tree',
  'mount_setattr',
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'keyctl',
  'add_key',
  'request_key',
  'init_module',
  'finit_module',
  'delete_module',
  'kexec_load',
  'kexec_file_load',
  'reboot',
  'swapon',
  'swapoff',
  'acct',
  'quotactl',
  'personality',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'execveat',
  'memfd_create',
  'mknodat',
  'setuid',
  'setgid',
  'setreuid',
  'setregid',
  'setresuid',
  'setresgid',
  'setgroups',
  'shmget',
  'msgget',
  'semget',
  'mq_open',
] as const;

// The numbers of `names`, in their order; from the kernel's tables of system calls.
const x64 = [
  41, 42, 43, 288, 49, 50, 53, 44, 307, 62, 200, 129, 297, 434, 424, 438, 101, 310, 311, 440, 312, 141, 251,
  165, 166, 155, 161, 272, 308, 304, 430, 432, 429, 428, 442, 321, 298, 323, 250, 248, 249, 175, 313, 176,
  246, 320, 169, 167, 168, 163, 179, 135, 425, 426, 427, 322, 319, 259, 105, 106, 113, 114, 117, 119, 116, 29,
  68, 64, 240,
];
const arm64 = [
  198, 203, 202, 242, 200, 201, 199, 206, 269, 129, 130, 138, 240, 434, 424, 438, 117, 270, 271, 440, 272,
  140, 30, 40, 39, 41, 51, 97, 268, 265, 430, 432, 429, 428, 442, 280, 241, 282, 219, 217, 218, 105, 273, 106,
  104, 294, 142, 224, 225, 89, 60, 92, 425, 426, 427, 281, 279, 33, 146, 144, 145, 143, 147, 149, 159, 194,
  186, 190, 180,
];
const machines: Readonly<Record<string, Machine>> = {
  x64: { arch: 0xc000003e, denied: x64, clone: 56, clone3: 435 },
  arm64: { arch: 0xc00000b7, denied: arm64, clone: 220, clone3: 435 },
};

const cloneThread = 0x00010000;
const x32Bit = 0x40000000;
const [loadWord, jumpEqual, jumpAtLeast, jumpSet, give] = [0x20, 0x15, 0x35, 0x45, 0x06];
const offsets = { call: 0, arch: 4, firstArgument: 16 };

/**
 * A filter of system calls (classic BPF, as `bwrap --seccomp` takes it) for a process that needs nothing but memory,
 * threads, clocks and the pipe it was given. Nothing for machines it is not known for.
 */
export function seccompFilter(machine: string = process.arch): Buffer | undefined {
  const known = machines[machine];
  if (!known || known.denied.length !== names.length || endianness() !== 'LE') return undefined;
  const program: [code: number, yes: number, no: number, value: number][] = [
    [loadWord, 0, 0, offsets.arch],
    [jumpEqual, 1, 0, known.arch],
    [give, 0, 0, verdicts.kill],
    [loadWord, 0, 0, offsets.call],
    [jumpAtLeast, 0, 1, x32Bit],
    [give, 0, 0, verdicts.kill],
    // Glibc asks again with clone, whose flags can be seen, when clone3 is not known.
    [jumpEqual, 0, 1, known.clone3],
    [give, 0, 0, verdicts.unknown],
    [jumpEqual, 0, 4, known.clone],
    [loadWord, 0, 0, offsets.firstArgument],
    [jumpSet, 0, 1, cloneThread],
    [give, 0, 0, verdicts.allow],
    [give, 0, 0, verdicts.deny],
    ...known.denied.flatMap((call): typeof program => [
      [jumpEqual, 0, 1, call],
      [give, 0, 0, verdicts.deny],
    ]),
    // fork and vfork, where there are such calls.
    ...(machine === 'x64' ? [57, 58] : []).flatMap((call): typeof program => [
      [jumpEqual, 0, 1, call],
      [give, 0, 0, verdicts.deny],
    ]),
    [give, 0, 0, verdicts.allow],
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, yes, no, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes[index * 8 + 2] = yes;
    bytes[index * 8 + 3] = no;
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}
