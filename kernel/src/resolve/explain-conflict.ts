import { closest, type AgentFactoryError } from '@agent-factory/sdk';
import gt from 'semver/functions/gt.js';
import minVersion from 'semver/ranges/min-version.js';
import { errors } from '../errors.ts';
import type { PluginPackage } from '../plugin-package.ts';
import type { Choice } from './choose-versions.ts';
import type { Fault } from './faults.ts';
import type { PluginSet } from './plugin-set.ts';
import type { ResolveInput } from './resolve.ts';

/** Resolves a changed input; `undefined` once enough has been tried. */
type TryOut = (input: ResolveInput) => Choice | undefined;

/** One change to the configuration or the platform. */
interface Change {
  /** What is changed, in words; some show only in the choice that came out. */
  readonly what: (choice: Choice) => string;
  readonly input: ResolveInput;
}

/** Changes of one kind, equally small: a sentence with `{}` for what is changed. */
type ChangeKind = readonly [frame: string, changes: readonly Change[]];

/**
 * Turns a failed resolution into AF_RESOLVE_FAILED: every fault as a numbered chain of reasons, and the smallest
 * change that mends it, found by trying.
 */
export function explainConflict({ set, faults }: Choice, tryOut: TryOut): AgentFactoryError {
  const problems = faults.map(({ plugins, tell }) => ({ plugins, reasons: tell() }));
  const chain = problems.flatMap(({ reasons }, at) => [
    ...(faults.length > 1 ? [`Problem ${at + 1} of ${faults.length}:`] : []),
    ...reasons.map((reason, n) => `${n + 1}. ${reason}`),
  ]);
  const concerned = new Set(faults.flatMap(({ plugins }) => plugins));
  const several = [...concerned].filter((id) => (set.slots.get(id)?.versions.length ?? 0) > 1);
  if (several.length > 0) chain.push(`No other versions found of ${several.join(', ')} fit together either.`);
  const known = new Set(faults.map(textOf));
  // Hints alone for what is far down a long list.
  const each = faults.map((fault, at) => (at < 20 ? mendOf(fault, known, set, tryOut) : `${fault.hint}.`));
  const mends = [...new Set(each)];
  const mend = mends.length > 1 ? mends.map((one) => `- ${one}`).join('\n') : mends.join('');
  return errors.AF_RESOLVE_FAILED({ chain: chain.join('\n'), mend, problems });
}

/** The first kind of change that makes the fault go and brings no other; failing that, the fault's hint. */
function mendOf(fault: Fault, known: ReadonlySet<string>, set: PluginSet, tryOut: TryOut): string {
  const told = textOf(fault);
  for (const [frame, changes] of changesFor(fault, set)) {
    const works = changes.flatMap((change) => {
      const choice = tryOut(change.input);
      const helps = choice?.faults.map(textOf).every((text) => text !== told && known.has(text));
      return choice && helps ? [change.what(choice)] : [];
    });
    const sentence = frame.replace('{}', () => works.join(' or '));
    if (works.length > 0) return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
  }
  return `${fault.hint}.`;
}

function textOf({ tell }: Fault): string {
  return tell().join('\n');
}

/** What might mend the fault, the smallest changes first: nothing is worse than losing a plugin. */
function changesFor(
  { plugins, contract = '', hint }: Fault,
  { input, packages }: PluginSet,
): readonly ChangeKind[] {
  const { requested, providers, available = [], kernelVersion } = input;
  const change = (what: string, changed: Partial<ResolveInput>): Change => {
    return { what: () => what, input: { ...input, ...changed } };
  };
  const provides = ({ manifest }: PluginPackage): boolean => Object.hasOwn(manifest.provides ?? {}, contract);
  const entries = requested
    .map((entry, at) => ({ ...entry, at, id: entry.candidates[0]?.manifest.id ?? '' }))
    .toSorted((left, right) => (left.use < right.use ? -1 : 1));
  const concerned = entries.filter(({ id }) => plugins.includes(id));

  const able = entries.filter(({ candidates }) => candidates.some(provides)).map(({ id }) => id);
  const guess = closest(new Map(Object.entries(providers)).get(contract) ?? '', able);
  const choices = (guess === undefined ? able : [guess]).map((id) =>
    change(`"${id}"`, { providers: { ...providers, [contract]: id } }),
  );
  const upgrades = plugins.flatMap((id) => {
    const least = minVersion(packages.get(id)?.manifest.kernel ?? '*')?.version ?? kernelVersion;
    const isNewer = gt(least, kernelVersion);
    return isNewer ? [change(`upgrade the platform to ≥ ${least}`, { kernelVersion: least })] : [];
  });
  const versions = concerned.map(({ at, id, use, range, candidates }): Change => {
    const all = [...candidates, ...available.filter(({ manifest }) => manifest.id === id)];
    const instead = range === undefined ? '' : ` instead of ${range}`;
    return {
      what: ({ set }) => `use version ${set.packages.get(id)?.manifest.version ?? ''} of ${id}${instead}`,
      input: { ...input, requested: requested.with(at, { use, candidates: all }) },
    };
  });
  const absent = available.filter(({ manifest }) => !entries.some(({ id }) => id === manifest.id));
  const additions = [...Map.groupBy(absent, ({ manifest }) => manifest.id)].map(([id, candidates]) => {
    const use = candidates[0]?.source === 'npm' ? candidates[0].manifest.name : id;
    return change(`"${use}"`, { requested: [...requested, { use, candidates }] });
  });
  const removals = concerned.map(({ at, id, use }) =>
    change(use === id ? id : `"${use}" (${id})`, { requested: requested.toSpliced(at, 1) }),
  );
  return [
    [`set "${contract}" under "providers" in the configuration to {}`, choices],
    ['{}', [...upgrades, ...versions]],
    ['add (or enable) {} under "plugins" in the configuration', additions],
    [`${hint}, or take {} out of the configuration`, removals],
  ];
}
