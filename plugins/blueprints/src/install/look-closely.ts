import { isAgentFactoryError, type Json } from '@agent-factory/sdk';
import type { BlueprintProblem } from '@agent-factory/sdk/contracts';
import type { EvaluationSuite } from '@agent-factory/sdk/domain';
import { isList, asObject } from '../json-value.ts';
import type { BlueprintSource } from '../package/read-blueprint.ts';
import { editOf } from './carry-out.ts';
import type { Places } from './look-around.ts';
import { keyOf, type PartHere, type WantedPart } from './part.ts';
import type { Planned } from './plan-steps.ts';

/** What a look at a plan needs. */
export interface LookInput {
  readonly planned: Planned;
  readonly wanted: readonly WantedPart[];
  /** Left out for a removal. */
  readonly source?: BlueprintSource;
  readonly here: ReadonlyMap<string, PartHere>;
  readonly places: Places;
}

/** What would go wrong when a plan is carried out here. Nothing is changed. */
export async function lookClosely(input: LookInput): Promise<readonly BlueprintProblem[]> {
  const { planned, wanted, places } = input;
  const problems = [...planned.problems, ...missingPlugins(wanted, places), ...strayEvaluations(input)];
  // What is taken cannot be looked at as if it were not.
  if (planned.problems.length > 0) return problems;
  try {
    await places.definitions.change(planned.steps.flatMap(editOf), { dryRun: true });
  } catch (error) {
    const found = definitionProblems(error, wanted);
    if (!found) throw error;
    problems.push(...found.filter((one) => !isOwn(one, wanted)));
  }
  return problems;
}

/** What is wrong with definitions, each problem in the file it is in; `undefined` for any other error. */
export function definitionProblems(
  error: unknown,
  wanted: readonly WantedPart[],
): readonly BlueprintProblem[] | undefined {
  if (!isAgentFactoryError(error, 'AF_DEFINITION_INVALID')) return undefined;
  const found = error.details['problems'] as readonly BlueprintProblem[]; // as the contract says
  return found.map((one) => placed(one, wanted));
}

function missingPlugins(
  wanted: readonly WantedPart[],
  { tools, knowledge }: Places,
): readonly BlueprintProblem[] {
  return wanted.flatMap(({ part, file }) => {
    if (part === 'tool' && !tools) {
      const fix = 'Add @agent-factory/plugin-tools-registry, and one that knows the kind.';
      return [{ file, path: '', message: 'no active plugin registers tools', fix }];
    }
    if (part !== 'knowledge' || knowledge) return [];
    const fix = 'Add @agent-factory/plugin-knowledge-vector, and what docs/knowledge.md says it needs.';
    return [{ file, path: '', message: 'no active plugin keeps knowledge', fix }];
  });
}

/** Evaluations of what is not there. */
function strayEvaluations({ source, wanted, here }: LookInput): readonly BlueprintProblem[] {
  const known = new Set([...here.keys(), ...wanted.map(keyOf)]);
  return (source?.parts ?? []).flatMap(({ part, file, value }) => {
    if (part !== 'evaluation') return [];
    // What fits no schema has been told.
    const { target } = value as unknown as Partial<EvaluationSuite>;
    if (!target || known.has(keyOf({ part: target.kind, name: target.name }))) return [];
    return [{ file, path: '/target/name', message: `there is no ${target.kind} named "${target.name}"` }];
  });
}

/** `/agent/triage/model` is a place in the file of that agent; of others it stays as it is. */
function placed(problem: BlueprintProblem, wanted: readonly WantedPart[]): BlueprintProblem {
  const [, part = '', name = '', rest = ''] = /^\/([a-z]+)\/([^/]+)(.*)$/.exec(problem.path) ?? [];
  const own = wanted.find((one) => one.part === part && one.name === name);
  return own ? { ...problem, file: own.file, path: rest } : problem;
}

/** Tools and knowledge bases that the blueprint brings are not there before it is installed. */
function isOwn({ file, path }: BlueprintProblem, wanted: readonly WantedPart[]): boolean {
  const isBase = /^\/knowledge\/\d+$/.test(path);
  if (!isBase && !/(?:^\/tools\/\d+|\/tool)$/.test(path)) return false;
  const named = valueAt(wanted.find((one) => one.file === file)?.value, path);
  if (typeof named !== 'string') return false;
  if (isBase) return wanted.some(({ part, name }) => part === 'knowledge' && name === named);
  return wanted.some(({ part, name }) => part === 'tool' && (named === name || named.startsWith(`${name}_`)));
}

function valueAt(value: Json | undefined, path: string): Json | undefined {
  return path
    .split('/')
    .slice(1)
    .reduce<Json | undefined>((at, key) => (isList(at) ? at[Number(key)] : asObject(at)?.[key]), value);
}
