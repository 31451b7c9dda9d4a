import type { JsonObject, Validator } from '@agent-factory/sdk';
import type { CompiledCondition } from '@agent-factory/sdk/contracts';
import type { Workflow, WorkflowGraph } from '@agent-factory/sdk/domain';
import type { ReadyChoice, ReadyMapping } from '../condition/condition-compiler.ts';
import type { ChainState, WorkflowState } from './workflow-state.ts';

/** The expressions and schemas of a node, ready. */
export interface NodePlan {
  /** Makes what the node is given, name by name. */
  readonly input?: ReadyMapping;
  /** Makes the list of a map. */
  readonly items?: CompiledCondition;
  /** Whether a loop goes on. */
  readonly again?: CompiledCondition;
  readonly choice?: ReadyChoice;
  readonly checkInput?: Validator;
  readonly checkOutput?: Validator;
}

/** A workflow with everything that its definition alone decides. */
export interface WorkflowPlan {
  readonly workflow: Workflow;
  readonly graph: WorkflowGraph;
  readonly evaluator: string;
  readonly nodes: ReadonlyMap<string, NodePlan>;
  readonly result: CompiledCondition | undefined;
  readonly checkInput: Validator | undefined;
  readonly checkOutput: Validator | undefined;
  readonly maxSteps: number;
}

/** What the expressions of a chain see. */
export function variablesIn(
  state: WorkflowState,
  chain: Pick<ChainState, 'owner' | 'index' | 'results'>,
): JsonObject {
  const outer = chain.owner ? variablesIn(state, chain.owner.chain) : { input: state.input };
  return { ...outer, ...ownVariables(chain), steps: chain.results };
}

function ownVariables({ owner, index }: Pick<ChainState, 'owner' | 'index'>): JsonObject {
  if (index === undefined || !owner?.inner) return {};
  if (owner.node.type === 'loop') return { index, last: owner.inner.outputs.get(index - 1) ?? null };
  if (owner.node.type !== 'map') return {};
  const items = Array.isArray(owner.input) ? owner.input : [];
  return { index, [owner.node.as ?? 'item']: items[index] ?? null };
}
