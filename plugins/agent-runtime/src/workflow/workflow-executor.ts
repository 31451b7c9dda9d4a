import type { Json, PluginContext, ValidationProblem } from '@agent-factory/sdk';
import type { SecretStore } from '@agent-factory/sdk/contracts';
import {
  workflowProblems,
  workflowSchema,
  type Workflow,
  type WorkflowSurroundings,
} from '@agent-factory/sdk/domain';
import type { Evaluators } from '../condition/conditions.ts';
import { schemaProblems } from '../definition/schema-problems.ts';
import { errors } from '../errors.ts';
import type { KnownDefinitions, LoadedSubject, RunExecutor } from '../run/run-executor.ts';
import type { RunScope } from '../run/run-scope.ts';
import { listed } from '../tool/problem-list.ts';
import { missingSecrets } from '../tool/missing-secrets.ts';
import type { ToolBox } from '../tool/tool-box.ts';
import { advanceWorkflow } from './advance-workflow.ts';
import { compileWorkflow } from './compile-workflow.ts';
import { surroundingsNow, surroundingsThen } from './surroundings.ts';
import { workOnWorkflow } from './work-on-workflow.ts';
import type { WorkflowPlan } from './workflow-plan.ts';
import { firstState, type WorkflowState } from './workflow-state.ts';

/** A workflow, ready to be run. */
export interface LoadedWorkflow extends LoadedSubject {
  readonly plan: WorkflowPlan;
}

/** A run of a workflow, while it is worked on. */
export type WorkflowScope = RunScope<LoadedWorkflow, WorkflowState>;

/** What workflows are executed with. */
export interface WorkflowExecutorParts {
  readonly evaluators: Evaluators;
  readonly toolBox: ToolBox;
  readonly validator: PluginContext['validator'];
  /** Whose names tools need. */
  readonly secrets: SecretStore | undefined;
  /** The definitions there are, once they have been checked. */
  readonly known: KnownDefinitions;
}

const defaultTimeMs = 3_600_000;

/** Creates what executes workflows. */
export function createWorkflowExecutor(
  parts: WorkflowExecutorParts,
): RunExecutor<LoadedWorkflow, WorkflowState> {
  const { evaluators, toolBox, validator } = parts;
  const compile = (workflow: Workflow, around: WorkflowSurroundings): ReturnType<typeof compileWorkflow> =>
    compileWorkflow(workflow, around, evaluators, validator);
  return {
    kind: 'workflow',
    schema: workflowSchema,
    async check(definition, tenant, known): Promise<readonly ValidationProblem[]> {
      const workflow = definition as Workflow; // it fits the schema
      const around = await surroundingsNow(workflow, tenant, known, toolBox);
      const problems = [
        ...workflowProblems(workflow, around),
        ...schemaProblems(schemasOf(workflow), validator),
        ...(await secretProblems(workflow, tenant, parts)),
      ];
      // Expressions are typed by what is around them, which has to be right first.
      return problems.length > 0 ? problems : (await compile(workflow, around)).problems;
    },
    invalid: (problems) => errors.AF_WORKFLOW_INVALID({ count: problems.length, list: problems.join('\n') }),
    unknown: (workflow, mend) => errors.AF_WORKFLOW_UNKNOWN({ workflow, mend }),
    async load(definition, subject, tenant) {
      const workflow = definition as Workflow; // it fits the schema
      const around = await surroundingsNow(workflow, tenant, parts.known, toolBox);
      let { plan, problems } = await compile(workflow, around);
      // What is around it may have changed since it was checked, so that less is known of it.
      if (problems.length > 0) ({ plan, problems } = await compile(workflow, surroundingsThen(workflow)));
      if (problems.length > 0)
        throw errors.AF_WORKFLOW_INVALID({ count: problems.length, list: listed(problems) });
      const { timeMs = defaultTimeMs } = workflow.limits ?? {};
      return { subject, definition, limits: { timeMs }, plan };
    },
    assertReady() {},
    inputOf({ plan, subject }, input) {
      const problems = plan.checkInput?.(input) ?? [];
      if (problems.length === 0) return input as Json; // what a client sends is JSON
      throw errors.AF_WORKFLOW_INPUT_INVALID({ workflow: subject.name, problems: listed(problems) });
    },
    begin: (event, { plan }) => firstState(plan.graph, plan.workflow.start, event.data.input as Json), // as `inputOf` made it
    advance: (state, event) => advanceWorkflow(state, event),
    work: workOnWorkflow,
  };
}

/** Secrets that the tools of a workflow need and the tenant has not. */
async function secretProblems(
  { nodes }: Workflow,
  tenant: string | undefined,
  { toolBox, secrets }: WorkflowExecutorParts,
): Promise<readonly ValidationProblem[]> {
  const problems: ValidationProblem[] = [];
  for (const [index, node] of nodes.entries()) {
    const entry = node.type === 'tool' ? await toolBox.find(tenant, node.tool) : undefined;
    if (entry) problems.push(...(await missingSecrets(`/nodes/${index}/tool`, entry.tool, tenant, secrets)));
  }
  return problems;
}

/** Every schema in a workflow, with its place. */
function schemasOf({ input, output, nodes }: Workflow): Parameters<typeof schemaProblems>[0] {
  return [
    ['/input', input],
    ['/output', output],
    ...nodes.flatMap((node, index) => [
      [`/nodes/${index}/inputSchema`, 'inputSchema' in node ? node.inputSchema : undefined] as const,
      [`/nodes/${index}/outputSchema`, node.outputSchema] as const,
    ]),
  ];
}
