import type { AgentFactoryError } from '@agent-factory/sdk';
import semver from 'semver';
import { errors } from './errors.ts';
import type { PluginPackage } from './plugin-package.ts';
import { ascending, own } from './plugin-slots.ts';
import type { Attempt, Problem, ResolveInput } from './resolve.ts';
import { compareVersions } from './semver-cache.ts';
import { closest } from './suggest.ts';

/** One change to the configuration or platform, as words and as the input that would result. */
interface Change {
  /** A sentence without its full stop, with `{}` for what it changes. */
  readonly frame: string;
  readonly what: string;
  /** Cheaper ones are tried first. */
  readonly cost: number;
  /** Of one family only the first that works is named. */
  readonly family: string;
  readonly input: ResolveInput;
}

type TryOut = (input: ResolveInput) => Attempt;

/** What a change costs the person who makes it: nothing is worse than losing a plugin. */
const cost = { respell: 0, choose: 1, unchoose: 2, version: 3, add: 4, remove: 5 };

/**
 * Turns a failed resolution into AF_RESOLVE_FAILED: every independent problem as a numbered chain of reasons,
 * and the smallest changes that mend them, each found by trying it.
 */
export function explainConflict(
  input: ResolveInput,
  problems: readonly Problem[],
  tryOut: TryOut,
): AgentFactoryError {
  const told = problems.map((problem) => {
    const reasons = new Set(problem.flatMap(({ tell }) => tell()));
    const plugins = [...new Set(problem.flatMap((fault) => fault.plugins))];
    if (problem.length > 1) reasons.add(`So no versions of ${plugins.join(', ')} fit together.`);
    return { plugins, reasons: [...reasons] };
  });
  const chain = told.map(({ reasons }, at) => {
    const numbered = reasons.map((reason, n) => `${n + 1}. ${reason}`).join('\n');
    return told.length === 1 ? numbered : `Problem ${at + 1} of ${told.length}:\n${numbered}`;
  });
  const mends = mendsOf(input, problems, tryOut);
  const mend = mends.length > 1 ? mends.map((one) => `- ${one}`).join('\n') : (mends[0] ?? '');
  return errors.AF_RESOLVE_FAILED({ chain: chain.join('\n'), mend, problems: told });
}

/** Mends one problem after the other, the later ones with the earlier ones mended; some mend several. */
function mendsOf(first: ResolveInput, problems: readonly Problem[], tryOut: TryOut): readonly string[] {
  const mends = new Set<string>();
  let input = first;
  let open = problems;
  // Tries; few where one is slow, because a large platform must not wait long for its error either.
  let left = Math.min(300, 2_000_000 / (first.requested.length * (problems.length + 9)));
  for (let [problem, ...rest] = open; problem !== undefined; [problem, ...rest] = open) {
    const key = keyOf(problem);
    const known = new Set(left > 0 ? open.map(keyOf) : []);
    const works: Change[] = [];
    open = rest;
    for (const change of left > 0 ? changesFor(problem, input) : []) {
      const [best] = works;
      if (left <= 0 || works.length === 3 || (best !== undefined && change.cost > best.cost)) break;
      if (works.some(({ family }) => family === change.family)) continue;
      left--;
      const result = tryOut(change.input);
      const after = 'problems' in result ? result.problems : [];
      if (after.some((one) => keyOf(one) === key || !known.has(keyOf(one)))) continue;
      works.push(change);
      if (best === undefined) open = after;
    }
    const [best] = works;
    input = best?.input ?? input;
    const texts = [...Map.groupBy(works, ({ frame }) => frame)].map(([frame, same]) =>
      frame.replace('{}', () => same.map(({ what }) => what).join(' or ')),
    );
    if (best === undefined || best.cost === cost.remove) texts.unshift(hintOf(problem));
    const [main = '', ...others] = texts;
    mends.add(
      `${[main, ...others.map((text) => text.charAt(0).toLowerCase() + text.slice(1))].join(', or ')}.`,
    );
  }
  return [...mends];
}

