import type { Json, JsonObject } from '@agent-factory/sdk';
import type { BlueprintPart, BlueprintProblem, ExportRequest } from '@agent-factory/sdk/contracts';
import { stringify } from 'yaml';
import { keyOf, type PartHere } from '../install/part.ts';
import { isList } from '../json-value.ts';
import { folders } from '../package/blueprint-layout.ts';
import { referencesOf } from './references.ts';

/** The files of a package, by path, or why it cannot be made. */
export interface Exported {
  readonly files: Readonly<Record<string, string>>;
  readonly problems: readonly BlueprintProblem[];
}

/** What can be named to be exported; knowledge bases come with the agents that search them. */
const nameable = ['agent', 'workflow', 'router', 'tool'] as const;

/** Makes a blueprint's package of what is here. */
export function exportBlueprint(
  { name, version = '1.0.0', description, ...request }: ExportRequest,
  here: ReadonlyMap<string, PartHere>,
  kernelVersion: string,
): Exported {
  const named = nameable.flatMap((part) =>
    (request[`${part}s`] ?? []).map((one) => keyOf({ part, name: one })),
  );
  const problems: BlueprintProblem[] = named
    .filter((key) => !here.has(key))
    .map((key) => ({ path: '', message: `there is no ${key.replace('/', ' "')}"` }));
  const own = [...here].filter(([, { isFixed }]) => !isFixed).map(([key]) => key);
  const taken = closure(named.length > 0 ? named : own, here);
  if (taken.length === 0 && problems.length === 0) {
    const fix = 'Name an agent, a workflow, a router or a registration of tools.';
    problems.push({ path: '', message: 'there is nothing to export', fix });
  }
  const files: Record<string, string> = {
    'package.json': `${JSON.stringify(packageOf(name, version, description, kernelVersion), null, 2)}\n`,
    'blueprint.yaml': stringify({ description: description ?? `What ${name} consists of.` }),
  };
  for (const key of taken) {
    const found = here.get(key);
    const [part = '', own = ''] = key.split('/', 2);
    if (!found) continue;
    const folder = folders[part as BlueprintPart]; // keys are made of those
    files[`${folder}/${own}.yaml`] = stringify(escaped(found.value));
  }
  return { files, problems };
}

function packageOf(
  id: string,
  version: string,
  description: string | undefined,
  kernelVersion: string,
): Json {
  return {
    name: `blueprint-${id}`,
    version,
    ...(description !== undefined && { description }),
    keywords: ['agent-factory-plugin'],
    agentFactory: { id, kernel: `^${kernelVersion}`, kind: 'blueprint' },
  };
}

/** What is named, and what that names in turn. */
function closure(named: readonly string[], here: ReadonlyMap<string, PartHere>): readonly string[] {
  const taken = new Set(named.filter((key) => here.has(key)));
  for (const key of taken) {
    const found = here.get(key);
    const part = key.split('/', 1)[0] as BlueprintPart; // keys are made of those
    for (const next of found ? referencesOf(part, found.value) : []) {
      const real = next.startsWith('tool/') ? registrationOf(next, here) : next;
      if (real !== undefined && here.has(real)) taken.add(real);
    }
  }
  return [...taken].sort();
}

/** The registration that makes a tool; tools of plugins have none, and those of the operator are not taken along. */
function registrationOf(tool: string, here: ReadonlyMap<string, PartHere>): string | undefined {
  const found = [...here].find(
    ([key, { isFixed }]) =>
      key.startsWith('tool/') && !isFixed && (tool === key || tool.startsWith(`${key}_`)),
  );
  return found?.[0];
}

/** What would be taken for a parameter is written so that it is none. */
function escaped(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll('${param:', () => '$${param:');
  if (isList(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as JsonObject).map(([key, one]) => [key, escaped(one)]);
  return Object.fromEntries(entries) as JsonObject; // of JSON
}
