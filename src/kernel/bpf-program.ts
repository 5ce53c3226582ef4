/**
 * Programs for BPF iterators, assembled here and loaded by plain bpf(2): no compiler, no library. All kernel memory is
 * read by bpf_probe_read_kernel, which cannot fault.
 */
import { EAGAIN, EINTR } from './errno.js';
import * as libc from './libc.js';

const BPF_PROG_LOAD = 5;
const BPF_LINK_CREATE = 28;
const BPF_ITER_CREATE = 33;
const BPF_PROG_TYPE_TRACING = 26;
const BPF_TRACE_ITER = 28;
const HELPER_PROBE_READ_KERNEL = 113;
const HELPER_SEQ_WRITE = 127;
const ATTRIBUTE_SIZE = 128;
const READ_SIZE = 256 * 1024;
const MAX_TRIES = 10;

export const [R0, R1, R2, R3, , , R6, R7, R8, R9, R10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
/** Stack: the record, then two words of scratch. */
export const RECORD = -128;
export const SCRATCH = -136;

/** Puts instructions together; jumps go to labels that are placed later. */
export class Assembler {
  private readonly code: {
    op: number;
    registers: number;
    offset: number;
    immediate: number;
    label?: string;
  }[] = [];
  private readonly labels = new Map<string, number>();

  emit(op: number, destination: number, source = 0, offset = 0, immediate = 0): this {
    this.code.push({ op, registers: destination | (source << 4), offset, immediate });
    return this;
  }

  jumpIfEqual(register: number, immediate: number, label: string): this {
    this.code.push({ op: 0x15, registers: register, offset: 0, immediate, label });
    return this;
  }

  jumpUnlessEqual(register: number, immediate: number, label: string): this {
    this.code.push({ op: 0x55, registers: register, offset: 0, immediate, label });
    return this;
  }

  /** Where two registers are equal. */
  jumpIfSame(a: number, b: number, label: string): this {
    this.code.push({ op: 0x1d, registers: a | (b << 4), offset: 0, immediate: 0, label });
    return this;
  }

  jumpIfGreater(register: number, immediate: number, label: string): this {
    this.code.push({ op: 0x25, registers: register, offset: 0, immediate, label });
    return this;
  }

  jump(label: string): this {
    this.code.push({ op: 0x05, registers: 0, offset: 0, immediate: 0, label });
    return this;
  }

  store32(stack: number, register: number): this {
    return this.emit(0x63, R10, register, stack);
  }

  store64(stack: number, register: number): this {
    return this.emit(0x7b, R10, register, stack);
  }

  /** A constant word on the stack. */
  put32(stack: number, value: number): this {
    return this.emit(0x62, R10, 0, stack, value);
  }

  label(name: string): this {
    this.labels.set(name, this.code.length);
    return this;
  }

  move(destination: number, source: number): this {
    return this.emit(0xbf, destination, source);
  }

  set(destination: number, immediate: number): this {
    return this.emit(0xb7, destination, 0, 0, immediate);
  }

  add(destination: number, immediate: number): this {
    return this.emit(0x07, destination, 0, 0, immediate);
  }

  load64(destination: number, base: number, offset: number): this {
    return this.emit(0x79, destination, base, offset);
  }

  load32(destination: number, base: number, offset: number): this {
    return this.emit(0x61, destination, base, offset);
  }

  /** Reads `size` bytes at the address in r3 to the stack. */
  probe(stack: number, size: number): this {
    return this.move(R1, R10).add(R1, stack).set(R2, size).emit(0x85, 0, 0, 0, HELPER_PROBE_READ_KERNEL);
  }

  probeAt(stack: number, size: number, base: number, offset: number): this {
    return this.move(R3, base).add(R3, offset).probe(stack, size);
  }

  /** Follows a pointer member: its value in `destination`, or a jump where it is NULL. */
  follow(destination: number, base: number, offset: number, ifNull: string): this {
    return this.probeAt(SCRATCH, 8, base, offset)
      .load64(destination, R10, SCRATCH)
      .jumpIfEqual(destination, 0, ifNull);
  }

  clearRecord(size: number): this {
    for (let at = 0; at < size; at += 8) this.emit(0x7a, R10, 0, RECORD + at, 0);
    return this;
  }

  writeRecord(size: number): this {
    return this.move(R1, R9)
      .move(R2, R10)
      .add(R2, RECORD)
      .set(R3, size)
      .emit(0x85, 0, 0, 0, HELPER_SEQ_WRITE);
  }

  end(): libc.FixedBuffer {
    this.label('end').set(R0, 0).emit(0x95, 0);
    const program = libc.fixedBuffer(this.code.length * 8);
    this.code.forEach(({ op, registers, offset, immediate, label }, at) => {
      const target = label === undefined ? offset : this.labels.get(label)! - at - 1;
      program.bytes.writeUInt8(op, at * 8);
      program.bytes.writeUInt8(registers, at * 8 + 1);
      program.bytes.writeInt16LE(target, at * 8 + 2);
      program.bytes.writeInt32LE(immediate | 0, at * 8 + 4);
    });
    return program;
  }
}

export type OffsetOf = (struct: string, member: string) => number;

/** r7 the task, r9 the seq_file; ends where there is no task. */
export function prologue(): Assembler {
  return new Assembler()
    .move(R6, R1)
    .load64(R8, R6, 0)
    .load64(R9, R8, 0)
    .load64(R7, R6, 8)
    .jumpIfEqual(R7, 0, 'end');
}

function bpf(command: number, attributes: libc.FixedBuffer): number {
  for (let tries = 1; ; tries++) {
    const result = libc.syscall('bpf', command, attributes.address, ATTRIBUTE_SIZE);
    if (result >= 0) return result;
    const error = libc.errno();
    // A signal came while the program was looked through.
    if ((error !== EAGAIN && error !== EINTR) || tries >= MAX_TRIES) return -error;
  }
}

function loadProgram(program: libc.FixedBuffer, attachTo: number): number {
  const attributes = libc.fixedBuffer(ATTRIBUTE_SIZE);
  const license = libc.fixedPath('Dual MIT/GPL');
  attributes.view.setUint32(0, BPF_PROG_TYPE_TRACING, true);
  attributes.view.setUint32(4, program.bytes.length / 8, true);
  attributes.view.setBigUint64(8, BigInt(program.address), true);
  attributes.view.setBigUint64(16, BigInt(license.address), true);
  attributes.view.setUint32(68, BPF_TRACE_ITER, true);
  attributes.view.setUint32(108, attachTo, true);
  return bpf(BPF_PROG_LOAD, attributes);
}

/** Runs a program over all it iterates; what it wrote, or -errno. */
export function iterate(program: libc.FixedBuffer, attachTo: number): Buffer | number {
  const descriptors: number[] = [];
  const kept = (descriptor: number): number => {
    if (descriptor >= 0) descriptors.push(descriptor);
    return descriptor;
  };
  try {
    const loaded = kept(loadProgram(program, attachTo));
    if (loaded < 0) return loaded;
    const attributes = libc.fixedBuffer(ATTRIBUTE_SIZE);
    attributes.view.setUint32(0, loaded, true);
    attributes.view.setUint32(8, BPF_TRACE_ITER, true);
    const link = kept(bpf(BPF_LINK_CREATE, attributes));
    if (link < 0) return link;
    attributes.bytes.fill(0);
    attributes.view.setUint32(0, link, true);
    const iterator = kept(bpf(BPF_ITER_CREATE, attributes));
    return iterator < 0 ? iterator : readAll(iterator);
  } finally {
    for (const descriptor of descriptors.reverse()) libc.close(descriptor);
  }
}

function readAll(descriptor: number): Buffer | number {
  const chunk = libc.fixedBuffer(READ_SIZE);
  const chunks: Buffer[] = [];
  for (;;) {
    const length = libc.read(descriptor, chunk.address, READ_SIZE);
    if (length < 0) {
      const error = libc.errno();
      // A signal came (a profiler's, say): the iterator goes on where it was.
      if (error === EINTR) continue;
      return -error;
    }
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(Buffer.from(chunk.bytes.subarray(0, length)));
  }
}
