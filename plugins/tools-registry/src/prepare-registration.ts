import type { JsonObject, PluginContext, ValidationProblem } from '@agent-factory/sdk';
import type { ToolKind } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';

/** What is to be prepared. */
export interface PrepareRequest {
  readonly name: string;
  readonly kind: string;
  readonly spec: JsonObject;
  readonly trusted: boolean;
  readonly signal: AbortSignal;
}

/** Looks at a registration, and gives its spec as it is to be kept; else AF_TOOLS_REGISTRY_INVALID with every problem. */
export async function prepareRegistration(
  { name, kind: kindName, spec, trusted, signal }: PrepareRequest,
  kinds: ReadonlyMap<string, ToolKind>,
  validator: PluginContext['validator'],
): Promise<JsonObject> {
  const kind = kinds.get(kindName);
  if (!kind) {
    const known = [...kinds.keys()].join(', ') || 'none';
    throw errors.AF_TOOLS_REGISTRY_KIND_UNKNOWN({ kind: kindName, known });
  }
  const wrong = validator(kind.spec)(spec);
  if (wrong.length > 0) throw invalid(name, wrong);
  const prepared = await kind.prepare(spec, { name, trusted, signal });
  if (prepared.problems !== undefined) throw invalid(name, prepared.problems);
  return prepared.spec;
}

function invalid(name: string, problems: readonly ValidationProblem[]): Error {
  const list = problems
    .map(({ path, message, fix }) => `spec${path}: ${message}${fix === undefined ? '' : `. ${fix}`}`)
    .join('\n');
  return errors.AF_TOOLS_REGISTRY_INVALID({ name, count: problems.length, list }, { cause: problems });
}
