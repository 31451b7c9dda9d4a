import { endianness } from 'node:os';

const isLittle = endianness() === 'LE';

/** A vector of length one in the same direction, as 32-bit floats. */
export function unitVector(values: readonly number[]): Float32Array {
  // Squares of very large and very small numbers are infinite and zero: the largest is made one first.
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  let sum = 0;
  for (const value of values) sum += (value / most) ** 2;
  const length = Math.sqrt(sum);
  return Float32Array.from(values, (value) => value / most / length);
}

/** Floats as they are stored: little-endian, wherever this runs. */
export function bytesOf(floats: Float32Array): Uint8Array {
  const bytes = new Uint8Array(floats.buffer.slice(floats.byteOffset, floats.byteOffset + floats.byteLength));
  return isLittle ? bytes : swapped(bytes);
}

/** Writes stored floats into `target` from place `at` on. */
export function readFloats(bytes: Uint8Array, target: Float32Array, at: number): void {
  const into = new Uint8Array(target.buffer, target.byteOffset + at * 4, bytes.length);
  into.set(isLittle ? bytes : swapped(bytes));
}

function swapped(bytes: Uint8Array): Uint8Array {
  const view = Buffer.from(bytes);
  view.swap32();
  return view;
}
