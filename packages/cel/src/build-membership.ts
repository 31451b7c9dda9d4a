import { bool, comparable, isOpen, nameOf } from './cel-type.ts';
import { noOverload } from './cel-failure.ts';
import { CelIssue } from './cel-issue.ts';
import { equal } from './compare.ts';
import type { Frame } from './frame.ts';
import type { Part } from './scope.ts';

/** `item in list`, `key in map`. */
export function buildMembership(left: Part, right: Part, at: number): Part {
  const { type } = right;
  const fits =
    isOpen(type) ||
    (type.kind === 'list' && comparable(left.type, type.of)) ||
    (type.kind === 'map' && (left.type.kind === 'string' || isOpen(left.type) || type.of?.kind === 'never'));
  if (!fits) {
    const what = `${nameOf(left.type)} is never in ${nameOf(type)}`;
    throw new CelIssue(
      what,
      at,
      'Look for an item in a list of such, or for a text among the keys of a map.',
    );
  }
  const [item, all] = [left.run, right.run];
  const known = right.constant?.value;
  if (Array.isArray(known) && known.every((each) => typeof each === 'string')) {
    // A written list of texts: the usual case.
    const texts: ReadonlySet<unknown> = new Set(known);
    return { type: bool, run: (frame) => texts.has(item(frame)) };
  }
  return { type: bool, run: (frame) => isIn(frame, item(frame), all(frame)) };
}

function isIn(frame: Frame, item: unknown, all: unknown): boolean {
  if (Array.isArray(all)) {
    frame.charge(all.length);
    if (typeof item !== 'object') return item === item && all.includes(item); // NaN is equal to nothing
    return all.some((each) => equal(frame, item, each));
  }
  if (typeof all === 'object' && all !== null) return typeof item === 'string' && Object.hasOwn(all, item);
  throw noOverload('"in"', item, all);
}
