import { createHash } from 'node:crypto';
import { canonicalJson, type PluginContext, type ValidationProblem } from '@agent-factory/sdk';
import type { RunSubject } from '@agent-factory/sdk/domain';
import type { Executors, KnownDefinitions, RunExecutor } from '../run/run-executor.ts';
import type { DefinitionSource } from './definition-files.ts';

type Kind = RunSubject['kind'];

/** A definition that was checked. */
interface CheckedDefinition {
  readonly subject: RunSubject;
  readonly definition: object;
}

/** Definitions that every tenant has: from the configuration, from files, from plugins. */
export interface FixedDefinitions {
  find(kind: Kind, name: string): CheckedDefinition | undefined;
  /** By name. */
  list(kind: Kind): readonly object[];
  readonly known: KnownDefinitions;
  /** The error for a name that is not there. */
  unknown(kind: Kind, name: string, more: readonly string[]): Error;
}

/** A definition's subject: its name, version and hash. */
export function subjectOf(
  kind: Kind,
  definition: { readonly name: string; readonly version?: string },
): RunSubject {
  const { name, version } = definition;
  const hash = createHash('sha256').update(canonicalJson(definition)).digest('hex');
  return { kind, name, hash, ...(version !== undefined && { version }) };
}

/** Checks definitions of every kind; throws the first kind's error with every problem of all of its definitions. */
export async function checkDefinitions(
  sources: ReadonlyMap<Kind, readonly DefinitionSource[]>,
  executors: Executors,
  validator: PluginContext['validator'],
): Promise<FixedDefinitions> {
  const checked = new Map<Kind, Map<string, CheckedDefinition>>();
  const places = new Map<Kind, Map<string, string>>();
  const problems = new Map<Kind, string[]>();
  for (const executor of executors.values()) {
    const found = takeIn(executor, sources.get(executor.kind) ?? [], validator);
    checked.set(executor.kind, found.definitions);
    places.set(executor.kind, found.places);
    problems.set(executor.kind, found.problems);
  }
  const ofKind = (kind: Kind): Map<string, CheckedDefinition> => checked.get(kind) ?? new Map();
  const known: KnownDefinitions = (kind) =>
    new Map([...ofKind(kind)].map(([name, { definition }]) => [name, definition]));
  for (const executor of executors.values()) {
    const list = problems.get(executor.kind) ?? [];
    for (const [name, { definition }] of checked.get(executor.kind) ?? []) {
      const place = places.get(executor.kind)?.get(name) ?? name;
      for (const problem of await executor.check(definition, undefined, known))
        list.push(line(place, problem));
    }
    if (list.length > 0) throw executor.invalid(list);
  }
  return {
    find: (kind, name) => ofKind(kind).get(name),
    known,
    list: (kind) => [...ofKind(kind).values()].map(({ definition }) => definition),
    unknown(kind, name, more) {
      const names = [...ofKind(kind).keys(), ...more].sort();
      const hint = names.length > 0 ? validator({ enum: names })(name)[0]?.fix : undefined;
      const mend = names.length > 0 ? `There are: ${names.join(', ')}.` : 'Define one in the configuration.';
      const all = hint === undefined ? mend : `${hint} ${mend}`;
      const executor = executors.get(kind);
      return executor ? executor.unknown(name, all) : new Error(`nothing executes a ${kind}`);
    },
  };
}

function takeIn(
  executor: RunExecutor,
  sources: readonly DefinitionSource[],
  validator: PluginContext['validator'],
): {
  readonly definitions: Map<string, CheckedDefinition>;
  readonly places: Map<string, string>;
  readonly problems: string[];
} {
  const { kind } = executor;
  const validate = validator(executor.schema);
  const problems: string[] = [];
  const places = new Map<string, string>();
  const found: CheckedDefinition[] = [];
  for (const { place, value, problem } of sources) {
    if (problem !== undefined) {
      problems.push(`${place} ${problem}`);
      continue;
    }
    const wrong = validate(value);
    if (wrong.length > 0) {
      problems.push(...wrong.map((one) => line(place, one)));
      continue;
    }
    const definition = value as { readonly name: string; readonly version?: string }; // the schema has just been checked
    const twin = places.get(definition.name);
    if (twin !== undefined) {
      problems.push(`${place} name: "${definition.name}" is taken by the ${kind} in ${twin}`);
      continue;
    }
    places.set(definition.name, place);
    found.push({ subject: subjectOf(kind, definition), definition });
  }
  found.sort((a, b) => (a.subject.name < b.subject.name ? -1 : 1));
  return { definitions: new Map(found.map((one) => [one.subject.name, one])), places, problems };
}

/** A problem with its place, in one line. */
export function line(place: string, { path, message, fix }: ValidationProblem): string {
  return `${place} ${path.slice(1) || 'the whole file'}: ${message}${fix === undefined ? '' : `. ${fix}`}`;
}