/** What might mend the problem, cheapest first. */
function changesFor(problem: Problem, input: ResolveInput): readonly Change[] {
  const { requested, providers, available = [], kernelVersion } = input;
  const concerned = new Set(problem.flatMap(({ plugins }) => plugins));
  const contracts = new Set(problem.flatMap(({ contract }) => contract ?? []));
  const changes: Change[] = [];
  const add = (
    price: number,
    family: string,
    frame: string,
    what: string,
    change: Partial<ResolveInput>,
  ): void => {
    changes.push({ cost: price, family, frame, what, input: { ...input, ...change } });
  };
  const provides = (pkg: PluginPackage, contract: string): boolean =>
    own(pkg.manifest.provides, contract) !== undefined;
  const ids = requested.map(({ candidates }) => candidates[0]?.manifest.id);

  for (const contract of contracts) {
    const able = requested.flatMap(
      ({ candidates }) => candidates.find((pkg) => provides(pkg, contract))?.manifest.id ?? [],
    );
    const chosen = own(providers, contract);
    const { [contract]: _, ...others } = providers;
    const guess = chosen === undefined ? undefined : closest(chosen, able.toSorted(ascending));
    for (const id of able) {
      const frame = `Set "${contract}" under "providers" in the configuration to {}`;
      const price = id === guess ? cost.respell : cost.choose;
      if (id !== chosen)
        add(price, `choose ${id}`, frame, `"${id}"`, { providers: { ...providers, [contract]: id } });
    }
    const frame = 'Take {} out of "providers" in the configuration';
    if (chosen !== undefined) add(cost.unchoose, contract, frame, `"${contract}"`, { providers: others });
  }
  for (const { kernel } of problem) {
    const least = kernel === undefined ? undefined : semver.minVersion(kernel)?.version;
    if (least === undefined || !semver.gt(least, kernelVersion)) continue;
    add(cost.version, 'kernel', 'Upgrade the platform to ≥ {}', least, { kernelVersion: least });
  }
  requested.forEach((entry, at) => {
    const { use, range, candidates } = entry;
    const id = ids[at];
    if (id === undefined || !concerned.has(id)) return;
    for (const { manifest } of range === undefined ? [] : byVersion(candidates)) {
      const change = { requested: requested.with(at, { ...entry, range: manifest.version }) };
      const frame = `Ask for {} instead of ${range ?? ''} in the configuration`;
      add(cost.version, `version ${id}`, frame, `${id} ${manifest.version}`, change);
    }
    for (const pkg of byVersion(available.filter(({ manifest }) => manifest.id === id))) {
      const change = { requested: requested.with(at, { use, candidates: [pkg] }) };
      add(cost.version, `version ${id}`, `Use version {} of ${id}`, pkg.manifest.version, change);
    }
    const price = ids.indexOf(id) === ids.lastIndexOf(id) ? cost.remove : cost.choose;
    const what = use === id ? id : `"${use}" (${id})`;
    add(price, `remove ${id} ${use}`, 'Take {} out of the configuration', what, {
      requested: requested.toSpliced(at, 1),
    });
  });
  for (const [id, candidates] of Map.groupBy(byVersion(available), ({ manifest }) => manifest.id)) {
    const helps =
      concerned.has(id) || candidates.some((pkg) => [...contracts].some((name) => provides(pkg, name)));
    if (!helps || ids.includes(id)) continue;
    const use = candidates[0]?.source === 'npm' ? candidates[0].manifest.name : id;
    const change = { requested: [...requested, { use, candidates }] };
    add(cost.add, `add ${id}`, 'Add (or enable) {} under "plugins" in the configuration', `"${use}"`, change);
  }
  return changes.toSorted((left, right) => left.cost - right.cost || ascending(left.family, right.family));
}

/** What to do where nothing that could be tried helps, or nothing but losing a plugin. */
function hintOf(problem: Problem): string {
  const [first, second] = problem;
  if (second === undefined) return first?.hint ?? '';
  const ids = [...new Set(problem.flatMap(({ plugins }) => plugins))];
  const more = ids.length > 4 ? ` and ${ids.length - 4} others` : '';
  return `Install versions of ${ids.slice(0, 4).join(', ')}${more} that fit together`;
}

function byVersion(packages: readonly PluginPackage[]): readonly PluginPackage[] {
  return packages.toSorted((left, right) => compareVersions(left.manifest.version, right.manifest.version));
}

function keyOf(problem: Problem): string {
  return problem.map(({ key }) => key).join('\n');
}
