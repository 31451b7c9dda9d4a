import { closest, type AnyHook, type TapInfo } from '@agent-factory/sdk';
import { errors } from './errors.ts';

/** What a tap has cost so far; the numbers are changed in place. */
export interface TapStats {
  /** How often the tap was called. */
  calls: number;
  /** How often it threw, rejected or missed its deadline. */
  errors: number;
  /** Milliseconds from call to answer, summed over all calls; scaled up from the samples. */
  totalMs: number;
  /** How many calls were timed. */
  samples: number;
}

/** One plugin's function on one hook. */
export interface Tap {
  /** Id of the plugin that tapped. */
  readonly plugin: string;
  readonly hook: AnyHook;
  readonly handler: (input: never, info?: TapInfo) => unknown;
  /** Ids of plugins whose taps must run later. */
  readonly before: readonly string[];
  /** Ids of plugins whose taps must run earlier. */
  readonly after: readonly string[];
  /** Lower runs first. */
  readonly stage: number;
  /** Its place among the taps of its own plugin. */
  readonly index: number;
  /** Shared by the same tap in every generation that carries its plugin over. */
  readonly stats: TapStats;
}

/** The numbers a new tap begins with. */
export function createTapStats(): TapStats {
  return { calls: 0, errors: 0, totalMs: 0, samples: 0 };
}

interface Rule {
  readonly earlier: Tap;
  readonly later: Tap;
  /** The rule as a clause, for people. */
  readonly says: string;
}

/**
 * Puts the taps of one hook in the order they run: by stage, then by `before` and `after`, then as given. Of the
 * taps that may run next, the one given first does.
 *
 * @param taps in the order their plugins were activated and registered them.
 * @throws AF_HOOK_ORDER when an anchor names a plugin that does not tap the hook, or the rules form a cycle.
 */
export function orderTaps(hookId: string, taps: readonly Tap[]): readonly Tap[] {
  const waiting = taps.toSorted((a, b) => a.stage - b.stage);
  const rules = waiting.flatMap((tap) => rulesOf(hookId, tap, waiting));
  if (rules.length === 0) return waiting;
  for (const rule of rules) {
    if (rule.earlier.stage > rule.later.stage) {
      throw cycle(hookId, [rule.says, `${rule.later.plugin} runs earlier because its stage is lower`]);
    }
  }
  const blockers = new Map(waiting.map((tap) => [tap, new Set<Tap>()]));
  for (const rule of rules) blockers.get(rule.later)?.add(rule.earlier);
  const ordered: Tap[] = [];
  while (waiting.length > 0) {
    // Only within its stage may a tap overtake: no rule leads from a later stage to an earlier one.
    const next = waiting.findIndex((tap) => blockers.get(tap)?.size === 0);
    const tap = waiting[next];
    if (tap === undefined || tap.stage !== waiting[0]?.stage) throw cycle(hookId, findCycle(waiting, rules));
    waiting.splice(next, 1);
    ordered.push(tap);
    for (const rule of rules) if (rule.earlier === tap) blockers.get(rule.later)?.delete(tap);
  }
  return ordered;
}

function rulesOf(hookId: string, tap: Tap, taps: readonly Tap[]): Rule[] {
  const targets = (anchor: string, word: string): readonly Tap[] => {
    const found = taps.filter((other) => other.plugin === anchor);
    if (found.length > 0) return found;
    const others = [...new Set(taps.map((other) => other.plugin))].filter((id) => id !== tap.plugin);
    const near = closest(anchor, others);
    throw errors.AF_HOOK_ORDER({
      hook: hookId,
      reason: `${tap.plugin} asks to run ${word} "${anchor}", which does not tap this hook.`,
      mend:
        near !== undefined
          ? `Did you mean "${near}"?`
          : others.length === 0
            ? `Take "${word}" out; no other plugin taps this hook.`
            : `Take "${word}" out, or name one of the plugins that tap it: ${others.join(', ')}.`,
    });
  };
  const rules = (word: 'before' | 'after'): Rule[] =>
    tap[word].flatMap((anchor) =>
      targets(anchor, word).map((other) => {
        const [earlier, later] = word === 'before' ? [tap, other] : [other, tap];
        return { earlier, later, says: `${tap.plugin} asks to run ${word} ${anchor}` };
      }),
    );
  return [...rules('before'), ...rules('after')];
}

/** Walks from a tap that cannot run to what it waits for, until it meets a tap again. */
function findCycle(stuck: readonly Tap[], rules: readonly Rule[]): readonly string[] {
  const path: Rule[] = [];
  const left = new Set(stuck);
  let tap = stuck[0];
  for (;;) {
    const at = path.findIndex((rule) => rule.later === tap);
    if (at !== -1) return path.slice(at).map((rule) => rule.says);
    const rule = rules.find((one) => one.later === tap && left.has(one.earlier));
    if (rule === undefined) return path.map((one) => one.says);
    path.push(rule);
    tap = rule.earlier;
  }
}

function cycle(hookId: string, says: readonly string[]): Error {
  return errors.AF_HOOK_ORDER({
    hook: hookId,
    reason: `these rules form a cycle: ${says.join('; ')}.`,
    mend: 'Take out one of these "before", "after" or "stage" options.',
  });
}
