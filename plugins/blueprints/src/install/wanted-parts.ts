import type { JsonObject, PluginContext } from '@agent-factory/sdk';
import type { BlueprintProblem } from '@agent-factory/sdk/contracts';
import type { EvaluationSuite } from '@agent-factory/sdk/domain';
import { asObject } from '../json-value.ts';
import { schemas } from '../package/blueprint-layout.ts';
import type { BlueprintSource } from '../package/read-blueprint.ts';
import { withoutFolders } from '../package/read-documents.ts';
import { answersTo, parameterProblems } from '../parameters/answers.ts';
import { fillParameters } from '../parameters/fill-parameters.ts';
import { hashesOf, hashOf, type WantedPart } from './part.ts';

/** What a blueprint wants when its questions are answered. */
export interface Wanted {
  /** Answers, with defaults. */
  readonly parameters: JsonObject;
  readonly parts: readonly WantedPart[];
  /** What it is evaluated with; not installed, so no parts. */
  readonly suites: readonly EvaluationSuite[];
  readonly problems: readonly BlueprintProblem[];
}

/** Fills in what was answered, and checks each part against its schema. Every problem is told. */
export function wantedParts(
  { head, parts, problems: fromFiles }: BlueprintSource,
  given: JsonObject,
  validator: PluginContext['validator'],
): Wanted {
  const file = 'blueprint.yaml';
  const inSchema = parameterProblems(head.parameters, validator).map((problem) => ({
    file,
    ...problem,
    path: `/parameters${problem.path}`,
  }));
  if (inSchema.length > 0)
    return { parameters: given, parts: [], suites: [], problems: [...fromFiles, ...inSchema] };
  const { answers, problems: wrong } = answersTo(head.parameters, given, validator);
  const problems: BlueprintProblem[] = [
    ...fromFiles,
    ...wrong.map((problem) => ({ ...problem, path: `/parameters${problem.path}` })),
  ];
  const wanted: WantedPart[] = [];
  const suites: EvaluationSuite[] = [];
  for (const { part, name, file: place, value: raw, documents } of parts) {
    const filled = fillParameters(raw, schemas[part], answers);
    const found = filled.problems.length > 0 ? filled.problems : validator(schemas[part])(filled.value);
    problems.push(...found.map((problem) => ({ file: place, ...problem })));
    const value = asObject(filled.value);
    if (found.length > 0 || !value) continue;
    if (part === 'evaluation') {
      suites.push(value as unknown as EvaluationSuite); // fits its schema
      continue;
    }
    const kept = part === 'knowledge' ? withoutFolders(value) : value;
    const hash = hashOf(documents ? { value: kept, documents: hashesOf(documents) } : kept);
    wanted.push({ part, name, file: place, value: kept, hash, ...(documents && { documents }) });
  }
  return { parameters: answers.values, parts: wanted, suites, problems };
}
