import type { AgentFactoryError } from '@agent-factory/sdk';
import semver from 'semver';
import { errors } from './errors.ts';
import type { PluginPackage } from './plugin-package.ts';
import { ascending, own } from './plugin-slots.ts';
import type { Attempt, Problem, ResolveInput } from './resolve.ts';
import { compareVersions } from './semver-cache.ts';

/** One change to the configuration or platform, as words and as the input that would result. */
interface Change {
  readonly text: string;
  /** Cheaper ones are tried first. */
  readonly cost: number;
  /** Of one family only the first that works is named. */
  readonly family: string;
  readonly input: ResolveInput;
}

type TryOut = (input: ResolveInput) => Attempt;

/** What a change costs the person who makes it: nothing is worse than losing a plugin. */
const cost = { choose: 1, unchoose: 2, version: 3, add: 4, remove: 5 };

/** Changes tried for one explanation: a large platform must not wait long for its error. */
const tries = 300;

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
  let left = tries;
  for (let [problem, ...rest] = open; problem !== undefined; [problem, ...rest] = open) {
    const key = keyOf(problem);
    const known = new Set(open.map(keyOf));
    const works: Change[] = [];
    open = rest;
    for (const change of changesFor(problem, input)) {
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
    const texts = works.map(({ text }) => text);
    if (best === undefined || best.cost === cost.remove) texts.unshift(problem[0]?.hint ?? '');
    mends.add(
      `${texts.map((text, at) => (at > 0 ? text.charAt(0).toLowerCase() + text.slice(1) : text)).join(', or ')}.`,
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
  const add = (price: number, family: string, text: string, change: Partial<ResolveInput>): void => {
    changes.push({ cost: price, family, text, input: { ...input, ...change } });
  };
  const provides = (pkg: PluginPackage, contract: string): boolean =>
    own(pkg.manifest.provides, contract) !== undefined;

  for (const contract of contracts) {
    for (const { candidates } of requested) {
      const id = candidates.find((pkg) => provides(pkg, contract))?.manifest.id;
      if (id === undefined || id === own(providers, contract)) continue;
      const text = `Choose ${id} in the configuration: "providers": { "${contract}": "${id}" }`;
      add(cost.choose, `choose ${id}`, text, { providers: { ...providers, [contract]: id } });
    }
    const { [contract]: chosen, ...others } = providers;
    const text = `Take "${contract}" out of "providers" in the configuration`;
    if (chosen !== undefined) add(cost.unchoose, contract, text, { providers: others });
  }
  for (const { kernel = '' } of problem) {
    const least = kernel === '' ? undefined : semver.minVersion(kernel)?.version;
    if (least === undefined || !semver.gt(least, kernelVersion)) continue;
    add(cost.version, 'kernel', `Upgrade the platform to ≥ ${least}`, { kernelVersion: least });
  }
  requested.forEach((entry, at) => {
    const { use, range, candidates } = entry;
    const id = candidates[0]?.manifest.id;
    if (id === undefined || !concerned.has(id)) return;
    for (const { manifest } of range === undefined ? [] : byVersion(candidates)) {
      const text = `Ask for ${id} ${manifest.version} instead of ${range ?? ''} in the configuration`;
      add(cost.version, `version ${id}`, text, {
        requested: requested.with(at, { ...entry, range: manifest.version }),
      });
    }
    for (const pkg of byVersion(available.filter(({ manifest }) => manifest.id === id))) {
      const text = `Use version ${pkg.manifest.version} of ${id}`;
      add(cost.version, `version ${id}`, text, { requested: requested.with(at, { use, candidates: [pkg] }) });
    }
    const text = `Take ${use === id ? id : `"${use}" (${id})`} out of the configuration`;
    add(cost.remove, `without ${id} ${use}`, text, { requested: requested.toSpliced(at, 1) });
  });
  const active = new Set(requested.map(({ candidates }) => candidates[0]?.manifest.id));
  for (const [id, candidates] of Map.groupBy(byVersion(available), ({ manifest }) => manifest.id)) {
    const helps =
      concerned.has(id) || candidates.some((pkg) => [...contracts].some((name) => provides(pkg, name)));
    if (!helps || active.has(id)) continue;
    const use = candidates[0]?.source === 'npm' ? candidates[0].manifest.name : id;
    const text = `Add "${use}" to "plugins" in the configuration`;
    add(cost.add, `with ${id}`, text, { requested: [...requested, { use, candidates }] });
  }
  return changes.toSorted((left, right) => left.cost - right.cost || ascending(left.family, right.family));
}

function byVersion(packages: readonly PluginPackage[]): readonly PluginPackage[] {
  return packages.toSorted((left, right) => compareVersions(left.manifest.version, right.manifest.version));
}

function keyOf(problem: Problem): string {
  return problem.map(({ key }) => key).join('\n');
}
