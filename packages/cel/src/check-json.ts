import type { Json } from '@agent-factory/sdk';
import { CelFailure } from './cel-failure.ts';
import type { Frame } from './frame.ts';
import { limits } from './limits.ts';

/** A result as JSON: numbers that JSON has, and not too much of it, however often parts of it are the same. */
export function checkJson(frame: Frame, value: unknown): Json {
  const counted = { values: 0 };
  check(frame, value, counted, 0);
  return value as Json; // every part was looked at
}

function check(frame: Frame, value: unknown, counted: { values: number }, level: number): void {
  counted.values += 1;
  if (counted.values > limits.result) {
    throw new CelFailure(`its result has more than ${limits.result} values`, 'limit');
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new CelFailure(`${value} is no number of JSON`, 'range');
  }
  if (typeof value !== 'object' || value === null) return;
  frame.charge(1);
  checkLevel(level);
  for (const each of Array.isArray(value) ? (value as readonly unknown[]) : Object.values(value)) {
    check(frame, each, counted, level + 1);
  }
}

/** Fails where values lie too deep within each other. */
export function checkLevel(level: number): void {
  if (level > limits.levels)
    throw new CelFailure(`its values have more than ${limits.levels} levels`, 'limit');
}
