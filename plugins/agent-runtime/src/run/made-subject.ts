import { foreignSchema, type PluginContext } from '@agent-factory/sdk';
import type { RunRequest, TenantDefinitions } from '@agent-factory/sdk/contracts';
import type {
  ApprovalNode,
  ApprovalRule,
  RunSubject,
  Workflow,
  WorkflowNode,
} from '@agent-factory/sdk/domain';
import { line } from '../definition/fixed-definitions.ts';
import { errors } from '../errors.ts';
import type { ToolBox } from '../tool/tool-box.ts';
import type { Executors, KnownDefinitions, LoadedSubject } from './run-executor.ts';

type AskingRule = Extract<ApprovalRule, object>;

/** What a definition that is made for some runs alone is checked with. */
export interface MadeSubjectParts {
  readonly definitionsOf: (tenant: string) => TenantDefinitions;
  readonly executors: Executors;
  readonly validator: PluginContext['validator'];
}

/** What is wrong with such a definition, one problem a line: what would be refused under a name too. None: it fits. */
export async function problemsOf(
  tenant: string,
  of: RunSubject['kind'],
  changed: { readonly name: string },
  { definitionsOf, executors, validator }: MadeSubjectParts,
): Promise<readonly string[]> {
  const executor = executors.get(of);
  if (!executor) throw errors.AF_RUN_KIND_UNKNOWN({ kind: of });
  const names = new Map<string, ReadonlyMap<string, object>>();
  for (const kind of ['agent', 'workflow', 'router'] as const) {
    const list = await definitionsOf(tenant).list(kind);
    names.set(kind, new Map(list.map((one) => [one.name, one.definition])));
  }
  const known: KnownDefinitions = (kind) => names.get(kind) ?? new Map();
  const unfit = validator(executor.schema)(changed);
  const problems = unfit.length > 0 ? unfit : await executor.check(changed, tenant, known);
  return problems.map((problem) => line(changed.name, problem));
}

/** The agent with the tools and the schema that a request brings, if it brings any; AF_RUN_INPUT_INVALID. */
export async function withRequested(
  tenant: string,
  { subject, definition }: LoadedSubject,
  { callerTools, output }: Pick<RunRequest, 'callerTools' | 'output'>,
  parts: MadeSubjectParts,
): Promise<{ readonly name: string } | undefined> {
  if (callerTools === undefined && output === undefined) return undefined;
  if (subject.kind !== 'agent') {
    const reason = `a ${subject.kind} takes neither tools of the caller nor a schema of the answer`;
    throw errors.AF_RUN_INPUT_INVALID({ reason });
  }
  const changed = {
    ...definition,
    name: subject.name,
    ...(callerTools && { callerTools }),
    // Whoever may start runs may bring any schema: nothing in it may be made to take for ever.
    ...(output && { output: foreignSchema(output) }),
  };
  const problems = await problemsOf(tenant, 'agent', changed, parts);
  if (problems.length > 0) throw errors.AF_RUN_INPUT_INVALID({ reason: problems.join('; ') });
  return changed;
}

/**
 * A workflow that calls a tool and nothing else, with what it is given. A tool that asks a person, be it only where a
 * condition holds, asks each time here: steps of workflows call tools as they are. AF_RUN_INPUT_INVALID where there is none.
 */
export async function callOfTool(
  tenant: string,
  tool: string,
  parts: MadeSubjectParts & { readonly toolBox: ToolBox },
): Promise<Workflow> {
  const call: WorkflowNode = { id: 'call', type: 'tool', tool };
  const rule = (await parts.toolBox.find(tenant, tool))?.tool.approval ?? 'never';
  const base = { name: 'call-tool', version: '1.0.0' };
  const workflow: Workflow =
    rule === 'never'
      ? { ...base, start: 'call', nodes: [call], edges: [] }
      : {
          ...base,
          start: 'ask',
          nodes: [{ id: 'ask', type: 'approval', ...questionOf(tool, rule) }, call],
          edges: [{ from: 'ask', to: 'call' }],
        };
  const problems = await problemsOf(tenant, 'workflow', workflow, parts);
  if (problems.length > 0) throw errors.AF_RUN_INPUT_INVALID({ reason: problems.join('; ') });
  return workflow;
}

function questionOf(
  tool: string,
  rule: Exclude<ApprovalRule, 'never'>,
): Pick<ApprovalNode, 'prompt' | 'permission' | 'timeoutMs'> {
  const {
    prompt = `May "${tool}" be called with the input of this run?`,
    permission,
    timeoutMs,
  }: AskingRule = typeof rule === 'object' ? rule : {};
  return {
    prompt,
    ...(permission !== undefined && { permission }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}
