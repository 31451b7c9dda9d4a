import { any, bool, int, isOpen, nameOf, never, text, type CelType } from './cel-type.ts';
import { checkItems } from './arithmetic.ts';
import { checkBoolean, setAside } from './build-logic.ts';
import { CelFailure, kindOf, noOverload } from './cel-failure.ts';
import { CelIssue, unsupported } from './cel-issue.ts';
import type { Frame, Run } from './frame.ts';
import type { NodeOf } from './node.ts';
import type { Part, Scope } from './scope.ts';
import { setOwn } from './set-own.ts';

type MacroNode = NodeOf<'macro'>;

/** Gives each item (with its place or key) to `look`, until that says to stop. */
type Walk = (frame: Frame, look: (frame: Frame) => 'stop' | 'go on') => unknown;

/** `all`, `exists`, `exists_one`, `map`, `filter`, `transformMap`. */
export function buildMacro(node: MacroNode, scope: Scope): Part {
  const target = scope.use(node.target);
  const { type } = target;
  if (!isOpen(type) && type.kind !== 'list' && type.kind !== 'map') {
    throw new CelIssue(`${nameOf(type)} has no items`, node.at, 'Call it on a list or a map.');
  }
  if (node.macro === 'transformMap' && type.kind === 'list') {
    throw unsupported('Maps whose keys are numbers', node.at, 'Make a list with transformList().');
  }
  const slot = scope.nextSlot;
  const nodesBefore = scope.nodes;
  const names = typesOfNames(node, type);
  const { test, body } = scope.within(names, () => ({
    test: node.test && scope.use(node.test),
    body: node.body && scope.use(node.body),
  }));
  if (test && node.test) checkBoolean(test.type, `The condition of ${node.macro}()`, node.test.at);
  const steps = 1 + scope.nodes - nodesBefore;
  const walk = walkOver(target.run, node, slot, steps);
  const itemType = names.at(-1)?.type ?? any;
  return finish(node, walk, slot + names.length - 1, test?.run, body, itemType);
}

function typesOfNames({ names, macro }: MacroNode, type: CelType): { name: string; type: CelType }[] {
  const place: CelType = type.kind === 'list' ? int : type.kind === 'map' ? text : any;
  const values: CelType = type.kind === 'list' ? type.of : type.kind === 'map' ? valuesOf(type) : type;
  const [first = '', second] = names;
  if (second !== undefined || macro === 'transformMap') {
    return [
      { name: first, type: place },
      { name: second ?? '', type: values },
    ];
  }
  return [{ name: first, type: type.kind === 'map' ? text : values }];
}

function valuesOf(type: Extract<CelType, { readonly kind: 'map' }>): CelType {
  return type.fields ? any : (type.of ?? never);
}

function walkOver(run: Run, { names, macro }: MacroNode, slot: number, steps: number): Walk {
  const two = names.length === 2;
  return (frame, look) => {
    const target = run(frame);
    const { locals } = frame;
    if (Array.isArray(target)) {
      for (let at = 0; at < target.length; at++) {
        frame.charge(steps);
        locals[slot] = two ? at : target[at];
        if (two) locals[slot + 1] = target[at];
        if (look(frame) === 'stop') break;
      }
      return target;
    }
    if (typeof target !== 'object' || target === null) {
      throw new CelFailure(`${kindOf(target)} has no items, and ${macro}() looks at each`);
    }
    const keys = Object.keys(target);
    frame.charge(keys.length);
    for (const key of keys) {
      frame.charge(steps);
      locals[slot] = key;
      if (two) locals[slot + 1] = (target as Readonly<Record<string, unknown>>)[key]; // one of its own keys
      if (look(frame) === 'stop') break;
    }
    return target;
  };
}

function finish(
  { macro }: MacroNode,
  walk: Walk,
  slot: number,
  test: Run | undefined,
  body: Part | undefined,
  itemType: CelType,
): Part {
  const holds: Run = test ?? (() => true);
  switch (macro) {
    case 'all':
      return { type: bool, run: quantifier(walk, holds, false) };
    case 'exists':
      return { type: bool, run: quantifier(walk, holds, true) };
    case 'exists_one':
      return { type: bool, run: (frame) => count(walk, holds, frame) === 1 };
    case 'filter':
      return listOf(itemType, walk, holds, (frame) => frame.locals[slot]);
    case 'map':
      return listOf(body?.type ?? any, walk, holds, body?.run ?? holds);
    case 'transformMap':
      return {
        type: { kind: 'map', of: body?.type ?? any },
        run: mapOf(walk, holds, body?.run ?? holds, slot),
      };
  }
}

/** `decides`: the outcome of one item with which the others do not matter. */
function quantifier(walk: Walk, holds: Run, decides: boolean): Run {
  return (frame) => {
    let decided = false;
    let failure: unknown;
    walk(frame, () => {
      try {
        const value = holds(frame);
        if (value === decides) {
          decided = true;
          return 'stop';
        }
        if (value !== !decides) failure ??= noOverload('a condition', value);
      } catch (thrown) {
        setAside(frame, thrown);
        failure ??= thrown;
      }
      return 'go on';
    });
    if (decided) return decides;
    if (failure instanceof Error) throw failure;
    return !decides;
  };
}

function count(walk: Walk, holds: Run, frame: Frame): number {
  let found = 0;
  walk(frame, () => {
    if (isTrue(holds(frame))) found += 1;
    return 'go on';
  });
  return found;
}

function listOf(of: CelType, walk: Walk, holds: Run, make: Run): Part {
  const run: Run = (frame) => {
    const made: unknown[] = [];
    walk(frame, () => {
      if (isTrue(holds(frame))) made.push(make(frame));
      return 'go on';
    });
    checkItems(made.length);
    return made;
  };
  return { type: { kind: 'list', of }, run };
}

function mapOf(walk: Walk, holds: Run, make: Run, slot: number): Run {
  return (frame) => {
    const made: Record<string, unknown> = {};
    walk(frame, () => {
      const key = frame.locals[slot - 1];
      if (!isTrue(holds(frame))) return 'go on';
      if (typeof key !== 'string') throw new CelFailure('the keys of a map are texts, and a list has none');
      setOwn(made, key, make(frame));
      return 'go on';
    });
    return made;
  };
}

function isTrue(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw noOverload('a condition', value);
}
