import type { Json } from '@agent-factory/sdk';
import type {
  Citation,
  RunEventData,
  RunFailure,
  WorkflowGraph,
  WorkflowNode,
} from '@agent-factory/sdk/domain';

/** How a step or a chain ended. */
export type Outcome = { readonly output: Json } | { readonly error: RunFailure };

/** A chain of nodes that is run: that of the workflow, of a branch, of an item, of a round. */
export interface ChainState {
  /** What stands before the ids of its nodes in their paths. */
  readonly prefix: string;
  /** Id of its first node. */
  readonly entry: string;
  /** The step that runs it; none for the workflow's own. */
  readonly owner: StepState | undefined;
  /** The item of a map or round of a loop, from 0. */
  readonly index: number | undefined;
  /** What its expressions see as `steps`. */
  readonly results: Record<string, Json>;
  /** Id of the node that begins next. */
  next: string | undefined;
  outcome: Outcome | undefined;
}

/** A tool call of a step. */
interface StepCall {
  readonly started: RunEventData['tool.started'];
  finished: RunEventData['tool.finished'] | undefined;
}

/** A node that was begun. */
export interface StepState {
  readonly path: string;
  readonly node: WorkflowNode;
  readonly chain: ChainState;
  /** The step it undoes. */
  readonly undoes: StepState | undefined;
  readonly input: Json | undefined;
  /** When its first attempt began. */
  readonly startedAt: number;
  attempt: number;
  /** When the next attempt begins, between two. */
  retryAt: number | undefined;
  outcome: Outcome | undefined;
  call: StepCall | undefined;
  /** The way that was decided: a node's id, or `null` where no condition held. */
  decided: string | null | undefined;
  /** For those that run chains. */
  readonly inner: InnerState | undefined;
}

/** How far a step is that runs chains. */
export interface InnerState {
  /** Chains that are run and have not ended. */
  readonly chains: Map<string, ChainState>;
  /** Chains begun. */
  begun: number;
  /** What those gave that ended well: by branch, or by item. */
  readonly outputs: Map<string | number, Json>;
  /** The first failure; for the first of several branches the last. */
  failure: RunFailure | undefined;
  failures: number;
  /** The branch that was first. */
  winner: string | undefined;
}

/** All that the next step of a run of a workflow depends on; follows from its events alone. */
export interface WorkflowState {
  readonly graph: WorkflowGraph;
  readonly input: Json;
  readonly root: ChainState;
  /** Steps that have not ended, by path. */
  readonly open: Map<string, StepState>;
  /** Those of them that wait for a time, a person or an event, in the order they were begun. */
  readonly waiting: Set<StepState>;
  /** Those of them that somebody works on, or that are to be taken up. */
  readonly doable: Set<StepState>;
  /** Those of them that may take a time only. */
  readonly timed: Set<StepState>;
  /** Chains that can go on, and steps whose chains did, in the order they can be looked at. */
  readonly ready: Set<ChainState | StepState>;
  /** Steps that finished and can be undone, in the order they finished. */
  readonly undoable: StepState[];
  /** What went wrong while undoing. */
  readonly undoFailures: RunFailure[];
  /** What was sent and no step has taken yet. */
  readonly unclaimed: RunEventData['event.received'][];
  /** What tools and agents named as their sources. */
  readonly citations: Citation[];
  /** Steps begun. */
  begun: number;
  /** Whether steps may be open that nobody needs any more. */
  hasStrays: boolean;
}

/** The state of a run that was just created. */
export function firstState(graph: WorkflowGraph, entry: string, input: Json): WorkflowState {
  const root: ChainState = {
    prefix: '',
    entry,
    owner: undefined,
    index: undefined,
    results: {},
    next: entry,
    outcome: undefined,
  };
  return {
    graph,
    input,
    root,
    open: new Map(),
    waiting: new Set(),
    doable: new Set(),
    timed: new Set(),
    ready: new Set([root]),
    undoable: [],
    undoFailures: [],
    unclaimed: [],
    citations: [],
    begun: 0,
    hasStrays: false,
  };
}

/** Whether nobody needs a step any more: a step around it has ended, or the workflow has. */
export function isStray(state: WorkflowState, { chain, undoes }: StepState): boolean {
  if (undoes) return false;
  let at = chain;
  while (at.owner) {
    if (at.outcome || at.owner.outcome) return true;
    at = at.owner.chain;
  }
  return at.outcome !== undefined;
}

/** Path of a step: the place of its chain, and the node's id. */
export function entryPath(owner: StepState, index: number | undefined, id: string): string {
  return index === undefined ? `${owner.path}.${id}` : `${owner.path}[${index}].${id}`;
}
