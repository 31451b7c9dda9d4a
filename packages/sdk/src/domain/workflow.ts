import type { Json, JsonSchema } from '../json.ts';
import type { Expression, InputMapping } from './expression.ts';

/** How often a failed node is tried again. */
export interface WorkflowRetry {
  /** Attempts in all, the first one included. */
  readonly maxAttempts: number;
  /** Milliseconds before the second attempt. Default 1,000. */
  readonly delayMs?: number;
  /** What the delay is multiplied with after each attempt. Default 2. */
  readonly factor?: number;
  /** The longest delay, in milliseconds. Default 60,000. */
  readonly maxDelayMs?: number;
}

/** What every node has. */
export interface WorkflowNodeBase {
  /** Unique in the workflow. */
  readonly id: string;
  readonly description?: string;
  /** Milliseconds the node may take, retries and waiting included. Default: no limit of its own. */
  readonly timeoutMs?: number;
  /** What the node gives must fit it, or the node fails. Default: anything. */
  readonly outputSchema?: JsonSchema;
  /**
   * Id of the node that goes on when this one has failed. The result of a node that failed is an object with
   * `error`, which has `code` and `message`. Default: the workflow fails.
   */
  readonly onError?: string;
}

/** What nodes have that do one thing in the world. */
export interface WorkflowAction {
  /** What it is given. Default: what the workflow was given. */
  readonly input?: InputMapping;
  /** What it is given must fit it, or the node fails. Default: anything. */
  readonly inputSchema?: JsonSchema;
  /** Default: one attempt. Not for tools that write: those are never repeated by themselves. */
  readonly retry?: WorkflowRetry;
  /**
   * Id of the node that undoes this one when the workflow fails later. Those of all nodes that finished run one after
   * the other, in reverse order.
   */
  readonly compensation?: string;
}

/** Runs an agent in a run of its own. An input of `message` alone is its question; any other is given as JSON. */
export interface AgentNode extends WorkflowNodeBase, WorkflowAction {
  readonly type: 'agent';
  /** Name of the agent. */
  readonly agent: string;
}

/** Calls a tool. */
export interface ToolNode extends WorkflowNodeBase, WorkflowAction {
  readonly type: 'tool';
  /** Name of the tool. */
  readonly tool: string;
}

/** Runs another workflow in a run of its own. */
export interface SubworkflowNode extends WorkflowNodeBase, WorkflowAction {
  readonly type: 'subworkflow';
  /** Name of the workflow. */
  readonly workflow: string;
}

/** Does nothing itself; its edges say where to go on. */
export interface BranchNode extends WorkflowNodeBase {
  readonly type: 'branch';
  /** Name of the evaluator of the conditions on its edges, one that asks a model for example. Default: the workflow's. */
  readonly evaluator?: string;
}

/** Runs several chains of nodes at the same time. */
export interface ParallelNode extends WorkflowNodeBase {
  readonly type: 'parallel';
  /** The first node of each chain; its id names the chain in the result. */
  readonly branches: readonly string[];
  /**
   * `all` waits for each, and gives an object of their results; `any` for the first that succeeds, drops the others,
   * and gives `branch`, its name, and `output`. Default `all`.
   */
  readonly join?: 'all' | 'any';
}

/** Runs a chain of nodes once for each item of a list; gives the list of the results, in the order of the items. */
export interface MapNode extends WorkflowNodeBase {
  readonly type: 'map';
  /** Makes the list. */
  readonly items: Expression;
  /** What an item is called in the chain's expressions. Default `item`. Its number from 0 is `index`. */
  readonly as?: string;
  /** The first node of the chain. */
  readonly body: string;
  /** How many at once. Default 4. */
  readonly concurrency?: number;
}

/**
 * Runs a chain of nodes, and again while the condition holds; gives the last result. In the chain's expressions and in
 * the condition `index` is the number of the round from 0, and `last` the result of the round before; in the
 * condition of the round just done.
 */
export interface LoopNode extends WorkflowNodeBase {
  readonly type: 'loop';
  /** The first node of the chain. */
  readonly body: string;
  readonly while: Expression;
  /** Rounds it may take. */
  readonly maxIterations: number;
  /** What happens when the condition still holds after the last round it may take. Default `fail`. */
  readonly onBound?: 'fail' | 'continue';
}

/** Waits for a time. */
export interface TimerNode extends WorkflowNodeBase {
  readonly type: 'wait';
  readonly forMs: number;
}

/** Waits for an event of that name, sent to the run; gives its data. */
export interface EventNode extends WorkflowNodeBase {
  readonly type: 'wait';
  readonly forEvent: string;
}

/** Waits for a person to say yes or no; gives `approved`, and `by` and `comment` where they are known. */
export interface ApprovalNode extends WorkflowNodeBase {
  readonly type: 'approval';
  /** What is asked. */
  readonly prompt: string;
  /** What the person is shown beside it. Default: nothing. */
  readonly input?: InputMapping;
  /** Permission the person needs. Default `approvals:write`. */
  readonly permission?: string;
  /** Whether a no fails the node or is a result like any other. Default `fail`. */
  readonly onReject?: 'fail' | 'continue';
  /** What counts when nobody answered within `timeoutMs`. Default `fail`. */
  readonly onTimeout?: 'fail' | 'approve' | 'reject';
}

/** One step of a workflow. */
export type WorkflowNode =
  | AgentNode
  | ToolNode
  | SubworkflowNode
  | BranchNode
  | ParallelNode
  | MapNode
  | LoopNode
  | TimerNode
  | EventNode
  | ApprovalNode;

/**
 * A way from one node to the next. Of the ways out of a branch the first is taken whose condition holds; any other node
 * has one way at most, without a condition. A node without any ends its chain.
 */
export interface WorkflowEdge {
  readonly from: string;
  readonly to: string;
  /** Taken only when it holds; an expression, or what the evaluator of a branch understands. Default: always. */
  readonly condition?: Json;
  /** Higher is looked at first; equal ones in the order written. Default 0. */
  readonly priority?: number;
}

/** How far a run of a workflow may go before it is stopped. */
export interface WorkflowLimits {
  /** Nodes run, each round and item counted. Default 10,000. */
  readonly steps?: number;
  /** Milliseconds of work; the time it waits for people, events and times does not count. Default 3,600,000. */
  readonly timeMs?: number;
}

/**
 * Steps and the ways between them, as data. Its expressions know `input`, what the workflow was given, and `steps`,
 * the results of the nodes that have finished, by id.
 */
export interface Workflow {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Semver version. */
  readonly version: string;
  readonly description?: string;
  /** JSON Schemas of what goes in and comes out. Default: anything. */
  readonly input?: JsonSchema;
  readonly output?: JsonSchema;
  /** Makes the output from the nodes' results. Default: the result of the last node. */
  readonly result?: Expression;
  /** Name of the evaluator of its expressions, one that only calculates. Default `cel`. */
  readonly evaluator?: string;
  readonly limits?: WorkflowLimits;
  /** Id of the first node. */
  readonly start: string;
  readonly nodes: readonly WorkflowNode[];
  readonly edges: readonly WorkflowEdge[];
}
